/** Answers what pure evaluations need from outside: files, git, the clock, commands. Each kind has a file; this one only hands out. */
import { resolve } from 'node:path';
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Capture } from '../../core/expr/ast.ts';
import { bareObject, type Json, type JsonObject } from '../../core/json.ts';
import type { CaptureSource, Clock } from '../../core/ports.ts';
import { globFiles, hashFiles, readTextFile, stateOf } from './file-captures.ts';
import { describeFiles } from './files.ts';
import { describeGit, headOf } from './git.ts';

export interface CaptureParts {
  /** Workspace root, absolute. */
  readonly root: string;
  readonly clock: Clock;
  /** Runs a shell command in the workspace root and gives its trimmed standard output. Throws with a message for people. */
  readonly runCommand: (command: string, signal: AbortSignal) => Promise<string>;
  /** Saves the files of the workspace and names the tree. Throws with a message for people. */
  readonly saveTree: () => Promise<string>;
  /** Merges the worktree of the run into the user's branch. Throws with a message for people. */
  readonly mergeWorktree: (how: 'ff' | 'squash') => Promise<Json>;
}

export function makeCaptureSource(parts: CaptureParts): CaptureSource {
  return {
    async capture(work, signal) {
      const values = bareObject<Json>();
      for (const capture of work.captures) {
        try {
          values[capture.key] = await answer(parts, capture, signal);
        } catch (error) {
          return { values, error: refusal(capture, error) };
        }
      }
      return { values };
    },
  };
}

async function answer(parts: CaptureParts, capture: Capture, signal: AbortSignal): Promise<Json> {
  const texts = capture.args.map(String);
  const first = texts[0] ?? '';
  switch (capture.kind) {
    case 'hashFiles':
      return hashFiles(parts.root, texts, signal);
    case 'glob':
      return globFiles(parts.root, texts);
    case 'readFile':
      return readTextFile(parts.root, first);
    case 'files':
      return lookAtFiles(parts.root, texts, signal);
    case 'tree':
      return parts.saveTree();
    case 'merge':
      return parts.mergeWorktree(first === 'squash' ? 'squash' : 'ff');
    case 'git':
      return describeGit(parts.root);
    case 'now':
      return new Date(parts.clock.wallMs()).toISOString();
    case 'state':
      return stateOf(parts.root, texts, signal);
    case 'head':
      return headOf(parts.root);
    case 'env-run':
      return parts.runCommand(first, signal);
  }
}

/** What files a step reads: the first text is the folder, relative to the root; the others are globs. */
export function lookAtFiles(
  root: string,
  [folder = '', ...globs]: readonly string[],
  signal: AbortSignal,
): Promise<JsonObject> {
  return describeFiles(resolve(root, folder), globs, signal);
}

function refusal(capture: Capture, error: unknown): Diagnostic {
  const why = error instanceof Error ? error.message : String(error);
  if (capture.kind === 'files')
    return problem('STEP_FILES_UNREADABLE', `The \`files\` of the step: ${why}.`, {
      hint: 'The globs of `files` are relative to the `cwd` of the step.',
    });
  if (capture.kind === 'merge')
    return problem('RUN_MERGE_REFUSED', `The worktree of the run is not merged: ${why}.`, {
      hint: 'It is kept. Mend what is in the way and `giga resume`: no step runs again.',
    });
  if (capture.kind === 'tree')
    return problem('STEP_TREE_UNSAVED', `The workspace could not be saved before the step: ${why}.`);
  const call =
    capture.kind === 'env-run'
      ? `The command \`${capture.args.join(' ')}\``
      : `${capture.kind}(${capture.args.map((arg) => JSON.stringify(arg)).join(', ')})`;
  return problem('STEP_CAPTURE_FAILED', `${call}: ${why}`);
}
