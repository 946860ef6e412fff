/** Codes of steps that write files and talk to servers, and of limits over a step as a whole. */
import type { Explanation } from './catalog.ts';

export const IO_CODES = {
  STEP_WRITE_OUTSIDE: {
    title: 'A file outside of the workspace would be written',
    text: 'A `write` step, and `save` of an `http` step, write only below the root of the workspace: neither `..`, nor an absolute path, nor a symbolic link may lead out of it. Write inside, or move the file with a `run` step.',
  },
  STEP_WRITE_FAILED: {
    title: 'A file could not be written',
    text: "The disk refused: it is full or read-only, a folder stands where the file should be, or giga may not write there. The message has the system's own word for it. What was there before is unchanged.",
  },
} as const satisfies Record<string, Explanation>;
