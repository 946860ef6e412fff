/** The step type `write`: a file of the workspace, all or nothing. Knows requests and answers, not how files are written. */
import { resolve } from 'node:path';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import { parseMode, type WriteRequest } from '../../core/plan/write-request.ts';
import type { Mask, StepAnswer, StepType } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';
import type { FileTarget, WorkspaceFiles } from '../../core/workspace-files.ts';
import { contentText } from './content.ts';

export interface WriteStepOptions {
  readonly files: WorkspaceFiles;
  readonly mask: Mask;
}

export function createWriteStep({ files, mask }: WriteStepOptions): StepType {
  return {
    name: 'write',
    async perform(json, { work, run, signal }): Promise<StepAnswer> {
      const request = readRequest(json);
      if ('code' in request) return { outcome: 'failed', error: request };
      if (signal.aborted) return { outcome: 'cancelled' };
      const mode = request.mode === undefined ? null : parseMode(request.mode);
      const target: FileTarget = {
        root: run.root,
        folder: resolve(run.root, request.cwd),
        path: request.path,
        key: work.stepKey,
        ...(mode === null ? {} : { mode }),
      };
      // No secret can be meant here, so one that got in by another way is hidden as in every text that giga writes.
      const text = mask.text(await contentText(request.path, request.content));
      const written = await files.write(target, Buffer.from(text));
      if (written.ok) return { outcome: 'succeeded', outputs: { path: written.value } };
      return { outcome: 'failed', ...errorOf(written.diagnostics) };
    },
  };
}

function errorOf([error]: readonly Diagnostic[]): { readonly error?: AttemptError } {
  if (error === undefined) return {};
  // Another attempt would ask for the same path.
  return { error: error.code === 'STEP_WRITE_FAILED' ? error : { ...error, retryable: false } };
}

/** The request as what it is, or why it is none. */
function readRequest(request: JsonObject): WriteRequest | Diagnostic {
  const { path, mode, cwd } = request;
  if (typeof path !== 'string') return bad('The `path` of `write` is no text.', 'Make it a text.');
  if (typeof cwd !== 'string') return bad('`cwd` is no text.', 'Make it a text.');
  if (mode !== undefined && (typeof mode !== 'string' || parseMode(mode) === null))
    return bad('The `mode` of `write` is not made of three octal digits.', 'Write `644` or `755`.');
  return request as unknown as WriteRequest; // its parts were just checked
}

function bad(message: string, hint: string): Diagnostic {
  return problem('STEP_BAD_REQUEST', message, { hint });
}
