import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approversOf } from '../../../src/app/approvers.ts';
import { type Config, compilerSettings, configKeys, settingsOf } from '../../../src/app/config/config.ts';
import { type ConfigOptions, readConfig, readEnvFile, userConfigFile } from '../../../src/app/config/read-config.ts';
import type { Diagnostic } from '../../../src/core/diagnostic/diagnostic.ts';
import { readDocument } from '../../../src/lang/read/document.ts';
import { checkShape } from '../../../src/lang/schema/check-shape.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'giga-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(file: string, text: string): string {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function read(options: Partial<ConfigOptions> = {}) {
  return readConfig({ root, cwd: root, env: {}, userFile: null, ...options });
}

async function config(options: Partial<ConfigOptions> = {}): Promise<Config> {
  const result = await read(options);
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('\n'));
  return result.value;
}

async function problems(text: string): Promise<string[]> {
  put('giga.yaml', text);
  const result = await read();
  return result.ok ? [] : result.diagnostics.map(said);
}

function said({ code, at, message }: Diagnostic): string {
  return `${code} ${at ? `${at.start.line}:${at.start.column} ` : ''}${message}`;
}

describe('approvers', () => {
  const key = `ed25519:${'A'.repeat(43)}`;
  it('are people with roles and keys', async () => {
    put('giga.yaml', `approvers: { alice: { roles: [release, boss], key: '${key}' }, bob: {} }\n`);
    expect([...approversOf(await config())]).toEqual([
      ['alice', { roles: ['release', 'boss'], key }],
      ['bob', { roles: [] }],
    ]);
    expect([...approversOf({ layers: [], profiles: {} })]).toEqual([]);
  });

  it('have mistakes with places', async () => {
    expect(await problems('approvers: { alice: release, bob: { key: x }, "a b": {} }\n')).toEqual([
      expect.stringContaining('CONFIG_VALUE 1:21 The approver `alice` is a map'),
      expect.stringContaining('CONFIG_VALUE 1:35 The approver `bob` has a `key`'),
      expect.stringContaining('1:47'),
    ]);
  });

  it('are the matter of the project alone', async () => {
    const result = await read({ userFile: put('user/config.yaml', 'approvers: { alice: {} }\n') });
    expect(result.ok ? [] : result.diagnostics.map(said)).toEqual([
      'CONFIG_VALUE 1:12 `approvers` stands in the giga.yaml of the project only.',
    ]);
  });
});

describe('configuration', () => {
  it('is empty without files, flags and variables', async () => {
    expect(await config()).toEqual({ layers: [], profiles: {} });
  });

  it('has the origin of each value, and flag > GIGA_* > profile > giga.yaml > user', async () => {
    put(
      'giga.yaml',
      'concurrency: 3\nprofiles:\n  ci:\n    concurrency: 4\n    vars: { a: profile, b: profile }\nvars: { a: file, c: file }\n',
    );
    const userFile = put('user/config.yaml', 'concurrency: 2\nvars: { d: user }\n');
    const env = { GIGA_CONCURRENCY: '5', GIGA_VAR_a: 'variable' };
    const whole = await config({ userFile, env, profile: 'ci', flags: { concurrency: 6, vars: ['a=flag'] } });
    expect(settingsOf(whole, 'concurrency').map(({ value, origin }) => [value, origin.text])).toEqual([
      [6, '--concurrency'],
      [5, 'GIGA_CONCURRENCY'],
      [4, 'giga.yaml:4:18'],
      [3, 'giga.yaml:1:14'],
      [2, 'user/config.yaml:1:14'],
    ]);
    expect(configKeys(whole)).toEqual(['concurrency', 'vars.a', 'vars.b', 'vars.c', 'vars.d']);
    const { config: below, vars, concurrency, profile } = compilerSettings(whole);
    expect({ ...vars }).toEqual({ a: 'flag', b: 'profile' });
    expect({ ...below.vars }).toEqual({ a: 'file', c: 'file', d: 'user' });
    expect([concurrency, below.concurrency, profile]).toEqual([6, 3, 'ci']);
  });

  it('gives the compiler env, defaults and profiles as plain values', async () => {
    put(
      'giga.yaml',
      'env: { A: 1.10, B: yes, C: }\nenv-files: .env\ndefaults: { shell: sh, timeout: 1h30m, grace: 2s, retry: { attempts: 2 } }\nprofiles: { p: { env: { A: x }, inputs: { n: 3 } } }\n',
    );
    put('.env', 'B=from file\nD=4\n');
    const { config: below } = compilerSettings(await config());
    expect({ ...below.env }).toEqual({ A: '1.10', B: 'from file', C: '', D: '4' });
    expect(JSON.parse(JSON.stringify(below.defaults))).toEqual({
      shell: 'sh',
      timeout: '1h30m',
      grace: '2s',
      retry: { attempts: 2 },
    });
    expect(JSON.parse(JSON.stringify(below.profiles))).toEqual({ p: { env: { A: 'x' }, inputs: { n: 3 } } });
  });

  it('takes a file of comments for an empty one', async () => {
    expect(await problems('# nothing yet\n')).toEqual([]);
  });

  it('keeps names such as __proto__ as data', async () => {
    put('giga.yaml', 'vars: { __proto__: 1 }\n');
    const { vars } = compilerSettings(await config()).config;
    expect(Object.keys(vars)).toEqual(['__proto__']);
  });

  it('reports every problem with its place', async () => {
    const text = [
      'concurency: 3',
      'concurrency: 0',
      'policies: []',
      'env: { 1A: x, B: [1], C: "${{ inputs.x }}" }',
      'defaults: { shell: zsh, timeout: 10, retry: often, on: 1 }',
      'profiles: { p: { steps: 1 }, q: 1 }',
      'env-files: [1]',
      'vars: 3',
    ].join('\n');
    expect(await problems(text)).toMatchInlineSnapshot(`
      [
        "CONFIG_UNKNOWN_KEY 1:1 There is no setting \`concurency\` here.",
        "CONFIG_VALUE 2:14 \`concurrency\` must be a whole number from 1 to 10000.",
        "CONFIG_UNKNOWN_KEY 3:1 \`policies\` is not built yet: it comes with policies.",
        "CONFIG_VALUE 4:8 "1A" cannot be a name in \`env\`.",
        "CONFIG_VALUE 4:18 A variable must be a text.",
        "CONFIG_VALUE 4:26 A configuration file holds no expressions.",
        "CONFIG_VALUE 5:20 \`shell\` must be one of bash, sh, pwsh, cmd, python, node.",
        "CONFIG_VALUE 5:34 \`timeout\` must be a duration such as 10m or 1h30m.",
        "CONFIG_VALUE 5:45 \`retry\` must be a map such as { attempts: 2, delay: 2s }.",
        "CONFIG_UNKNOWN_KEY 5:52 There is no setting \`on\` here.",
        "CONFIG_UNKNOWN_KEY 6:18 There is no setting \`steps\` here.",
        "CONFIG_VALUE 6:33 A profile must be a map.",
        "CONFIG_VALUE 7:13 \`env-files\` must be a path or a list of paths.",
        "CONFIG_VALUE 8:7 \`vars\` must be a map of names.",
      ]
    `);
  });

  it('lists the first of many problems, and counts the others', async () => {
    const found = await problems(Array.from({ length: 5_000 }, (_, index) => `k${index}: 1\n`).join(''));
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toBe('DOC_MORE_PROBLEMS There are 4900 further problems.');
  });

  it('passes on what the reader finds', async () => {
    expect(await problems('env: [\n')).toHaveLength(1);
    expect(await problems('- a\n')).toEqual(['CONFIG_VALUE 1:1 A configuration file must be a map of keys.']);
  });

  it('names an env-file that is missing or wrong', async () => {
    expect(await problems('env-files: [no.env]\n')).toEqual(['CONFIG_ENV_FILE There is no env-file "no.env".']);
    put('bad.env', 'x y\n');
    expect(await problems('env-files: [bad.env]\n')).toEqual(['CONFIG_ENV_FILE 1:1 This line is not `NAME=value`.']);
    expect(readEnvFile(join(root, 'bad.env'), 'bad.env').diagnostics[0]?.at?.file).toBe('bad.env');
  });

  it('says that a configuration file cannot be read', async () => {
    mkdirSync(join(root, 'giga.yaml'));
    const result = await read();
    expect(result.ok ? [] : result.diagnostics.map(said)).toEqual(['CONFIG_FILE "giga.yaml" cannot be read: EISDIR.']);
  });

  it.each([
    [
      { GIGA_CONCURRENCY: 'many' },
      {},
      'CONFIG_VALUE GIGA_CONCURRENCY must be a whole number from 1 to 10000, and is "many".',
    ],
    [{}, { vars: ['novalue'] }, 'CLI_USAGE --var takes `name=value`; it was given "novalue".'],
  ])('refuses %j %j', async (env, flags, message) => {
    const result = await read({ env, flags });
    expect(result.ok ? [] : result.diagnostics.map(said)).toEqual([message]);
  });

  it('finds the file of the user', () => {
    expect(userConfigFile({ XDG_CONFIG_HOME: '/x' }, '/home/u/.config')).toBe('/x/giga/config.yaml');
    expect(userConfigFile({ XDG_CONFIG_HOME: 'relative' }, '/home/u/.config')).toBe('/home/u/.config/giga/config.yaml');
    expect(userConfigFile({}, null)).toBeNull();
  });
});

/** The reader and the published schema say the same of which texts are right. */
describe('the schema of the configuration', () => {
  it.each([
    'env: { A: b }',
    'env: { A: }',
    'env: { A: [1] }',
    'env: { 1A: b }',
    'env: 3',
    'env-files: a.env',
    'env-files: [a.env, b.env]',
    'env-files: { a: b }',
    'vars: { a: { b: [1] } }',
    'vars: 1',
    'concurrency: 8',
    'concurrency: 0',
    'concurrency: 1.5',
    'defaults: { shell: bash, timeout: 1m, grace: 1s, retry: 3 }',
    'defaults: { shell: zsh }',
    'defaults: { retry: { attempts: 2 } }',
    'defaults: { retry: { attempts: 0 } }',
    'defaults: { retry: { delay: 2s } }',
    'defaults: { retry: { attempts: 2, delay: 2s, backoff: exponential, factor: 1.5, max-delay: 1m } }',
    'defaults: { retry: { attempts: 2, delay: 2 } }',
    'defaults: { retry: { attempts: 2, backoff: random } }',
    'defaults: { retry: { attempts: 2, factor: 0 } }',
    'defaults: { retry: { attempts: 2, jitter: 1 } }',
    'defaults: { retry: 1001 }',
    'concurrency: 10001',
    'defaults: { timeout: 5 }',
    'defaults: { cwd: x }',
    'profiles: { p: { env: { A: b }, vars: { a: 1 }, inputs: { n: 1 }, concurrency: 2 } }',
    'profiles: { p: { steps: 1 } }',
    'profiles: { p: 1 }',
    'nonsense: 1',
    'plugins: x',
  ])('and the reader agree on %s', async (text) => {
    const document = readDocument(text, 'giga.yaml');
    const bySchema = document.value === null ? ['unread'] : checkShape(document.value);
    const found = (await problems(text)).filter((message) => !message.includes('no env-file'));
    expect(found.length > 0).toBe(bySchema.length > 0);
  });
});
