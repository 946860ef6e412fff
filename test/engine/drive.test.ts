import { expect, test } from 'vitest';
import { problem } from '../../src/core/diagnostic/diagnostic.ts';
import { createMask } from '../../src/host/mask/mask.ts';
import { BAD, makeWorld, manualClock, memoryJournal, OK, planOf } from './world.ts';

const TWO = "steps:\n  a: { run: 'x' }\n  b: { run: 'y', needs: a }\n";

test('a plan runs to its end, in order, and the journal is closed', async () => {
  const world = makeWorld(planOf(TWO));
  await world.settle();
  expect([...world.attempts.keys()]).toEqual(['a']);
  world.attempts.get('a')?.end(OK);
  await world.settle();
  world.attempts.get('b')?.end(OK);
  expect(await world.engine.ended).toMatchObject({ kind: 'finished', event: { verdict: 'succeeded' } });
  expect(world.journal.closed).toBe(true);
  expect(world.published).toEqual(world.journal.records);
  expect(world.types().filter((type) => /^(attempt|step)/.test(type))).toEqual([
    'attempt.started a',
    'attempt.ended a',
    'step.settled a',
    'attempt.started b',
    'attempt.ended b',
    'step.settled b',
    'step.settled',
  ]);
});

test('work begins only when its `attempt.started` is in the journal', async () => {
  const world = makeWorld(planOf("steps:\n  a: { run: 'x' }\n  b: { run: 'y' }\n"));
  await world.settle();
  expect(world.begunAfter.get('a')).toBeGreaterThan(0);
  expect(world.begunAfter.get('b')).toBeGreaterThan(0);
  for (const attempt of world.attempts.values()) attempt.end(OK);
  await world.engine.ended;
});

test('nothing is published, and the run has not ended, before the journal is on disk', async () => {
  const journal = memoryJournal();
  journal.mode = 'sync waits';
  const world = makeWorld(planOf('steps:\n  a: { set: { v: 1 } }\n'), { journal });
  let over = false;
  void world.engine.ended.then(() => {
    over = true;
  });
  await world.settle();
  expect(journal.records.at(-1)?.type).toBe('run.finished');
  expect({ published: world.published.length, over }).toEqual({ published: 0, over: false });
  journal.release();
  await world.engine.ended;
  expect(world.published).toEqual(journal.records);
});

test('a step type that throws has failed, and the run goes on', async () => {
  const world = makeWorld(planOf("steps:\n  a: { run: 'x', continue-on-error: true }\n  b: { set: { v: 1 } }\n"), {
    perform: () => {
      throw new Error('boom');
    },
  });
  expect(await world.engine.ended).toMatchObject({ event: { verdict: 'succeeded with allowed failures' } });
  expect(world.journal.records.find((r) => r.type === 'attempt.ended')).toMatchObject({
    outcome: 'failed',
    error: { code: 'STEP_CRASHED', message: expect.stringContaining('boom') },
  });
});

test('a rejected promise of a step type is a failure, too', async () => {
  const world = makeWorld(planOf("steps:\n  a: { run: 'x' }\n"), {
    perform: () => Promise.reject(new Error('late boom')),
  });
  expect(await world.engine.ended).toMatchObject({ event: { verdict: 'failed', error: { code: 'STEP_CRASHED' } } });
});

test('an action that nobody performs fails by its name', async () => {
  const plan = planOf("steps:\n  a: { run: 'x' }\n");
  const renamed = JSON.parse(JSON.stringify(plan).replaceAll('"action":"run"', '"action":"other"')) as typeof plan;
  expect(await makeWorld(renamed).engine.ended).toMatchObject({
    event: { verdict: 'failed', error: { code: 'STEP_UNKNOWN_TYPE' } },
  });
});

test('an attempt is told when its time is over, and says so whatever its exit', async () => {
  const world = makeWorld(planOf("steps:\n  a: { run: 'x', timeout: 10s }\n"));
  await world.settle();
  const attempt = world.attempts.get('a');
  world.clock.move(9_999);
  expect(attempt?.context.signal.aborted).toBe(false);
  world.clock.move(1);
  expect(attempt?.context.signal.reason).toBe('timed-out');
  attempt?.end({ outcome: 'failed' });
  await world.engine.ended;
  expect(world.journal.records.find((r) => r.type === 'attempt.ended')).toMatchObject({
    outcome: 'timed-out',
    durationMs: 10_000,
  });
});

test.each([
  ['total-timeout: 10s, timeout: 20s', 'total-timed-out', 'STEP_TOTAL_TIMEOUT'],
  ['idle-timeout: 10s, total-timeout: 20s', 'idle-timed-out', 'STEP_IDLE_TIMEOUT'],
  ['timeout: 10s, idle-timeout: 10s, total-timeout: 10s', 'timed-out', 'STEP_TIMEOUT'],
])('%s: the attempt hears of the first limit, and its error names it', async (keys, reason, code) => {
  const world = makeWorld(planOf(`steps:\n  a: { run: 'x', ${keys} }\n`));
  await world.settle();
  const attempt = world.attempts.get('a');
  world.clock.move(10_000);
  expect(attempt?.context.signal.reason).toBe(reason);
  attempt?.end({ outcome: 'failed', error: { ...problem('STEP_TIMEOUT', 'As its type says.'), exitCode: 143 } });
  await world.engine.ended;
  expect(world.journal.records.find((r) => r.type === 'attempt.ended')).toMatchObject({
    outcome: 'timed-out',
    error: { code, exitCode: 143 },
  });
  expect(world.clock.pending).toBe(0);
});

test('output begins the time of silence anew', async () => {
  const world = makeWorld(planOf("steps:\n  a: { run: 'x', idle-timeout: 10s }\n"));
  await world.settle();
  const attempt = world.attempts.get('a');
  for (let beat = 0; beat < 5; beat++) {
    world.clock.move(9_999);
    attempt?.context.alive?.();
  }
  expect(attempt?.context.signal.aborted).toBe(false);
  world.clock.move(10_000);
  expect(attempt?.context.signal.reason).toBe('idle-timed-out');
  attempt?.end({ outcome: 'succeeded' });
  expect(await world.engine.ended).toMatchObject({ event: { verdict: 'succeeded' } });
});

test('an attempt that ends in time leaves no timer behind', async () => {
  const world = makeWorld(planOf("steps:\n  a: { run: 'x', timeout: 10s }\n"));
  await world.settle();
  world.attempts.get('a')?.end(OK);
  await world.engine.ended;
  expect(world.clock.pending).toBe(0);
});

test('a retry waits its delay by the clock', async () => {
  const world = makeWorld(planOf("steps:\n  a: { run: 'x', retry: { attempts: 2, delay: 30s } }\n"));
  await world.settle();
  world.attempts.get('a')?.end(BAD);
  world.attempts.delete('a');
  await world.settle();
  world.clock.move(29_000);
  await world.settle();
  expect(world.attempts.has('a')).toBe(false);
  world.clock.move(1_000);
  await world.settle();
  expect(world.attempts.get('a')?.context.work.attempt).toBe(2);
  world.attempts.get('a')?.end(OK);
  expect(await world.engine.ended).toMatchObject({ event: { verdict: 'succeeded' } });
});

test('a timer goes on counting while giga is away', async () => {
  const plan = planOf('steps:\n  a: { wait: { for: 1h } }\n');
  const first = makeWorld(plan);
  await first.settle();
  first.engine.pause();
  expect(await first.engine.ended).toEqual({ kind: 'paused' });
  const clock = manualClock(1_000_000 + 50 * 60_000); // the records of the first life stand at 0 by their own clock
  const started = first.journal.records.map((r) => ({ ...r, at: 1_000_000 }));
  const second = makeWorld(plan, { before: started, clock });
  second.engine.command({ kind: 'resume' });
  await second.settle();
  clock.move(9 * 60_000);
  await second.settle();
  expect(second.state.status).toBe('running');
  clock.move(60_000);
  expect(await second.engine.ended).toMatchObject({ kind: 'finished' });
});

test('a pause asks what runs to stop; it was interrupted, and spends no retry', async () => {
  const plan = planOf("steps:\n  a: { run: 'x' }\n  b: { run: 'y', needs: a }\n");
  const world = makeWorld(plan);
  await world.settle();
  world.engine.pause('SIGINT');
  await world.settle();
  const { signal, kill } = world.attempts.get('a')?.context ?? {};
  expect({ reason: signal?.reason, killed: kill?.aborted }).toEqual({ reason: 'paused', killed: false });
  world.attempts.get('a')?.end({ outcome: 'cancelled' });
  expect(await world.engine.ended).toEqual({ kind: 'paused' });
  expect(world.journal.records.find((r) => r.type === 'attempt.ended')).toMatchObject({ outcome: 'interrupted' });
  const again = makeWorld(plan, { before: world.journal.records });
  expect(again.engine.command({ kind: 'resume' })).toBeNull();
  await again.settle();
  expect(again.attempts.get('a')?.context.work.attempt).toBe(2);
});

test('a success that comes while giga is stopping counts', async () => {
  const world = makeWorld(planOf(TWO));
  await world.settle();
  world.engine.pause('SIGTERM');
  world.attempts.get('a')?.end(OK);
  expect(await world.engine.ended).toEqual({ kind: 'paused' });
  expect(world.types()).toContain('step.settled a');
  expect(world.attempts.has('b')).toBe(false);
});

test('a second signal tells what runs to go at once', async () => {
  const world = makeWorld(planOf(TWO));
  await world.settle();
  world.engine.pause('SIGINT');
  world.engine.kill();
  expect(world.attempts.get('a')?.context.kill.aborted).toBe(true);
  world.attempts.get('a')?.end({ outcome: 'cancelled' });
  expect(await world.engine.ended).toEqual({ kind: 'paused' });
});

test('a cancel stops what runs and ends the run', async () => {
  const world = makeWorld(planOf(`${TWO}finally: [{ id: f, run: 'z' }]\n`));
  await world.settle();
  expect(world.engine.command({ kind: 'cancel', node: '' })).toBeNull();
  await world.settle();
  expect(world.attempts.get('a')?.context.signal.reason).toBe('cancelled');
  world.attempts.get('a')?.end({ outcome: 'failed' });
  await world.settle();
  world.attempts.get('finally/f')?.end(OK);
  expect(await world.engine.ended).toMatchObject({ event: { verdict: 'cancelled' } });
});

test('a look that was stopped has ended before giga goes', async () => {
  const plan = planOf("steps:\n  a: { run: 'x', idempotent: false, verify: { run: 'look' } }\n");
  const first = makeWorld(plan);
  await first.settle();
  first.engine.pause('SIGINT');
  first.attempts.get('a')?.end({ outcome: 'cancelled' });
  await first.engine.ended;
  const world = makeWorld(plan, { before: first.journal.records });
  expect(world.engine.command({ kind: 'resume' })).toBeNull();
  await world.settle();
  let isOver = false;
  void world.engine.ended.then(() => {
    isOver = true;
  });
  expect(world.engine.command({ kind: 'cancel', node: '' })).toBeNull();
  await world.settle();
  const look = world.attempts.get('a/~verify');
  const told = { last: world.journal.records.at(-1)?.type, isStopped: look?.context.signal.aborted, isOver };
  expect(told).toEqual({ last: 'run.finished', isStopped: true, isOver: false });
  look?.end({ outcome: 'cancelled' });
  expect(await world.engine.ended).toMatchObject({ event: { verdict: 'cancelled' } });
});

test('a command that cannot be granted is refused with a reason, and changes nothing', async () => {
  const world = makeWorld(planOf(TWO));
  await world.settle();
  const before = world.journal.records.length;
  expect(world.engine.command({ kind: 'cancel', node: 'nope' })).toMatchObject({ code: 'RUN_UNKNOWN_STEP' });
  await world.settle();
  expect(world.journal.records.length).toBe(before);
});

test.each(['append fails', 'sync fails'] as const)(
  'when the journal refuses (%s), what runs is killed and nothing more starts',
  async (mode) => {
    const world = makeWorld(
      planOf("concurrency: 1\nsteps:\n  a: { run: 'x' }\n  b: { run: 'y' }\n  c: { run: 'z', needs: b }\n"),
    );
    await world.settle();
    world.journal.mode = mode;
    const published = world.published.length;
    world.attempts.get('a')?.end(OK);
    await world.settle();
    world.clock.move(10); // records that come one after the other share a sync
    expect(await world.engine.ended).toMatchObject({ kind: 'broken', diagnostic: { code: 'RUN_DISK_FULL' } });
    expect(world.published.length).toBe(published);
    expect(world.journal.closed).toBe(true);
    for (const attempt of world.attempts.values())
      if (attempt.node !== 'a') expect(attempt.context.kill.aborted).toBe(true);
    expect(world.attempts.has('c')).toBe(false);
  },
);

test('captures are answered four at a time', async () => {
  const steps = Array.from({ length: 12 }, (_, i) => `  s${i}: { set: { h: "\${{ hashFiles('f${i}') }}" } }`).join(
    '\n',
  );
  const release: (() => void)[] = [];
  const world = makeWorld(planOf(`steps:\n${steps}\n`), {
    capture: () => new Promise((resolve) => release.push(() => resolve('h'))),
  });
  const run = { isOver: false };
  void world.engine.ended.then(() => {
    run.isOver = true;
  });
  while (!run.isOver) {
    await world.settle();
    release.shift()?.();
  }
  expect(await world.engine.ended).toMatchObject({ event: { verdict: 'succeeded' } });
  expect(world.captures.most).toBe(4);
});

test('a capture that cannot be had fails its step, and says why', async () => {
  const world = makeWorld(planOf('steps:\n  a: { set: { h: "${{ hashFiles(\'f\') }}" } }\n'), {
    capture: () => Promise.reject(new Error('no such disk')),
  });
  expect(await world.engine.ended).toMatchObject({
    event: {
      verdict: 'failed',
      error: { code: 'STEP_CAPTURE_FAILED', message: expect.stringContaining('no such disk') },
    },
  });
});

test('a capture under way when giga stops is asked again by the next process', async () => {
  const plan = planOf('steps:\n  a: { set: { h: "${{ hashFiles(\'f\') }}" } }\n');
  const world = makeWorld(plan, {
    capture: (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
  });
  await world.settle();
  world.engine.pause();
  expect(await world.engine.ended).toEqual({ kind: 'paused' });
  const again = makeWorld(plan, { before: world.journal.records });
  again.engine.command({ kind: 'resume' });
  expect(await again.engine.ended).toMatchObject({ event: { verdict: 'succeeded' } });
  expect(again.captures.asked.map(({ kind }) => kind)).toEqual(['hashFiles']);
});

test('many decisions are taken in turns, so that the process can hear signals in between', async () => {
  const steps = Array.from({ length: 5_000 }, (_, i) => `  s${i}: { set: { v: ${i} } }`).join('\n');
  const world = makeWorld(planOf(`steps:\n${steps}\n`));
  let breaths = 0;
  let over = false;
  const breathe = (): void => {
    breaths += 1;
    if (!over) setImmediate(breathe);
  };
  setImmediate(breathe);
  expect(await world.engine.ended).toMatchObject({ event: { counts: { succeeded: 5_000 } } });
  over = true;
  expect(breaths).toBeGreaterThanOrEqual(5);
});

test('what an evaluation cannot do is a bug of giga, and the journal stays whole', async () => {
  const world = makeWorld(planOf(TWO));
  await world.settle();
  // An event that no world sends: the fold throws, as it does for a bug.
  world.engine.post(JSON.parse('{"type":"never.heard"}') as Parameters<typeof world.engine.post>[0]);
  expect(await world.engine.ended).toMatchObject({ kind: 'broken', diagnostic: { code: 'RUN_BUG' } });
  expect(world.journal.records.some((r) => (r.type as string) === 'never.heard')).toBe(false);
});

test('a secret in what a step gave is masked before it is journaled; names of steps are not', async () => {
  const world = makeWorld(
    planOf("steps:\n  build: { run: 'x' }\noutputs: { said: '${{ steps.build.outputs.stdout }}' }\n"),
    {
      mask: createMask(['build']),
    },
  );
  await world.settle();
  world.attempts
    .get('build')
    ?.end({ outcome: 'succeeded', outputs: { stdout: 'a build of s', stderr: '', 'exit-code': 0 } });
  expect(await world.engine.ended).toMatchObject({ event: { verdict: 'succeeded', outputs: { said: 'a *** of s' } } });
});

test('a secret in a captured value is masked', async () => {
  const world = makeWorld(
    planOf("steps:\n  a: { set: { h: \"${{ hashFiles('f') }}\" } }\noutputs: { h: '${{ steps.a.outputs.h }}' }\n"),
    {
      mask: createMask(['hunter2']),
      capture: async () => 'it is hunter2',
    },
  );
  expect(await world.engine.ended).toMatchObject({ event: { outputs: { h: 'it is ***' } } });
});

test('news of an attempt are on disk before it hears so, and the next one has them', async () => {
  const journal = memoryJournal();
  const plan = planOf("steps:\n  a: { run: 'x' }\n");
  const world = makeWorld(plan, { journal });
  await world.settle();
  journal.mode = 'sync waits';
  let answer: boolean | null = null;
  void world.attempts
    .get('a')
    ?.context.note({ kind: 'turn', turn: 1 })
    .then((isWritten) => {
      answer = isWritten;
    });
  await world.settle();
  expect(journal.records.at(-1)).toMatchObject({ type: 'attempt.noted', node: 'a', data: { kind: 'turn', turn: 1 } });
  expect(answer).toBeNull();
  journal.release();
  await world.settle();
  expect(answer).toBe(true);
  world.engine.pause('SIGINT');
  world.attempts.get('a')?.end({ outcome: 'cancelled' });
  await world.engine.ended;
  expect(await world.attempts.get('a')?.context.note({ kind: 'late' })).toBe(false);
  const again = makeWorld(plan, { before: journal.records });
  expect(again.engine.command({ kind: 'resume' })).toBeNull();
  await again.settle();
  expect(again.attempts.get('a')?.context.work).toMatchObject({ attempt: 2, news: [{ kind: 'turn', turn: 1 }] });
});

test('news that come as the disk fails are never said to be written', async () => {
  const journal = memoryJournal();
  const world = makeWorld(planOf("steps:\n  a: { run: 'x' }\n"), { journal });
  await world.settle();
  journal.mode = 'append fails';
  expect(await world.attempts.get('a')?.context.note({ kind: 'turn' })).toBe(false);
  expect(await world.engine.ended).toMatchObject({ kind: 'broken' });
});

test('news are masked, but for their names, their kind and their counts', async () => {
  const world = makeWorld(planOf("steps:\n  a: { run: 'x' }\n"), { mask: createMask(['kin', 'input']) });
  await world.settle();
  const noted = world.attempts.get('a')?.context.note({ kind: 'kin-ended', usage: { input: 1 }, text: 'of kin' });
  await world.settle();
  await noted;
  expect(world.journal.records.at(-1)).toMatchObject({
    data: { kind: 'kin-ended', usage: { input: 1 }, text: expect.not.stringContaining('kin') },
  });
});
