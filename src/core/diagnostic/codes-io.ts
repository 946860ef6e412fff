/** Codes of steps that write files and talk to servers, and of limits over a step as a whole. */
import type { Explanation } from './catalog.ts';

export const IO_CODES = {
  STEP_TOTAL_TIMEOUT: {
    title: 'All attempts of a step together took too long',
    text: 'The time of `total-timeout` runs from the start of the first attempt, by the clock on the wall, over all attempts and the delays between them. It was over, so the attempt under way was stopped, or none was begun any more.',
  },
  STEP_IDLE_TIMEOUT: {
    title: 'A step was silent for too long',
    text: 'Neither stdout nor stderr of the step grew for as long as `idle-timeout` allows, so it was taken to hang, and stopped. A program that holds its output back until the end looks the same: many write line by line when told to, for example with `stdbuf -oL`.',
  },
  STEP_WRITE_OUTSIDE: {
    title: 'A file outside of the workspace would be written',
    text: 'A `write` step, and `save` of an `http` step, write only below the root of the workspace: neither `..`, nor an absolute path, nor a symbolic link may lead out of it. Write inside, or move the file with a `run` step.',
  },
  STEP_WRITE_FAILED: {
    title: 'A file could not be written',
    text: "The disk refused: it is full or read-only, a folder stands where the file should be, or giga may not write there. The message has the system's own word for it. What was there before is unchanged.",
  },
} as const satisfies Record<string, Explanation>;
