/** Codes of workflow tests. */
import type { Explanation } from './catalog.ts';

export const TEST_CODES = {
  TEST_FAILED: {
    title: 'A test expects something else',
    text: 'The workflow was run with fakes, and what it came to is not what the test expects. Either the workflow or the test is wrong; `giga graph` shows which step waits for which. Steps without a fake succeed and write nothing.',
  },
  TEST_UNKNOWN_STEP: {
    title: 'A test names a step that the workflow does not have',
    text: 'Fakes and expectations name steps by their paths: `build`, `deploy/upload`, `deploy[eu]/upload` for one item, `fix#2` for one iteration. A path without items and iterations is meant for all of them.',
  },
  TEST_NO_END: {
    title: 'The run of a test did not come to its end',
    text: 'Everything that could happen has happened, and the run still waits, or it does the same for ever. A step that waits for somebody or something needs a fake.',
  },
  TEST_NOT_REAL: {
    title: 'A workflow cannot be proven for real',
    text: '`giga prove --real` does the workflow in a throw-away copy of the workspace. It refuses where it could not come to an end by itself, or where the copy cannot be made.',
  },
  TEST_NOT_FOUND: {
    title: 'There is no test',
    text: '`giga test` takes files `*.test.yaml`, or finds all of them below the working folder. `--only` takes a part of the name of a test.',
  },
} as const satisfies Record<string, Explanation>;
