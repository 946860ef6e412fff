import { expect, test } from 'vitest';
import { problem } from '../../src/core/diagnostic/diagnostic.ts';
import type { FileWatch } from '../../src/core/ports.ts';
import { createMask } from '../../src/host/mask/mask.ts';
import { makeWorld, OK, planOf, type World } from './world.ts';

const PROBE = 'steps:\n  w: { wait: { until: { run: ./ready }, every: 5s, timeout: 1m } }\n';
const FILE = 'steps:\n  w: { wait: { file: out.txt } }\n';
const BAD = {
  outcome: 'failed',
  outputs: { stdout: 'x'.repeat(1_000), 'exit-code': 1 },
  error: problem('STEP_FAILED', 'It ended with exit code 1.'),
} as const;
const records = (world: World, type: string) => world.journal.records.filter((record) => record.type === type);

test('a probe is done by the step type of its name, again and again, until it succeeds', async () => {
  const world = makeWorld(planOf(PROBE));
  await world.settle();
  expect(world.attempts.get('w')?.context.work).toMatchObject({ action: 'run', timeoutMs: 60_000 });
  world.attempts.get('w')?.end(BAD);
  await world.settle();
  expect(records(world, 'check.ended')).toMatchObject([{ holds: false, outputs: { 'exit-code': 1 } }]);
  expect(JSON.stringify(records(world, 'check.ended'))).not.toContain('xxx');
  world.attempts.clear();
  world.clock.move(5_000);
  await world.settle();
  world.attempts.get('w')?.end(OK);
  expect(await world.engine.ended).toMatchObject({ event: { verdict: 'succeeded' } });
  expect(records(world, 'attempt.started')).toEqual([]);
});

test('a probe that hangs does not hold, and is asked again', async () => {
  const world = makeWorld(planOf(PROBE.replace('timeout: 1m', 'timeout: 1h')));
  await world.settle();
  world.clock.move(60_000);
  const attempt = world.attempts.get('w');
  expect(attempt?.context.signal.reason).toBe('timed-out');
  attempt?.end({ outcome: 'timed-out', error: problem('STEP_TIMEOUT', 'It took too long.') });
  await world.settle();
  expect([records(world, 'check.ended').length, records(world, 'wait.ended').length]).toEqual([1, 0]);
});

test('a probe that giga leaves behind is asked anew by the next process', async () => {
  const world = makeWorld(planOf(PROBE));
  await world.settle();
  world.engine.pause('SIGINT');
  expect(world.attempts.get('w')?.context.signal.reason).toBe('paused');
  await world.settle(); // it takes its time
  world.attempts.get('w')?.end({ outcome: 'interrupted' });
  expect(await world.engine.ended).toEqual({ kind: 'paused' });
  expect(records(world, 'check.ended')).toEqual([]);
  const again = makeWorld(planOf(PROBE), { before: world.journal.records.filter(({ type }) => type !== 'run.paused') });
  await again.settle();
  again.attempts.get('w')?.end(OK);
  expect(await again.engine.ended).toMatchObject({ event: { verdict: 'succeeded' } });
});

test('a file that appears ends the wait; what the watch says is masked', async () => {
  let found: (paths: readonly string[]) => void = () => {};
  const files: FileWatch = {
    appears: () =>
      new Promise((resolve) => {
        found = (paths) => resolve({ ok: true, value: paths });
      }),
  };
  const world = makeWorld(planOf(FILE), { files, mask: createMask(['hunter2-hunter2']) });
  await world.settle();
  found(['hunter2-hunter2.txt']);
  await world.engine.ended;
  expect(records(world, 'wait.ended')).toMatchObject([{ outputs: { path: '***.txt', paths: ['***.txt'] } }]);
});

test('a watch that fails fails the step, also by a bug of its own', async () => {
  const refusing: FileWatch = {
    appears: async () => ({ ok: false, diagnostics: [problem('STEP_WAIT_FILE', 'No.')] }),
  };
  const throwing: FileWatch = {
    appears: async () => {
      throw new Error('boom');
    },
  };
  for (const files of [refusing, throwing]) {
    const world = makeWorld(planOf(FILE), { files });
    expect(await world.engine.ended).toMatchObject({ event: { verdict: 'failed', error: { code: 'STEP_WAIT_FILE' } } });
  }
});

test('a watch is told to stop when the time is over', async () => {
  const signals: AbortSignal[] = [];
  const files: FileWatch = {
    appears: (_path, signal) => {
      signals.push(signal);
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)));
    },
  };
  const world = makeWorld(planOf('steps:\n  w: { wait: { file: out.txt, timeout: 1m } }\n'), { files });
  await world.settle();
  world.clock.move(60_000);
  expect(await world.engine.ended).toMatchObject({ event: { error: { code: 'STEP_WAIT_TIMEOUT' } } });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test('an event that is refused is written down too', async () => {
  const world = makeWorld(planOf('steps:\n  w: { wait: { event: go } }\n'));
  await world.settle();
  for (let k = 0; k < 100; k++) expect(world.engine.command({ kind: 'signal', name: 'other', data: k })).toBeNull();
  await world.settle();
  expect(world.engine.command({ kind: 'signal', name: 'go' })).toMatchObject({ code: 'RUN_EVENTS_FULL' });
  await world.settle();
  expect(records(world, 'command.received').at(-1)).toMatchObject({ accepted: false });
});

test('the time of a run stops its steps', async () => {
  const world = makeWorld(planOf('timeout: 1m\nsteps:\n  a: { run: x }\nfinally: [{ id: f, run: y }]\n'));
  await world.settle();
  world.clock.move(60_000);
  await world.settle();
  expect(world.attempts.get('a')?.context.signal.reason).toBe('cancelled');
  world.attempts.get('a')?.end({ outcome: 'cancelled' });
  await world.settle();
  world.attempts.get('finally/f')?.end(OK);
  expect(await world.engine.ended).toMatchObject({ event: { verdict: 'failed', error: { code: 'RUN_TIMEOUT' } } });
});

test('a capture that giga leaves behind ends the pause too', async () => {
  let end: (value: string) => void = () => {};
  const world = makeWorld(planOf("env: { A: { run: slow } }\nsteps:\n  a: { run: 'x $A' }\n"), {
    capture: () =>
      new Promise((resolve) => {
        end = resolve;
      }),
  });
  await world.settle();
  world.engine.pause('SIGINT');
  await world.settle();
  end('late');
  expect(await world.engine.ended).toEqual({ kind: 'paused' });
  expect(records(world, 'capture.ended')).toEqual([]);
});
