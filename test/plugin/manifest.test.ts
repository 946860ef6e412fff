import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { readManifest } from '../../src/plugin/manifest.ts';

const SOURCE = {
  file: 'plugins/hello.ts',
  text: `import { definePlugin, step } from 'giga/plugin';

export default definePlugin({
  limits: { timeout: '5s' },
  steps: {
    greet: step({
      input: { type: 'object', properties: { name: { type: 'string' } } },
      output: { type: 'object' },
      run: () => ({}),
    }),
  },
});
`,
};
const step = { input: { type: 'object' }, output: { type: 'object' }, run: true };
const faultsOf = (said: Json): readonly string[] => {
  const read = readManifest(said, SOURCE);
  return read.ok ? [] : read.diagnostics.map(({ message, at }) => `${at?.start.line}:${at?.start.column} ${message}`);
};

describe('the manifest of a plugin', () => {
  it('is what the module says, with what is usual where it says nothing', () => {
    const read = readManifest(
      { description: 'Greets.', permissions: { net: ['example.com'] }, steps: { greet: step } },
      SOURCE,
    );
    expect(read).toEqual({
      ok: true,
      value: {
        description: 'Greets.',
        permissions: { net: ['example.com'] },
        timeoutMs: 60_000,
        memory: 268_435_456,
        steps: { greet: { input: { type: 'object' }, output: { type: 'object' } } },
      },
    });
  });

  it('has the limits and the configuration that it asks for', () => {
    const read = readManifest({ limits: { timeout: '5s', memory: '64MiB' }, config: { type: 'object' } }, SOURCE);
    expect(read).toMatchObject({
      ok: true,
      value: { timeoutMs: 5_000, memory: 67_108_864, config: { type: 'object' }, steps: {} },
    });
  });

  it.each<[string, Json, string]>([
    ['no module', null, '3:1 The plugin has no default export that says what it is.'],
    ['a key that is not known', { step: {} }, '3:1 `step` of the plugin is not known.'],
    ['a description that is none', { description: 1 }, '3:1 `description` of the plugin is no text.'],
    ['permissions that are no map', { permissions: [] }, '3:1 `permissions` of the plugin is no map of lists.'],
    [
      'a permission that is not known',
      { permissions: { exec: [] } },
      '3:1 `permissions.exec` of the plugin is not known.',
    ],
    ['a list that is none', { permissions: { net: 'a.com' } }, '3:1 `permissions.net` of the plugin is no list.'],
    [
      'a host that is none',
      { permissions: { net: ['a b'] } },
      '3:1 `permissions.net` of the plugin has an item that cannot be used: "a b".',
    ],
    [
      'a path that leads out',
      { permissions: { read: ['../x'] } },
      '3:1 `permissions.read` of the plugin has an item that cannot be used: "../x".',
    ],
    [
      'a variable that is none',
      { permissions: { env: ['A B'] } },
      '3:1 `permissions.env` of the plugin has an item that cannot be used: "A B".',
    ],
    ['limits that are no map', { limits: 1 }, '4:3 `limits` of the plugin is no map.'],
    [
      'a duration that is none',
      { limits: { timeout: '5' } },
      '4:13 `limits.timeout` of the plugin is no duration such as `5s`, of at most a day.',
    ],
    [
      'a size that is too small',
      { limits: { memory: '1MB' } },
      '4:3 `limits.memory` of the plugin is no size such as `64MB`, from 16MiB to 4GiB.',
    ],
    [
      'a configuration that is no schema',
      { config: { type: 'text' } },
      '3:1 `config.type` of the plugin must be one of string, number, integer, boolean, array, object, null.',
    ],
    ['steps that are no map', { steps: [] }, '5:3 `steps` of the plugin is no map of steps.'],
    ['a step that is none', { steps: { greet: 1 } }, '6:5 `steps.greet` of the plugin is no step.'],
    [
      'a name that is none',
      { steps: { 'a b': step } },
      '5:3 `steps.a b` of the plugin is no name of a step: letters, digits, `_`, `-` and `.`, a letter first.',
    ],
    [
      'a step without a function',
      { steps: { greet: { ...step, run: false } } },
      '6:5 `steps.greet` of the plugin has no function `run`.',
    ],
    [
      'a step without a schema',
      { steps: { greet: { ...step, input: true } } },
      "7:7 `steps.greet.input` of the plugin must be a JSON Schema with `type: 'object'`.",
    ],
    [
      'a schema with a mistake',
      { steps: { greet: { ...step, input: { type: 'object', properties: { name: { tpye: 'string' } } } } } },
      '7:46 `steps.greet.input.properties.name.tpye` of the plugin is no keyword that giga checks; did you mean `type`?',
    ],
  ])('refuses %s, at its place', (_, said, fault) => {
    expect(faultsOf(said)[0]).toBe(fault);
  });

  it('says all that is wrong at once, and what was perhaps meant', () => {
    const read = readManifest({ step: {}, limits: { timout: '5s' }, steps: { greet: {} } }, SOURCE);
    expect(read.ok ? [] : read.diagnostics.map(({ hint }) => hint)).toEqual([
      'Did you mean `steps`?',
      'Did you mean `timeout`?',
      undefined,
      undefined,
      undefined,
    ]);
  });
});
