/** What `giga prove` takes; a part of the table of commands. */
import type { CommandSpec } from './command-spec.ts';

export const PROVE: CommandSpec = {
  name: 'prove',
  summary: 'kill a workflow at every record of its journal, with fakes, and demand the same end',
  details:
    'Takes the fakes of `NAME.test.yaml` beside the workflow, or makes some up. No step is run, and time is virtual. Names the steps that can do their work twice. Exits with 1 if a run that was killed and resumed comes to another end.',
  arguments: [{ name: 'file', description: 'a workflow file, or the name of one in workflows/', complete: 'workflow' }],
  flags: [
    { name: 'input', short: 'i', kind: 'list', value: 'name=value', description: 'give an input; repeatable' },
    { name: 'inputs', kind: 'text', value: 'file', description: 'read inputs from a JSON or YAML file' },
    { name: 'only', kind: 'text', value: 'text', description: 'only tests with this in their name' },
    {
      name: 'points',
      kind: 'count',
      min: 1,
      max: 1_000_000,
      value: 'n',
      description: 'try at most so many kill points',
    },
    {
      name: 'seed',
      kind: 'count',
      min: 0,
      max: 4_294_967_295,
      value: 'n',
      description: 'chooses where a run is killed twice; default: 1',
    },
    {
      name: 'at',
      kind: 'list',
      value: 'record',
      description: 'kill after this record only; a second one kills the next process too',
    },
    {
      name: 'down',
      kind: 'text',
      value: 'time',
      description: 'let so much virtual time pass before the next process; default: none',
    },
    {
      name: 'strict',
      kind: 'switch',
      description: 'fail when a step can do its work twice and nothing is said of it',
    },
    {
      name: 'real',
      kind: 'switch',
      description:
        'do the steps, too, each twice, in a throw-away copy of the workspace; show what the second time changed',
    },
    {
      name: 'allow-secrets',
      kind: 'switch',
      description: 'with --real: also the steps that get secrets',
    },
  ],
  examples: ['giga prove release.yaml', 'giga prove release.yaml -i branch=main --at 57'],
  load: () => import('./commands/prove.ts'),
};
