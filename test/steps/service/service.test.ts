/** The step type `service` with real programs: how it is known to be ready, and how it ends. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { StepAnswer } from '../../../src/core/ports.ts';
import { createClock } from '../../../src/host/clock.ts';
import { createHttpClient } from '../../../src/host/http/client.ts';
import { NO_MASK } from '../../../src/host/mask/mask.ts';
import { connects } from '../../../src/host/net/connects.ts';
import { endNotedGroups, notedGroups } from '../../../src/host/process/noted-groups.ts';
import { createProcesses } from '../../../src/host/process/processes.ts';
import { inheritedEnvironment } from '../../../src/steps/run/environment.ts';
import { createServiceStep } from '../../../src/steps/service/service.ts';
import { type ContextMore, contextFor } from '../context.ts';

let root: string;
const processes = createProcesses({ mask: NO_MASK });
const servers: Server[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'giga-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  for (const server of servers.splice(0)) server.close();
});

const script = (text: string): JsonObject => ({
  shell: 'bash',
  script: text,
  values: {},
  integers: [],
  guard: null,
  cwd: '',
});
const step = createServiceStep({
  processes,
  mask: NO_MASK,
  secrets: new Map(),
  inherited: inheritedEnvironment(process.env, []),
  client: createHttpClient(),
  connects,
  groups: notedGroups,
  clock: createClock(),
});

interface Served {
  readonly answer: Promise<StepAnswer>;
  readonly ready: Promise<JsonObject>;
  readonly stop: AbortController;
}
function serve(run: string, ready: JsonObject, more: JsonObject = {}, work: ContextMore = {}): Served {
  const stop = new AbortController();
  let hear: (outputs: JsonObject) => void = () => {};
  const heard = new Promise<JsonObject>((resolve) => {
    hear = resolve;
  });
  const context = { ...contextFor(root, { signal: stop.signal, graceMs: 300, ...work }), serve: hear };
  return { answer: step.perform({ run: script(run), ready, ...more }, context), ready: heard, stop };
}
/** Something that listens, so that a probe of it is answered. */
async function listen(answer = ''): Promise<number> {
  const server = createServer((socket) => void socket.on('error', () => {}).end(answer));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
const http = (status: string): string => `HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`;

describe('a service is ready', () => {
  test('when its port takes connections', async () => {
    const port = await listen();
    const { ready, stop, answer } = serve('exec sleep 60', { port: String(port) });
    expect(await ready).toEqual({ pid: expect.any(Number), port });
    stop.abort('released');
    expect(await answer).toMatchObject({ outcome: 'succeeded', outputs: { port } });
  });

  test.each(['200 OK', '302 Found\r\nlocation: http://example.com/'])(
    'when its address answers with %s',
    async (status) => {
      const port = await listen(http(status));
      const { ready, stop, answer } = serve('exec sleep 60', { http: `http://127.0.0.1:${port}/` });
      expect(await ready).toMatchObject({ port });
      stop.abort('cancelled');
      expect((await answer).outcome).toBe('cancelled');
    },
  );

  test.each([
    ['log', '/^up \\d+$/'],
    ['log', 'up 1'],
    ['run', script('test -e up')],
  ])('when its %s says so: %j', async (key, probe) => {
    const { ready, stop, answer } = serve('echo starting; touch up; echo up 12 >&2; exec sleep 60', { [key]: probe });
    expect(await ready).toEqual({ pid: expect.any(Number) });
    stop.abort('released');
    expect((await answer).outcome).toBe('succeeded');
  });
});

describe('a service fails', () => {
  test('when its address answers with something else, and its time is over', async () => {
    const port = await listen(http('503 Service Unavailable'));
    const { stop, answer } = serve('exec sleep 60', { http: `http://127.0.0.1:${port}/` }, {}, { timeoutMs: 60_000 });
    await new Promise<void>((resolve) => servers[0]?.once('connection', () => resolve()));
    stop.abort('timed-out');
    expect(await answer).toMatchObject({ outcome: 'timed-out', error: { code: 'STEP_SERVICE_NOT_READY' } });
  });

  test('at once, where its address may not be asked', async () => {
    const { answer } = serve('exec sleep 60', { http: 'http://10.0.0.1:1/' });
    expect(await answer).toMatchObject({ outcome: 'failed', error: { code: 'STEP_HTTP_REFUSED' } });
  });

  test.each([
    [{ port: 'x' }, 'STEP_BAD_REQUEST'],
    [{ http: 'nowhere' }, 'STEP_HTTP_URL'],
  ])('for %j', async (ready, code) => {
    expect((await serve('exec sleep 60', ready).answer).error?.code).toBe(code);
  });

  test('when it ends before it is ready, with what it said last', async () => {
    const { answer } = serve('echo no such file >&2; exit 3', { port: '1' });
    const { outcome, error, outputs } = await answer;
    expect([outcome, error?.code, outputs?.['exit-code']]).toEqual(['failed', 'STEP_SERVICE_ENDED', 3]);
    expect(error?.message).toBe('The service ended before it was ready. It ended with exit code 3.');
    expect(error?.hint).toContain('no such file');
  });

  test('when it ends while it serves, also well', async () => {
    const { ready, answer } = serve('echo up; until [ -e end ]; do sleep 0.02; done', { log: 'up' });
    await ready;
    await processes.execute(
      {
        program: { kind: 'argv', argv: ['touch', 'end'] },
        environment: inheritedEnvironment(process.env, []),
        variables: {},
        cwd: root,
        log: { folder: join(root, 'logs'), name: 'end' },
        maxOutput: 10,
        graceMs: 10,
      },
      { stop: new AbortController().signal },
    );
    expect((await answer).error?.message).toBe(
      'The service ended while steps still needed it. It ended with exit code 0.',
    );
  });
});

describe('a service is stopped', () => {
  test('by its own command, and by force where that does not help', async () => {
    const stopper = script('touch stopped');
    const { ready, stop, answer } = serve(
      `trap '' TERM; echo up; while :; do sleep 0.05; done`,
      { log: 'up' },
      { stop: stopper },
    );
    const { pid } = await ready;
    stop.abort('released');
    expect((await answer).outcome).toBe('succeeded');
    expect([existsSync(join(root, 'stopped')), existsSync(`/proc/${String(pid)}`)]).toEqual([true, false]);
  });

  test('before it was ready, too', async () => {
    const { stop, answer } = serve('exec sleep 60', { log: 'never' });
    stop.abort('cancelled');
    expect((await answer).outcome).toBe('cancelled');
  });
});

test('what a killed giga left behind is ended, and another process of the same number is not', async () => {
  const { ready, answer } = serve('echo up; exec sleep 60', { log: 'up' });
  await ready;
  await endNotedGroups(join(root, 'services'));
  expect((await answer).error?.code).toBe('STEP_SERVICE_ENDED');

  const other = serve('echo up; exec sleep 60', { log: 'up' });
  const { pid } = await other.ready;
  notedGroups.note(join(root, 'others'), 'x', Number(pid));
  const file = join(root, 'others', 'x.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), startTime: '1' }));
  await endNotedGroups(join(root, 'others'));
  expect([existsSync(file), existsSync(`/proc/${String(pid)}`)]).toEqual([false, true]);
  other.stop.abort('released');
  await other.answer;
});
