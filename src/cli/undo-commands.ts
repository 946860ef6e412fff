/** The commands that bring files back, and what they take: a part of the command table. */
import type { ArgumentSpec, CommandSpec } from './command-spec.ts';

const RUN: ArgumentSpec = {
  name: 'run',
  description: 'id of a run, or its beginning; default: the latest',
  complete: 'run',
};

export const UNDO_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'undo',
    summary: 'bring the files back to before a step, and the run with them',
    details:
      'For workflows with `workspace: { save: true }`. `giga resume` then runs that step again, and all that came after it; `giga redo` takes the undo back. Nothing is lost: the files are saved before.',
    arguments: [RUN],
    flags: [
      {
        name: 'to',
        kind: 'text',
        value: 'step',
        description: 'back to before this step; default: the last that may write',
        complete: 'step',
      },
      { name: 'list', kind: 'switch', description: 'only show the steps to which the run can go back' },
      { name: 'force', kind: 'switch', description: 'also over changes that someone else made since' },
    ],
    examples: ['giga undo', 'giga undo 7f3c --to migrate'],
    load: () => import('./commands/undo.ts'),
  },
  {
    name: 'redo',
    summary: 'take the last undo back: the files and the run',
    arguments: [RUN],
    flags: [{ name: 'force', kind: 'switch', description: 'also over changes that someone else made since' }],
    load: () => import('./commands/redo.ts'),
  },
];
