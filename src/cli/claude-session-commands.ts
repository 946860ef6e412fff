/** The commands about conversations with models: a part of the command table. */
import type { ArgumentSpec, CommandSpec } from './command-spec.ts';

const SESSION: ArgumentSpec = {
  name: 'session',
  description: 'a conversation, by the beginning of its name or by its step, or the id of a run',
  required: true,
  complete: 'session',
};
const STEP: ArgumentSpec = { name: 'step', description: 'path of a step of that run' };

export const CLAUDE_SESSION_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'claude sessions list',
    summary: 'list the conversations that are kept',
    details: 'Those of agents, and of steps with `session`. They are removed with their run.',
    arguments: [],
    flags: [{ name: 'run', kind: 'text', value: 'run', description: 'of this run alone', complete: 'run' }],
    load: () => import('./commands/claude-sessions-list.ts'),
  },
  {
    name: 'claude sessions show',
    summary: 'show what was said in a conversation, with the calls of tools',
    arguments: [SESSION, STEP],
    flags: [],
    examples: ['giga claude sessions show draft', 'giga claude sessions show 7f3c draft'],
    load: () => import('./commands/claude-sessions-show.ts'),
  },
  {
    name: 'claude sessions export',
    summary: 'write a conversation as Markdown or JSON',
    arguments: [SESSION, STEP],
    flags: [
      {
        name: 'format',
        kind: 'text',
        value: 'format',
        description: 'default: that of the file, else md',
        choices: ['md', 'json'],
      },
      {
        name: 'output',
        short: 'o',
        kind: 'text',
        value: 'file',
        description: 'a file instead of stdout; never one that is there',
      },
      { name: 'force', kind: 'switch', description: 'also one that is there' },
    ],
    examples: ['giga claude sessions export 7f3c draft -o draft.md'],
    load: () => import('./commands/claude-sessions-export.ts'),
  },
  {
    name: 'claude sessions delete',
    summary: 'remove conversations',
    details:
      'A step that continues one that is gone fails; steps that have continued it have what was said there themselves. What a run at work has is not removed.',
    arguments: [{ name: SESSION.name, description: SESSION.description, complete: 'session' }, STEP],
    flags: [
      { name: 'older-than', kind: 'text', value: 'time', description: 'those to which nothing was added for so long' },
      { name: 'dry-run', kind: 'switch', description: 'only say what would be removed' },
    ],
    examples: ['giga claude sessions delete 7f3c draft', 'giga claude sessions delete --older-than 30d'],
    load: () => import('./commands/claude-sessions-delete.ts'),
  },
];
