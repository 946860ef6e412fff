/** Answers what pure evaluations need from outside: files, git, the clock, commands. Each kind has a file; this one only hands out. */
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Capture } from '../../core/expr/ast.ts';
import { bareObject, type Json } from '../../core/json.ts';
import type { CaptureSource, Clock } from '../../core/ports.ts';
import { globFiles, hashFiles, readTextFile, stateOf } from './file-captures.ts';
import { describeGit, headOf } from './git.ts';

export interface CaptureParts {
  /** Workspace root, absolute. */
  readonly root: string;
  readonly clock: Clock;
  /** Runs a shell command in the workspace root and gives its trimmed standard output. Throws with a message for people. */
  readonly runCommand: (command: string, signal: AbortSignal) => Promise<string>;
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

function refusal(capture: Capture, error: unknown): Diagnostic {
  const why = error instanceof Error ? error.message : String(error);
  const call =
    capture.kind === 'env-run'
      ? `The command \`${capture.args.join(' ')}\``
      : `${capture.kind}(${capture.args.map((arg) => JSON.stringify(arg)).join(', ')})`;
  return problem('STEP_CAPTURE_FAILED', `${call}: ${why}`);
}
