import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isClear, start, until } from '../../e2e/place.ts';
import { openWorkplace, type Workplace } from '../giga.ts';
import { putHello } from './hello.ts';

let place: Workplace;
beforeEach(() => {
  place = openWorkplace();
  putHello(place);
});
afterEach(() => place.remove());

const FILE = './plugins/hello.ts#greet';

describe('giga plugin run', () => {
  it('prints what a step gives, and its progress beside it', async () => {
    const { code, out, err } = await place.giga('plugin', 'run', 'hello/greet', '--with', 'name=Ada');
    expect({ code, answer: JSON.parse(out), err }).toEqual({
      code: 0,
      answer: { text: 'Hi, Ada!' },
      err: 'greeting\n',
    });
  });

  it('takes a file, which says nothing but what it is, and a configuration', async () => {
    const plain = await place.giga('plugin', 'run', FILE, '--with', '{"name": "Ada", "times": 2}');
    expect(JSON.parse(plain.out)).toEqual({ text: 'Hello, Ada!Hello, Ada!' });
    const other = await place.giga('plugin', 'run', FILE, '--with', 'name=7', '--config', 'greeting=Ahoy');
    expect(JSON.parse(other.out)).toEqual({ text: 'Ahoy, 7!' });
  });

  it.each(['none', 'limited'])('runs it at the level %s', async (level) => {
    place.put('a.md', 'a');
    place.put('b.txt', 'b');
    const { out } = await place.giga('plugin', 'run', 'hello/count', '--isolation', level, '--json');
    expect(JSON.parse(out)).toEqual({
      type: 'plugin.ran',
      plugin: 'hello',
      step: 'count',
      outcome: 'succeeded',
      outputs: { files: 1 },
    });
  });

  it.each([
    [['hello/gret'], 2, 'no step `gret`', 'Did you mean `greet`?'],
    [['helo/greet'], 2, 'no plugin `helo`', 'Did you mean `hello`?'],
    [['hello'], 2, 'write `plugins/hello.ts#STEP`', 'Its steps are: greet, count.'],
    [['./none.ts#greet'], 2, 'There is no file "./none.ts"', ''],
    [[FILE, '--with', 'nam=Ada'], 3, 'no input `nam`', 'Did you mean `name`?'],
    [[FILE], 3, 'must have the key `name`', ''],
    [[FILE, '--with', 'name=Ada', '--with', 'times=x'], 3, '`times` must be a whole number, and is "x"', ''],
    [[FILE, '--with', 'name=Ada', '--with', 'times=9'], 3, '`times` must be at most 5, and is 9', ''],
    [[FILE, '--with', 'name'], 2, 'takes `name=value` or a JSON object', ''],
    [[FILE, '--with', '{"name": '], 2, 'begins as a JSON object, and is none', ''],
    [
      [FILE, '--with', 'name=Ada', '--config', 'greting=x'],
      3,
      'no configuration `greting`',
      'Did you mean `greeting`?',
    ],
    [[FILE, '--with', 'name=boom'], 1, 'says: no greetings for boom', 'It was thrown at hello.ts:21:36.'],
    [[FILE, '--isolation', 'most'], 2, 'Allowed choices are none, limited', ''],
  ])('%j ends with %d: %s', async (args, code, message, hint) => {
    const outcome = await place.giga('plugin', 'run', ...args);
    expect(outcome.err).toContain(message);
    expect(outcome.err).toContain(hint);
    expect([outcome.code, outcome.out]).toEqual([code, '']);
    isClear(outcome);
  });

  it('shows where a source cannot be read', async () => {
    place.put('plugins/broken.ts', 'export default {\n  steps: { a: ] },\n};\n');
    const { code, err } = await place.giga('plugin', 'run', './plugins/broken.ts#a');
    expect(code).toBe(3);
    expect(err).toContain('--> plugins/broken.ts:2:15');
    expect(err).toContain('steps: { a: ] }');
  });

  it('says of a module of Node that it is not there where the plugin is isolated', async () => {
    place.put(
      'plugins/os.ts',
      `import { hostname } from 'node:os';
export default { steps: { host: { input: { type: 'object' }, output: { type: 'object' }, run: () => ({ host: hostname() }) } } };
`,
    );
    expect((await place.giga('plugin', 'run', './plugins/os.ts')).code).toBe(0);
    const { code, err } = await place.giga('plugin', 'run', './plugins/os.ts', '--isolation', 'limited');
    expect([code, err]).toEqual([3, expect.stringContaining('PLUGIN_IMPORT')]);
  });

  it('ends what eats memory', async () => {
    const { code, err } = await place.giga('plugin', 'run', 'hello/greet', '--with', 'name=eat');
    expect([code, err]).toEqual([1, expect.stringContaining('STEP_PLUGIN_MEMORY')]);
  });

  it.each([
    ['wait', 'limited'],
    ['loop', 'limited'],
    ['wait', 'none'],
  ])('is ended by Ctrl-C where the step would %s, at the level %s', async (name, level) => {
    const { child, ended } = start(place, 'plugin', 'run', FILE, '--with', `name=${name}`, '--isolation', level);
    let said = '';
    child.stderr?.on('data', (text: string) => (said += text));
    await until(() => said.includes('greeting'));
    child.kill('SIGINT');
    // At the level `none` the signal ends the process by itself: then there is no code.
    expect((await ended).code).toBe(level === 'none' ? null : 130);
  });
});

describe('giga plugin list', () => {
  it('shows the plugins of giga.yaml and of workflows with their risk', async () => {
    place.put('plugins/free.ts', 'export default { steps: {} };\n');
    place.put('giga.yaml', 'plugins: [./plugins/free.ts, ./plugins/lost.ts]\n');
    const { code, out, err } = await place.giga('plugin', 'list');
    expect(out.replaceAll(/[0-9a-f]{12}/g, 'DIGEST')).toBe(
      'free   plugins/free.ts   none     critical  DIGEST\nhello  plugins/hello.ts  limited  low       DIGEST  greet, count\n',
    );
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('There is no file "plugins/lost.ts", which giga.yaml names'),
    ]);
  });

  it('says so where there are none', async () => {
    const empty = openWorkplace();
    const { code, out, err } = await empty.giga('plugin', 'list');
    empty.remove();
    expect([code, out, err]).toEqual([
      0,
      '',
      'No workflow here uses a plugin. Make one with `giga plugin new NAME`.\n',
    ]);
  });
});

describe('giga plugin info', () => {
  it('shows all that a plugin says of itself', async () => {
    const { code, out } = await place.giga('plugin', 'info', 'hello');
    expect(code).toBe(0);
    expect(out.replaceAll(/[0-9a-f]{64}/g, 'DIGEST').replace(/[\d.]+ kB/, 'SIZE')).toBe(`hello  Says hello
  file       plugins/hello.ts, SIZE as a bundle
  integrity  DIGEST
  named by   workflows/hi.yaml
  isolation  limited: a process of its own, against mistakes; hostile code may reach the network
  risk       low (read: *.md)
  limits     1m00s for a call, 268.4 MB of memory
  read       *.md

configuration
  greeting  string  default "Hello"

hello/greet  Greets somebody
  with:
    name   string   required   Who is greeted.
    times  integer  default 1
  outputs:
    text  string  required

hello/count
  with: nothing
  outputs: nothing
`);
  });

  it('shows what is left of what a plugin asks for', async () => {
    place.put(
      'giga.yaml',
      'plugins: [{ from: ./plugins/hello.ts, as: mine, isolation: limited, permissions: { read: [a.md] } }]\n',
    );
    const { out } = await place.giga('plugin', 'info', 'mine', '--json');
    expect(JSON.parse(out)).toMatchObject({
      type: 'plugin',
      name: 'mine',
      by: ['giga.yaml'],
      granted: { read: ['a.md'] },
      risk: 'low',
    });
  });
});
