/** Plugins that take what there is, do not stop, or end what they run in: giga goes on, nothing of them stays, and the next call starts anew. */
import { describe, expect, it } from 'vitest';
import { bareObject, type JsonObject } from '../../../src/core/json.ts';
import { readPermissions } from '../../../src/core/permissions/permissions.ts';
import type { PluginEnd } from '../../../src/core/plugin.ts';
import { createClock } from '../../../src/host/clock.ts';
import { createHttpClient } from '../../../src/host/http/client.ts';
import { createWorkspaceReader } from '../../../src/host/workspace/read-workspace.ts';
import { createWorkspaceFiles } from '../../../src/host/workspace/workspace-files.ts';
import { createPluginHost } from '../../../src/plugin/host.ts';
import { descendantsOf, until } from '../../e2e/place.ts';
import { hasSandbox, LEVELS, type Level, lineAt, MEMORY, moduleOf } from './place.ts';

const TIMEOUT = 'STEP_PLUGIN_TIMEOUT';
const MEMORY_GONE = 'STEP_PLUGIN_MEMORY';
/** What the interpreter itself refuses ends the call alone. */
const FAILED = 'STEP_PLUGIN_FAILED';
const LOST = 'STEP_PLUGIN_LOST';

/** What is tried, and how it ends in Node and in QuickJS. */
const ATTEMPTS: readonly (readonly [string, string, limited: string, strict: string])[] = [
  ['a loop', 'for (;;);', TIMEOUT, TIMEOUT],
  // In Node it also fills the table of names of properties.
  [
    'a loop in native code',
    'Array.prototype.reverse.call({ length: 2 ** 53 - 1 });',
    `${TIMEOUT} ${MEMORY_GONE}`,
    TIMEOUT,
  ],
  ['a search that backtracks', "return { x: /^(a|a)*$/.test('a'.repeat(60) + 'b') };", TIMEOUT, TIMEOUT],
  ['microtasks', 'for (;;) await null;', TIMEOUT, TIMEOUT],
  ['a promise', 'await new Promise(() => {});', TIMEOUT, TIMEOUT],
  ['a thenable', 'return { then() { for (;;); } };', TIMEOUT, TIMEOUT],
  ['how its result becomes JSON', 'return { toJSON() { for (;;); } };', TIMEOUT, TIMEOUT],
  ['a heap', 'for (const all = []; ; ) all.push(new Array(1e4).fill(all.length));', MEMORY_GONE, MEMORY_GONE],
  ['small objects', 'for (const all = []; ; ) all.push({ all });', MEMORY_GONE, MEMORY_GONE],
  ['typed arrays', 'for (const all = []; ; ) all.push(new Uint8Array(1 << 20).fill(1));', MEMORY_GONE, MEMORY_GONE],
  [
    'buffers',
    'for (const all = []; ; ) new Uint8Array(all[all.push(new ArrayBuffer(1 << 20)) - 1]).fill(1);',
    MEMORY_GONE,
    MEMORY_GONE,
  ],
  [
    'a buffer that grows',
    'const one = new ArrayBuffer(1, { maxByteLength: 1 << 30 }); for (let n = 1; ; n += 1 << 20) { one.resize(n); new Uint8Array(one).fill(1); }',
    MEMORY_GONE,
    MEMORY_GONE,
  ],
  [
    'texts',
    "for (const all = []; ; ) all.push(('x' + all.length).repeat(1 << 18).toUpperCase());",
    MEMORY_GONE,
    MEMORY_GONE,
  ],
  ['frames', 'const deeper = () => 1 + deeper(); deeper();', FAILED, FAILED],
  ['its end', 'process.exit(0);', LOST, FAILED],
  ['a violent end', 'process.abort();', LOST, FAILED],
  ['a signal to itself', "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});", LOST, FAILED],
  [
    'an error that nobody catches',
    "setTimeout(() => { throw new Error('late'); }, 1); await new Promise(() => {});",
    LOST,
    LOST,
  ],
  ['a result that is too large', "return { x: 'x'.repeat(17 << 20) };", 'STEP_PLUGIN_PROTOCOL', MEMORY_GONE],
];

function hostOf(level: Level, timeoutMs: number) {
  const limits = { permissions: {}, timeoutMs, memory: MEMORY, steps: {} };
  const steps = bareObject([...ATTEMPTS.map(([name, body]) => [name, body] as const), ['good', 'return { x: 1 };']]);
  const host = createPluginHost({
    clock: createClock(),
    reader: createWorkspaceReader(),
    files: createWorkspaceFiles(),
    http: createHttpClient(),
    variable: () => null,
    version: '0',
    start: () => lineAt(level),
    find: async () => ({
      ok: true,
      value: {
        file: '/p.js',
        bundle: { integrity: '', code: moduleOf(steps), map: '{}', inputs: {}, builtins: [] },
        manifest: limits,
      },
    }),
  });
  const call = (step: string, input: JsonObject = {}): Promise<PluginEnd> =>
    host.call({
      plugin: { name: 'eater', from: '/p.js', integrity: '', isolation: 'limited', config: {} },
      step,
      input,
      granted: readPermissions({}),
      signal: new AbortController().signal,
      root: '/',
      key: 'k',
      progress: () => {},
      note: async () => true,
    });
  return { call, close: () => host.close() };
}

const SOME = ['a loop', 'typed arrays', 'its end', 'an error that nobody catches'];
const KEPT = LEVELS.filter((level) => level !== 'unkept' && (hasSandbox || !level.includes('sandboxed')));

describe.runIf(process.platform === 'linux').each(KEPT)('a plugin that is %s', (level) => {
  // A sandbox changes nothing of who ends it: some of them are tried there, all of them in the long runs.
  const isSome = level.endsWith('sandboxed') && process.env['GIGA_TORTURE'] === undefined;
  it.each(isSome ? ATTEMPTS.filter(([name]) => SOME.includes(name)) : ATTEMPTS)(
    'takes %s',
    async (name, _, limited, strict) => {
      const before = descendantsOf(process.pid);
      const expected = level.startsWith('strict') ? strict : limited;
      const { call, close } = hostOf(level, expected.startsWith(TIMEOUT) ? 2_000 : 60_000);
      const end = await call(name);
      expect(expected).toContain(end.ok ? 'nothing' : end.error.code);
      // Whoever comes next is not harmed.
      expect(await call('good')).toEqual({ ok: true, value: { x: 1 } });
      await close();
      await until(() => descendantsOf(process.pid).every((pid) => before.includes(pid)));
    },
  );
});
