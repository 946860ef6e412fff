/** The commands about results of steps that are kept for later runs: a part of the command table. */
import type { CommandSpec } from './command-spec.ts';

export const CACHE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'cache ls',
    summary: 'list the results of steps that are kept for later runs',
    arguments: [],
    flags: [],
    load: () => import('./commands/cache-ls.ts'),
  },
  {
    name: 'cache why',
    summary: 'say whether a step took its result from the cache, and if not, which input differed',
    arguments: [
      { name: 'step', description: 'path of a step', required: true, complete: 'step' },
      { name: 'run', description: 'id of a run, or its beginning; default: the latest', complete: 'run' },
    ],
    flags: [],
    load: () => import('./commands/cache-why.ts'),
  },
  {
    name: 'cache prune',
    summary: 'remove results of steps that are kept for later runs',
    details: 'Without a choice: those that were not used for 30 days. It may be done while runs go on.',
    arguments: [],
    flags: [
      { name: 'older-than', kind: 'text', value: 'time', description: 'those that were not used for so long' },
      { name: 'max-size', kind: 'text', value: 'size', description: 'keep at most so much; what was used last stays' },
      { name: 'all', kind: 'switch', description: 'all of them' },
      { name: 'dry-run', kind: 'switch', description: 'only say what would be removed' },
    ],
    examples: ['giga cache prune --older-than 7d', 'giga cache prune --max-size 5GB'],
    load: () => import('./commands/cache-prune.ts'),
  },
];
