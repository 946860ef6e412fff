/** The request of the step type `write`: what an ActionNode with `action: 'write'` evaluates to. */
import type { Json } from '../json.ts';

export interface WriteRequest {
  /** Relative to `cwd`. */
  readonly path: string;
  /** A text as it is; anything else in the format that the ending of the path names. */
  readonly content: Json;
  /** Three octal digits: `644`, `0755`. */
  readonly mode?: string;
  /** Relative to the workspace root, or absolute; '' is the root. */
  readonly cwd: string;
}

const MODE = /^(?:0o?)?[0-7]{3}$/;

/** The permission bits that an octal text means, or null for what is none. No more than rwx for user, group and others can be given. */
export function parseMode(text: string): number | null {
  return MODE.test(text) ? Number.parseInt(text.slice(-3), 8) : null;
}
