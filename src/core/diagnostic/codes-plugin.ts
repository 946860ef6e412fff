/** Codes of plugins: of their sources and manifests, of the steps that use them, and of what goes wrong in a call. */
import type { Explanation } from './catalog.ts';

export const PLUGIN_CODES = {
  PLUGIN_UNREADABLE: {
    title: 'The source of a plugin cannot be read',
    text: 'A plugin is a module of TypeScript or JavaScript, which giga makes one text of together with all that it imports. Something in it is no such text, or an import leads nowhere. Mend it where the message points; packages that a plugin imports have to be installed where its file lies.',
  },
  PLUGIN_TOO_LARGE: {
    title: 'A plugin is too large',
    text: 'A plugin with all that it imports is bounded at 8 MiB, so that a workflow starts fast. Import less of a package, or use a smaller one.',
  },
  PLUGIN_IMPORT: {
    title: 'A plugin imports what is not there where it is isolated',
    text: 'Modules of Node, such as `node:fs`, are there for a plugin with `isolation: none` only. Everywhere else it has what the context of its steps offers: `ctx.fs`, `ctx.fetch`, `ctx.env`. A package that a plugin imports may be what asks for them.',
  },
  PLUGIN_MANIFEST: {
    title: 'What a plugin says of itself cannot be used',
    text: 'The default export of a plugin says which steps it has, with a JSON Schema of what each takes and gives, what it may use, and its limits. A key is not known, or a value is not of the form that the documentation of plugins shows. Nothing of the plugin was called.',
  },
  PLUGIN_PERMISSION_MISSING: {
    title: 'A plugin uses what it does not ask for',
    text: 'The source of the plugin calls a capability of its context, such as `ctx.fs.write`, and its `permissions` do not ask for it, or for other files, hosts or variables than these. The call would be refused. This is found by looking at the source: what is called in another way is not seen.',
  },
  PLUGIN_PERMISSION_UNUSED: {
    title: 'A plugin asks for what it does not use',
    text: 'The `permissions` of the plugin ask for something, and nothing in its source that can be seen uses it. Take it out: whoever lets the plugin in has to trust it with that.',
  },
  PLUGIN_TEST: {
    title: 'A case of a plugin came to something else',
    text: '`giga plugin test` has called a step as a case says, or with values made up from its `input` schema, and what came of it is not what the case expects, not what the schema of the step says, or not the same at every level of isolation.',
  },
  PLUGIN_CASES: {
    title: 'The cases of a plugin cannot be read',
    text: 'Cases stand beside a plugin: `hello.test.yaml` for `hello.ts`. Their form is that of schemas/plugin-test.schema.json: `cases`, each with `step`, what it is given, and what it is to come to.',
  },
  CLI_PLUGIN: {
    title: 'There is no such plugin, or no such step of it',
    text: 'The commands `giga plugin …` take the name of a plugin that `giga.yaml` or a workflow in `workflows/` names, with `--workflow FILE` of another workflow, or the path of its file. A step is named behind it: `NAME/STEP`, or `FILE#STEP`. `giga plugin list` shows what there is.',
  },
  PLAN_PLUGIN: {
    title: 'A plugin cannot be used as a step says',
    text: 'A step says `uses: NAME/STEP`. NAME is a plugin of `plugins:` in the workflow or in `giga.yaml`: the name of its file without the ending, or what `as:` says. STEP is one of its steps. The message says which of them is missing, or what else stands against it.',
  },
  STEP_PLUGIN_FAILED: {
    title: 'A step of a plugin has thrown an error',
    text: 'The code of the plugin threw, and what it threw is the failure of the step, with the place in its source where that is known. `retry` tries again, unless the error says `retryable: false`.',
  },
  STEP_PLUGIN_INPUT: {
    title: 'What a plugin is given does not fit its schema',
    text: 'The values of `with` came to something that the `input` schema of the step does not allow. Nothing was called.',
  },
  STEP_PLUGIN_OUTPUT: {
    title: 'What a plugin gave does not fit its schema',
    text: 'A step of a plugin gave something that its own `output` schema does not allow, or that is too large. That is a mistake in the plugin, and no success.',
  },
  STEP_PLUGIN_TIMEOUT: {
    title: 'A plugin took too long',
    text: 'A call took longer than `limits: { timeout }` of the plugin. It was told to stop, and where it runs in a process of its own, that was ended. Raise the limit in the plugin, or do less in one call.',
  },
  STEP_PLUGIN_MEMORY: {
    title: 'A plugin used too much memory',
    text: 'The process of the plugin held more than `limits: { memory }` allows, and was ended. Raise the limit, or give large data as files.',
  },
  STEP_PLUGIN_LOST: {
    title: 'The process of a plugin has ended',
    text: 'It ended in the middle of a call, by itself or because another call of it did not stop. `retry` tries again, in a new process.',
  },
  STEP_PLUGIN_PROTOCOL: {
    title: 'A plugin said something that no plugin says',
    text: 'What came from the process of the plugin was no message that giga knows, or belonged to no call. It was ended: a plugin that does so is broken, or tries to be something else.',
  },
  STEP_PLUGIN_CHANGED: {
    title: 'A plugin is not what the plan knew',
    text: 'The files of a plugin changed after the run was planned, and what it was is not kept any more. `giga resume` plans anew.',
  },
} as const satisfies Record<string, Explanation>;
