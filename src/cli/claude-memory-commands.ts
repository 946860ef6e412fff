/** The commands about notes of agents: a part of the command table. */
import type { ArgumentSpec, CommandSpec, FlagSpec } from './command-spec.ts';

const STORE: ArgumentSpec = {
  name: 'store',
  description: 'name of a store, as in `memory: NAME`',
  required: true,
  complete: 'memory',
};
const ALL_STORES: ArgumentSpec = { name: 'store', description: 'name of a store; default: all', complete: 'memory' };
const NOTE: ArgumentSpec = { name: 'note', description: 'path of a note, such as style/commits.md', required: true };
const ALL_NOTES: ArgumentSpec = { name: 'note', description: 'path of a note, or a folder of them; default: all' };
const YES: FlagSpec = { name: 'yes', short: 'y', kind: 'switch', description: 'do not ask' };

export const CLAUDE_MEMORY_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'claude memory list',
    summary: 'list the notes that agents keep, with their size, age and who wrote them',
    arguments: [ALL_STORES],
    flags: [],
    load: () => import('./commands/claude-memory-list.ts'),
  },
  {
    name: 'claude memory show',
    summary: 'print notes of agents',
    arguments: [STORE, ALL_NOTES],
    flags: [],
    examples: ['giga claude memory show reviews', 'giga claude memory show reviews style/commits.md'],
    load: () => import('./commands/claude-memory-show.ts'),
  },
  {
    name: 'claude memory edit',
    summary: 'change a note of agents, or make one',
    details: 'In `$VISUAL` or `$EDITOR`; without a terminal the text is read from stdin. It is then a note of yours',
    arguments: [STORE, NOTE],
    flags: [],
    examples: ['giga claude memory edit reviews style.md', 'giga claude memory edit reviews style.md < style.md'],
    load: () => import('./commands/claude-memory-edit.ts'),
  },
  {
    name: 'claude memory forget',
    summary: 'remove a note of agents, a folder of them, or a whole store, also from the disk',
    arguments: [STORE, ALL_NOTES],
    flags: [YES],
    examples: ['giga claude memory forget reviews style.md', 'giga claude memory forget reviews --yes'],
    load: () => import('./commands/claude-memory-forget.ts'),
  },
];
