/** The commands about plugins: a part of the command table. */
import { ISOLATIONS } from '../core/plugin.ts';
import type { ArgumentSpec, CommandSpec, FlagSpec } from './command-spec.ts';

const PLUGIN: ArgumentSpec = { name: 'plugin', description: 'name of a plugin, or its file', required: true };
const PLUGINS: ArgumentSpec = {
  name: 'plugins',
  description: 'files, globs or names; default: those of plugins/, giga.yaml and workflows/',
  variadic: true,
};
const WORKFLOW: FlagSpec = {
  name: 'workflow',
  kind: 'text',
  value: 'file',
  description: 'the plugins of this workflow and of giga.yaml, and no others',
  complete: 'workflow',
};
const ISOLATION: FlagSpec = {
  name: 'isolation',
  kind: 'text',
  value: 'level',
  choices: ISOLATIONS,
  description: 'run it at this level; default: as the workflow or giga.yaml says, else none',
};
const CONFIG: FlagSpec = {
  name: 'config',
  kind: 'list',
  value: 'name=value',
  description: 'a value of its configuration, over what giga.yaml or the workflow says; repeatable',
};

export const PLUGIN_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'plugin list',
    summary: 'list the plugins that steps can use, with what they may do and how risky that is',
    details: 'Those of giga.yaml and of the workflows in workflows/. None of their steps is run.',
    arguments: [],
    flags: [WORKFLOW],
    load: () => import('./commands/plugin-list.ts'),
  },
  {
    name: 'plugin info',
    summary: 'show what a plugin is: steps, inputs and outputs, permissions, limits, risk',
    arguments: [PLUGIN],
    flags: [WORKFLOW],
    examples: ['giga plugin info hello', 'giga plugin info ./plugins/hello.ts'],
    load: () => import('./commands/plugin-info.ts'),
  },
  {
    name: 'plugin run',
    summary: 'try one step of a plugin, outside of a workflow',
    details:
      'Prints what the step gives, as JSON. The step may be left out where the plugin has one. It runs in the workspace here, with what it asks for and giga.yaml allows.',
    arguments: [{ name: 'step', description: '`NAME/STEP`, or `FILE#STEP`', required: true }],
    flags: [
      {
        name: 'with',
        kind: 'list',
        value: 'name=value',
        description: 'an input, or all of them as a JSON object; repeatable',
      },
      CONFIG,
      ISOLATION,
      WORKFLOW,
    ],
    examples: [
      'giga plugin run hello/greet --with name=Ada',
      'giga plugin run ./plugins/hello.ts#greet --with \'{"name": "Ada"}\' --isolation limited',
    ],
    load: () => import('./commands/plugin-run.ts'),
  },
  {
    name: 'plugin new',
    summary: 'make a plugin to begin with: its source, cases, and a workflow that uses it',
    details: 'Into plugins/ and workflows/ of this folder. Overwrites nothing.',
    arguments: [{ name: 'name', description: 'of the plugin', required: true }],
    flags: [
      { name: 'js', kind: 'switch', description: 'in JavaScript; default: in TypeScript' },
      { name: 'step', kind: 'switch', description: 'with steps, permissions and a configuration; the default' },
      {
        name: 'micro',
        kind: 'switch',
        description: 'the least that a plugin can be: one step, which asks for nothing',
      },
    ],
    examples: ['giga plugin new changelog', 'giga plugin new trim --micro --js'],
    load: () => import('./commands/plugin-new.ts'),
  },
  {
    name: 'plugin check',
    summary: 'check plugins: manifest, imports, permissions asked for and used, size',
    details:
      'No step is called. What a plugin uses is found by looking at its source: code that hides it is not found out. Exit code 4 where something is wrong.',
    arguments: [PLUGINS],
    flags: [{ ...ISOLATION, description: 'where it is to run; default: as it is named, else none' }],
    examples: ['giga plugin check', 'giga plugin check plugins/hello.ts --isolation limited'],
    load: () => import('./commands/plugin-check.ts'),
  },
  {
    name: 'plugin test',
    summary: 'run the cases of plugins, and made-up ones, at every level of isolation',
    details:
      'Cases stand in `NAME.test.yaml` beside the plugin. Each has a folder of its own; servers are stubs. Values are made up from the `input` schemas.',
    arguments: [PLUGINS],
    flags: [
      { ...ISOLATION, description: 'only at this level; default: at all' },
      { name: 'only', kind: 'text', value: 'text', description: 'only cases with this in their name' },
      {
        name: 'made-up',
        kind: 'count',
        min: 0,
        max: 10_000,
        value: 'n',
        description: 'made-up cases for each step; default: 20',
      },
      { name: 'seed', kind: 'count', min: 0, value: 'n', description: 'what they are made of; default: 1' },
    ],
    examples: ['giga plugin test', 'giga plugin test plugins/hello.ts --isolation limited --made-up 500 --seed 7'],
    load: () => import('./commands/plugin-test.ts'),
  },
  {
    name: 'plugin docs',
    summary: 'write Markdown about a plugin, from its schemas',
    arguments: [PLUGIN],
    flags: [
      { name: 'output', short: 'o', kind: 'text', value: 'file', description: 'into this file; default: to stdout' },
      WORKFLOW,
    ],
    examples: ['giga plugin docs hello -o docs/hello.md'],
    load: () => import('./commands/plugin-docs.ts'),
  },
];
