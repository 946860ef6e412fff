/** Joins the step types that write files and talk to servers with this machine. Only connects; loaded when a run needs one. */
import type { PluginHost } from '../core/plugin.ts';
import type { ArtifactKeeper, Clock, Mask, StepType } from '../core/ports.ts';
import { VERSION } from '../core/version.ts';
import { createArtifactKeeper } from '../host/artifacts/keep.ts';
import { createHttpClient } from '../host/http/client.ts';
import { connects } from '../host/net/connects.ts';
import { notedGroups } from '../host/process/noted-groups.ts';
import { createWorkspaceFiles } from '../host/workspace/workspace-files.ts';
import { createHttpStep } from '../steps/http/http.ts';
import { logName } from '../steps/run/log-name.ts';
import type { RunStepOptions } from '../steps/run/run.ts';
import { createServiceStep } from '../steps/service/service.ts';
import { createUsesStep } from '../steps/uses/uses.ts';
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

export function artifactKeeper(mask: Mask): ArtifactKeeper {
  return createArtifactKeeper({ mask, nameOf: logName });
}

export function serviceStep(clock: Clock, programs: RunStepOptions): StepType {
  return createServiceStep({ ...programs, clock, client: createHttpClient(), connects, groups: notedGroups });
}

export function writeStep(mask: Mask): StepType {
  return createWriteStep({ files: createWorkspaceFiles(), mask });
}

export function usesStep(plugins: () => Promise<PluginHost>): StepType {
  return createUsesStep(plugins);
}
