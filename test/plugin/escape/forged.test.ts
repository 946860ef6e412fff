/** Plugins that say what no plugin says, or change the language around them: who speaks is known by the pipe, and nothing else is believed. */
import { describe, expect, it } from 'vitest';
import { close, hasSandbox, LEVELS, open } from './place.ts';

/** Writes bytes of its own to the line to giga: what is left to a plugin that has all of Node around it. */
const FORGE = `const fs = globalThis.require('fs');
const raw = (bytes) => { for (let at = 0; at < bytes.length; ) try { at += fs.writeSync(3, bytes, at); } catch (error) { if (error.code !== 'EAGAIN') throw error; } };
const say = (message) => { const text = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)); const head = Buffer.alloc(4); head.writeUInt32BE(text.length); raw(Buffer.concat([head, text])); };
const rest = () => new Promise(() => {});`;

/** Each is answered by the end of the process. */
const LIES: readonly (readonly [string, string])[] = [
  ['the end of a call that was not made', "say({ kind: 'done', call: 999, value: {} }); await rest();"],
  ['the end of a call before the first', "say({ kind: 'done', call: 0, value: {} }); await rest();"],
  [
    'a question for a call that was not made',
    "say({ kind: 'ask', call: 7, ask: 1, what: 'env', args: [] }); await rest();",
  ],
  [
    'two questions of one number',
    "for (const n of [1, 2]) say({ kind: 'ask', call: 1, ask: 5, what: 'slow', args: [] }); await rest();",
  ],
  ['a kind that is none', "say({ kind: 'constructor', call: 1 }); await rest();"],
  ['a message that is none', 'say([]); await rest();'],
  ['numbers that are none', 'say(\'{"kind":"done","call":1e400,"value":{}}\'); await rest();'],
  ['that it is loaded, again', "say({ kind: 'loaded', manifest: {} }); await rest();"],
  ['that it is there, again', "say({ kind: 'ready' }); await rest();"],
  ['no JSON', "say('{'); await rest();"],
  ['a frame that is too long', 'raw(Buffer.from([0x7f, 255, 255, 255])); await rest();'],
  [
    'a million questions',
    "for (let n = 1; n <= 1e6; n++) say({ kind: 'ask', call: 1, ask: 100 + n, what: 'slow', args: [] }); await rest();",
  ],
];

const NODE = LEVELS.filter((level) => level.startsWith('limited') && (hasSandbox || !level.includes('sandboxed')));

describe.runIf(process.platform === 'linux').each(NODE)('a plugin that is %s', (level) => {
  it.each(LIES)('is ended when it says %s', async (_, body) => {
    const plugin = await open(level, { lie: `${FORGE} ${body}` });
    const end = await plugin.call('lie', {}, () => new Promise(() => {}));
    expect(end).toMatchObject({ ok: false, error: { code: 'STEP_PLUGIN_PROTOCOL' } });
    close(plugin);
  });

  it('waits in vain when it leaves a frame half said', async () => {
    const plugin = await open(level, { lie: `${FORGE} raw(Buffer.from([0, 0, 1, 0, 0x7b])); return {};` });
    // What it says then is the middle of that frame, and at its end no JSON.
    const end = plugin.call('lie', {});
    const next = plugin.call('lie', {});
    const more = Array.from({ length: 8 }, () => plugin.call('lie', {}));
    for (const one of await Promise.all([end, next, ...more]))
      expect(one).toMatchObject({ ok: false, error: { code: 'STEP_PLUGIN_PROTOCOL' } });
  });

  it('ends its own call only once', async () => {
    const plugin = await open(level, {
      twice: `${FORGE} say({ kind: 'done', call: 1, value: { first: true } }); say({ kind: 'done', call: 1, value: {} }); await rest();`,
      good: 'return { x: 1 };',
    });
    expect(await plugin.call('twice', {})).toEqual({ ok: true, value: { first: true } });
    expect(await plugin.call('good', {})).toEqual({ ok: true, value: { x: 1 } });
    close(plugin);
  });
});

const KEPT = LEVELS.filter((level) => level !== 'unkept' && (hasSandbox || !level.includes('sandboxed')));

describe.runIf(process.platform === 'linux').each(KEPT)('across the line to a plugin that is %s', (level) => {
  it('no prototype is changed', async () => {
    const plugin = await open(level, {
      give: `return JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');`,
      ask: `return { said: await ctx.env(JSON.parse('{"__proto__":{"polluted":1}}')).catch(String) };`,
      change: `Object.prototype.polluted = 1; Array.prototype.polluted = 1; return {};`,
    });
    const asked: unknown[] = [];
    await plugin.call('give', {});
    await plugin.call('ask', JSON.parse('{"__proto__":{"polluted":1}}'), async (_, args) => {
      asked.push(args);
      return { ok: true, value: JSON.parse('{"__proto__":{"polluted":1}}') };
    });
    await plugin.call('change', {});
    expect(asked).toHaveLength(1);
    for (const one of [{}, [], () => {}, asked, asked[0]])
      expect((one as { polluted?: number }).polluted).toBeUndefined();
    close(plugin);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])('there is no step %j', async (name) => {
    const plugin = await open(level, { good: 'return { x: 1 };' });
    expect(await plugin.call(name, {})).toMatchObject({ ok: false, error: { code: 'STEP_PLUGIN_FAILED' } });
    expect(await plugin.call('good', {})).toEqual({ ok: true, value: { x: 1 } });
    close(plugin);
  });

  it('a language that was changed harms who changed it', async () => {
    const plugin = await open(level, {
      change: `for (const [what, names] of [[JSON, ['parse', 'stringify']], [Promise.prototype, ['then']], [Array.prototype, ['push', 'map']], [Map.prototype, ['get', 'set', 'delete']], [Object, ['hasOwn', 'entries']]]) for (const name of names) what[name] = () => { throw new Error('changed'); }; return {};`,
      good: 'return { x: 1 };',
    });
    const ends = [plugin.call('change', {}), plugin.call('good', {})];
    setTimeout(() => close(plugin), 1_000);
    // Answered, failed or ended: giga lives, and believes nothing else.
    for (const end of await Promise.all(ends)) expect(typeof end.ok).toBe('boolean');
  });
});

describe.runIf(process.platform === 'linux')('inside of the interpreter', () => {
  const seen = async (body: string): Promise<unknown> => {
    const plugin = await open('strict', { look: `return { seen: ${body} };` });
    const end = await plugin.call('look', {});
    close(plugin);
    return end.ok ? (end.value as { seen?: unknown }).seen : end.error.message;
  };

  it('there is the language, and nothing else', async () => {
    const names = [
      'process',
      'require',
      'module',
      'global',
      'Buffer',
      'fetch',
      'WebAssembly',
      'Atomics',
      'std',
      'os',
      'giga',
      'inside',
      'send',
      'evaluate',
    ];
    expect(await seen(`${JSON.stringify(names)}.filter((name) => name in globalThis)`)).toEqual([]);
  });

  it('functions from outside are not to be had by their names or frames', async () => {
    expect(
      await seen(
        `(() => { Error.prepareStackTrace = (_, sites) => sites; const sites = [].concat(new Error().stack); return sites.map((site) => typeof site.getThis?.() + typeof site.getFunction?.()).filter((one) => one.includes('object')); })()`,
      ),
    ).toEqual([]);
    expect(await seen(`ctx.fs.read.constructor('return typeof process')()`)).toBe('undefined');
    expect(
      await seen(
        `ctx.env('x').catch((error) => error.constructor.constructor('return typeof process')()) instanceof Promise`,
      ),
    ).toBe(true);
  });

  it('no module is imported', async () => {
    expect(String(await seen(`await import('node:fs').then(() => 'there', String)`))).not.toBe('there');
  });

  it('the clock says nothing of where this is', async () => {
    expect(await seen('new Date(0).getTimezoneOffset()')).toBe(0);
  });
});
