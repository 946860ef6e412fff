/** Joins the step types that write files and talk to servers with this machine. Only connects; loaded when a run needs one. */
import type { Clock, Mask, StepType } from '../core/ports.ts';
import { VERSION } from '../core/version.ts';
import { createHttpClient } from '../host/http/client.ts';
import { createWorkspaceFiles } from '../host/workspace/workspace-files.ts';
import { createHttpStep } from '../steps/http/http.ts';
import { createWriteStep } from '../steps/write/write.ts';

export function httpStep(clock: Clock, secrets: ReadonlyMap<string, string>): StepType {
  return createHttpStep({
    client: createHttpClient(),
    files: createWorkspaceFiles(),
    clock,
    secrets,
    version: VERSION,
  });
}

export function writeStep(mask: Mask): StepType {
  return createWriteStep({ files: createWorkspaceFiles(), mask });
}
