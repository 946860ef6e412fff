/** Runs sources of plugins that try to get out, at each level, and what they try to get at. Knows no attempt. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problem } from '../../../src/core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { PluginEnd } from '../../../src/core/plugin.ts';
import { memoryOfTree } from '../../../src/host/process/memory-of.ts';
import { confinements } from '../../../src/host/sandbox/confine.ts';
import { explainThrown } from '../../../src/plugin/explain-thrown.ts';
import { childProcess } from '../../../src/plugin/isolate/child-process.ts';
import type { Wrap } from '../../../src/plugin/isolate/launch.ts';
import { type Capability, createPeer, type Line } from '../../../src/plugin/isolate/peer.ts';

/** Where a plugin runs, from nothing that keeps it to all that can. `unkept` shows that an attempt is one. */
export const LEVELS = ['unkept', 'limited', 'limited, sandboxed', 'strict', 'strict, sandboxed'] as const;
export type Level = (typeof LEVELS)[number];

const sandboxes = confinements(process.env['PATH'] ?? '').filter(
  (wrap) => wrap(['x'])[0]?.endsWith('/bwrap') && works(wrap),
);
const withoutPermissions: Wrap = (argv) => argv.filter((arg) => !arg.includes('permission'));

/** It may be there and not work, as in many containers. */
function works(wrap: Wrap): boolean {
  const [file = '', ...args] = wrap([process.execPath, '--version']);
  return spawnSync(file, args, { env: {} }).status === 0;
}

/** Bubblewrap is not on every machine. */
export const hasSandbox = sandboxes.length > 0;
if (!hasSandbox) console.warn('No bubblewrap here: the escape tests of plugins in a sandbox are left out.');

export const MEMORY = 64 * 1_048_576;

export interface Opened {
  readonly line: Line;
  call(step: string, input: JsonObject, answer?: Capability): Promise<PluginEnd>;
}

/** A line to where a plugin runs at a level. */
export function lineAt(level: Level): Line {
  const wraps = level === 'unkept' ? [withoutPermissions] : level.endsWith('sandboxed') ? sandboxes.slice(0, 1) : [];
  const line = childProcess({
    inside: level.startsWith('strict') ? 'quickjs' : 'node',
    memory: MEMORY,
    turnMs: 60_000,
    memoryOf: memoryOfTree,
    wraps,
  });
  if (level.endsWith('sandboxed') && wraps.length === 0) throw new Error('there is no sandbox');
  return line;
}

/** The module of a plugin of these steps: each the body of an async function of `input` and `ctx`. */
export function moduleOf(steps: Readonly<Record<string, string>>): string {
  const bodies = Object.entries(steps).map(
    ([name, body]) => `[${JSON.stringify(name)}]: { input: {}, output: {}, async run(input, ctx) { ${body} } },`,
  );
  return `module.exports = { default: { steps: { ${bodies.join('\n')} } } };`;
}

export async function open(level: Level, steps: Readonly<Record<string, string>>): Promise<Opened> {
  const line = lineAt(level);
  const explain = (thrown: Parameters<typeof explainThrown>[0]) =>
    explainThrown(thrown, { name: 'escaper', map: '{}', file: '/p.js' });
  const peer = createPeer(line, explain);
  const loaded = await peer.load(moduleOf(steps), '/p.js');
  if (!loaded.ok) throw new Error(loaded.error.message);
  return {
    line,
    call: (step, input, answer = async () => ({ ok: false, message: 'nothing is granted' })) =>
      peer.call({ step, input, config: {}, signal: new AbortController().signal, answer, progress: () => {} }),
  };
}

export const close = ({ line }: Pick<Opened, 'line'>): void => void line.kill(problem('STEP_CANCELLED', 'over'));

/** What is to be got at, and whether it was. */
export interface Target {
  /** For the plugin: where things are, never what is in them. */
  readonly input: JsonObject;
  /** What an attempt that ended like this has reached. */
  reached(end: PluginEnd): Promise<readonly string[]>;
  remove(): void;
}

export async function openTarget(): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'giga-escape-'));
  const token = randomUUID();
  writeFileSync(join(folder, 'secret.txt'), token);
  mkdirSync(join(folder, 'made'));
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'link'));
  let connections = 0;
  const servers = await Promise.all(
    [{ port: 0, host: '127.0.0.1' }, { path: join(folder, 'socket') }].map(async (where) => {
      const server: Server = createServer((socket) => {
        connections += 1;
        socket.destroy();
      }).listen(where);
      await once(server, 'listening');
      return server;
    }),
  );
  const victim: ChildProcess = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6); process.send(0)'], {
    env: { SECRET_OF_ANOTHER: token },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await once(victim, 'message');
  const port = (servers[0]?.address() as AddressInfo | undefined)?.port ?? 0; // it listens on a port
  return {
    input: { folder, port, pid: victim.pid ?? 0 },
    async reached(end) {
      // A signal may be on its way.
      await new Promise((done) => setImmediate(done));
      const found = [
        ...(JSON.stringify(end).includes(token) ? ['the secret'] : []),
        ...(readdirSync(join(folder, 'made')).length > 0 ? ['a file'] : []),
        ...(connections > 0 ? ['a server'] : []),
        ...(victim.exitCode !== null || victim.signalCode !== null ? ['another process'] : []),
        ...(existsSync(join(folder, 'secret.txt')) ? [] : ['the secret file']),
      ];
      return found;
    },
    remove() {
      victim.kill('SIGKILL');
      for (const server of servers) server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
