import { describe, expect, test } from 'vitest';
import type { Awaited, PlanNode } from '../../../src/core/plan/plan.ts';
import { decide } from '../../../src/core/run/decide.ts';
import { MAX_SIGNALS } from '../../../src/core/run/signals.ts';
import {
  action,
  awaiting,
  call,
  equal,
  expression,
  group,
  lit,
  object,
  plain,
  plan,
  ref,
  set,
  value,
  wait,
} from './plans.ts';
import { World, type WorldOptions } from './world.ts';

const MINUTE = { timeoutMs: 60_000 };
const GO: Awaited = { kind: 'event', name: 'go' };
const READY: Awaited = {
  kind: 'condition',
  until: expression(equal(call('now'), lit('noon')), "now() == 'noon'"),
  everyMs: 5_000,
};
const PROBE: Awaited = {
  kind: 'probe',
  action: 'run',
  with: object({ script: plain('./ready') }),
  source: './ready',
  everyMs: 5_000,
};
const begin = (nodes: readonly PlanNode[], options: WorldOptions = {}) =>
  new World(plan(nodes), { timers: false, ...options }).rest();
const send = (world: World, data: string | number | null = null, name = 'go') => {
  world.command({ kind: 'signal', name, data, by: 'me' });
  return world.rest();
};
const codeOf = (world: World, path: string) => world.settled(path)?.error?.code;

describe('a wait for an event', () => {
  test('ends with it, and gives its data and who sent it', () => {
    const world = begin([awaiting('w', GO), set('read', { x: value('steps.w.outputs.event') }, { needs: [0] })]);
    expect([world.events('wait.started')[0]?.data, world.result('w')]).toEqual([{ event: 'go' }, undefined]);
    send(world, 7);
    expect(world.settled('w')?.outputs).toMatchObject({ event: 7, by: 'me' });
    expect(world.settled('read')?.outputs).toEqual({ x: 7 });
  });

  test('hears only its own name, and only what its match lets through', () => {
    const match = expression(equal(ref('event'), lit('b')));
    const world = begin([awaiting('w', { ...GO, match })]);
    send(send(world, 'b', 'other'), 'a');
    expect(world.result('w')).toBeUndefined();
    expect(send(world, 'b').result('w')).toBe('succeeded');
  });

  test('is answered by one that came before; the next one needs another', () => {
    const world = begin([action('a'), awaiting('w', GO, { needs: [0] }), awaiting('v', GO, { needs: [1] })]);
    send(world, 1).end('a');
    expect([world.settled('w')?.outputs?.event, world.result('v')]).toEqual([1, undefined]);
    expect(send(world, 2).settled('v')?.outputs?.event).toBe(2);
  });

  test('is answered together with all that wait at the moment', () => {
    const world = begin([awaiting('a', GO), group('g', [awaiting('b', GO)])]);
    send(world, 1);
    expect([world.result('a'), world.result('g/b'), world.finished?.verdict]).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
    ]);
  });

  test('is not failed by an event for which its match has no value', () => {
    const match = expression(call('contains', ref('event.list'), lit('x')));
    const world = begin([awaiting('w', { ...GO, match })]);
    send(world, null);
    expect(world.result('w')).toBeUndefined();
  });

  test('that took too long has failed, and says so', () => {
    const world = begin([awaiting('w', GO, MINUTE)]).ring('w');
    expect(world.settled('w')?.error).toMatchObject({
      code: 'STEP_WAIT_TIMEOUT',
      message: 'Step `w` waited 1m for event `go`, and none came.',
      hint: '`giga runs send RUN go` sends one; or raise `wait.timeout`.',
    });
  });

  test('outlives a crash, and so does an event that nobody took', () => {
    const world = begin([action('a'), awaiting('w', GO, { needs: [0] }), awaiting('v', GO)]);
    send(send(world, 1), 2).crash().rest().end('a');
    expect([world.settled('v')?.outputs?.event, world.settled('w')?.outputs?.event]).toEqual([1, 2]);
  });

  test('is kept by a later plan; the event is not taken twice', () => {
    const nodes = (script: string) => [awaiting('w', GO), action('a', { needs: [0], with: plain(script) })];
    const world = begin(nodes('1'));
    send(world, 1).end('a', { outcome: 'failed' });
    world.resume(plan(nodes('2'))).rest();
    expect([world.result('w'), world.settled('w')?.outputs?.event]).toEqual(['kept', 1]);
  });

  test('stops with the run', () => {
    const world = begin([awaiting('w', GO)]);
    world.command({ kind: 'cancel', node: '' });
    expect([world.rest().result('w'), world.run.ops.size]).toEqual(['cancelled', 0]);
  });
});

describe('sending an event', () => {
  const refusal = (world: World, command: object) => {
    const decision = decide(world.run, { kind: 'signal', ...command } as never); // as it may come from outside
    return decision.ok ? 'granted' : decision.diagnostic.code;
  };

  test.each([
    ['no name', {}],
    ['a name that is none', { name: 'a b' }],
    ['a name that is a list', { name: ['go'] }],
    ['data that is too large', { name: 'go', data: 'x'.repeat(40_000) }],
    ['data that is too deep', { name: 'go', data: JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) }],
    ['a sender that is no text', { name: 'go', by: 7 }],
  ])('%s is refused', (_, command) => {
    expect(refusal(begin([awaiting('w', GO)]), command)).toBe('RUN_BAD_EVENT');
  });

  test('is refused once the run is over', () => {
    expect(refusal(send(begin([awaiting('w', GO)])), { name: 'go' })).toBe('RUN_OVER');
  });

  test('is bounded: what nobody takes is refused, and the refusal is written down', () => {
    const world = begin([action('a'), awaiting('w', GO, { needs: [0] })]);
    for (let k = 0; k < MAX_SIGNALS; k++) send(world, k);
    const decision = decide(world.run, { kind: 'signal', name: 'go', data: 'more', ticket: 't' });
    expect(decision).toMatchObject({ ok: false, diagnostic: { code: 'RUN_EVENTS_FULL' } });
    for (const event of decision.events ?? []) world.apply(event);
    const last = world.events('command.received').at(-1);
    expect(last).toMatchObject({ accepted: false, data: { name: 'go', code: 'RUN_EVENTS_FULL', ticket: 't' } });
    expect(world.run.signals.length).toBe(MAX_SIGNALS);
    expect(world.end('a').settled('w')?.outputs?.event).toBe(0);
  });

  test('keeps no more of what was taken than that', () => {
    const nodes = Array.from({ length: 2 * MAX_SIGNALS + 5 }, (_, k) =>
      awaiting(`w${k}`, GO, k ? { needs: [k - 1] } : {}),
    );
    const world = begin(nodes);
    for (let k = 0; k < nodes.length; k++) send(world, k);
    expect(world.finished?.verdict).toBe('succeeded');
    expect(world.run.signals.length).toBeLessThanOrEqual(MAX_SIGNALS + 1);
  });
});

describe('a wait for a condition', () => {
  const clock = (times: readonly string[]): WorldOptions => {
    const left = [...times];
    return { capture: ({ captures }) => ({ values: { [captures[0]?.key ?? '']: left.shift() ?? 'never' } }) };
  };

  test('looks anew each time, until it holds', () => {
    const world = new World(plan([awaiting('w', READY)]), { ...clock(['dawn', 'morning', 'noon']) }).go();
    expect(world.events('check.ended').map(({ holds }) => holds)).toEqual([false, false, true]);
    expect(world.events('timer.started').map(({ purpose, delayMs }) => [purpose, delayMs])).toEqual([
      ['poll', 5_000],
      ['poll', 5_000],
    ]);
    expect(world.events('check.started').map(({ round }) => round)).toEqual([1, 2, 3]);
    expect(world.settled('w')?.outputs?.['waited-ms']).toBeGreaterThan(10_000);
  });

  test('fails of what cannot be evaluated', () => {
    const until = expression(call('fromJSON', lit('{')));
    const world = begin([awaiting('w', { kind: 'condition', until, everyMs: 1 })]);
    expect([world.result('w'), codeOf(world, 'w')?.startsWith('EXPR_')]).toEqual(['failed', true]);
  });

  test('says in the end what was found at the last look', () => {
    const until = expression(equal(ref('steps.a.outputs.n'), lit(2)), 'steps.a.outputs.n == 2');
    const world = begin([
      set('a', { n: plain(1) }),
      awaiting('w', { kind: 'condition', until, everyMs: 5 }, { ...MINUTE, needs: [0] }),
    ]);
    const limit = world.events('timer.started').find(({ purpose }) => purpose === 'timeout');
    world.apply({ type: 'timer.ended', node: 'w', op: limit?.op ?? 0 });
    expect(world.rest().settled('w')?.error).toMatchObject({
      message: 'Step `w` waited 1m for `steps.a.outputs.n == 2`, which does not hold.',
      hint: 'At the last look: steps.a.outputs.n is 1',
    });
    expect(world.run.ops.size).toBe(0);
  });

  test('writes down little of large values', () => {
    const until = expression(equal(ref('steps.a.outputs.n'), lit('x')));
    const world = begin([
      set('a', { n: plain('y'.repeat(10_000)) }),
      awaiting('w', { kind: 'condition', until, everyMs: 5 }, { needs: [0] }),
    ]);
    expect(JSON.stringify(world.events('check.ended')).length).toBeLessThan(500);
  });

  test('looks at once when giga goes on, and keeps only the last look', () => {
    const world = begin([awaiting('w', READY)], clock(['dawn', 'noon']));
    world.go().crash().go();
    expect(world.result('w')).toBe('succeeded');
    expect(world.events('timer.ended')).toEqual([]);
  });
});

describe('a wait for a probe', () => {
  const probes = (world: World) => world.started.filter((work) => work.kind === 'check');
  const answer = (world: World, holds: boolean, more: object = {}) => {
    const op = probes(world).at(-1)?.op ?? 0;
    world.apply({ type: 'check.ended', node: 'w', op, holds, ...more });
    return world.rest();
  };
  const failed = (code: string) => ({ error: { code, severity: 'error', message: 'It did not work.' } });

  test('asks until it succeeds, and gives what the last one gave; it takes no place among the running steps', () => {
    const world = new World(plan([awaiting('w', PROBE), action('a')], { concurrency: 1 }), { timers: false }).rest();
    expect([probes(world).length, world.attempts('a')]).toEqual([1, 1]);
    answer(world, false, failed('STEP_FAILED')).ring('w');
    answer(world, true, { outputs: { stdout: 'yes' } });
    expect(world.settled('w')?.outputs).toMatchObject({ stdout: 'yes' });
    expect([world.run.running, probes(world).length]).toEqual([1, 2]);
  });

  test('gives its computed outputs beside those of the probe', () => {
    const outputs = { v: { value: value('self.json.version') } };
    const world = begin([awaiting('w', { ...PROBE, action: 'http' }, { outputs })]);
    answer(world, true, { outputs: { status: 200, json: { version: '2' } } });
    expect(world.settled('w')?.outputs).toMatchObject({ v: '2', status: 200 });
  });

  test('that cannot be asked at all has failed', () => {
    const world = answer(begin([awaiting('w', PROBE)]), false, failed('STEP_PROGRAM_MISSING'));
    expect(codeOf(world, 'w')).toBe('STEP_PROGRAM_MISSING');
  });

  test('is asked again when it was cut off', () => {
    const world = begin([awaiting('w', PROBE)])
      .crash()
      .rest();
    expect(probes(world).map(({ op }) => op)).toEqual([2, 2]);
    expect(answer(world, true).result('w')).toBe('succeeded');
  });

  test('is heard out when its time is over, or when it is stopped', () => {
    const late = begin([awaiting('w', PROBE, MINUTE)]).ring('w');
    const op = probes(late)[0]?.op;
    expect([late.stopped, late.result('w')]).toEqual([[op], undefined]);
    expect(codeOf(answer(late, false, failed('STEP_CANCELLED')), 'w')).toBe('STEP_WAIT_TIMEOUT');
    const stopped = begin([awaiting('w', PROBE)]);
    stopped.command({ kind: 'cancel', node: 'w' });
    expect(stopped.rest().result('w')).toBeUndefined();
    expect(answer(stopped, false).result('w')).toBe('cancelled');
  });

  test('that holds although its time is over has held', () => {
    const world = begin([awaiting('w', PROBE, MINUTE)]).ring('w');
    expect(answer(world, true).result('w')).toBe('succeeded');
  });

  test('has the environment of its step', () => {
    const world = begin([awaiting('w', PROBE, { env: { A: plain('1') }, secrets: ['S'], graceMs: 7 })]);
    expect(probes(world)[0]).toMatchObject({
      env: { A: '1' },
      secrets: ['S'],
      graceMs: 7,
      request: { script: './ready' },
    });
  });
});

describe('a wait for a file', () => {
  test('is watched for by someone else, who is told again after a crash', () => {
    const world = begin([awaiting('w', { kind: 'file', path: plain('out/*') }, MINUTE)]);
    world.crash().rest();
    const watches = world.started.filter((work) => work.kind === 'wait');
    expect(watches.map(({ op, data }) => [op, data])).toEqual([
      [1, { file: 'out/*' }],
      [1, { file: 'out/*' }],
    ]);
    world.apply({ type: 'wait.ended', node: 'w', op: 1, outputs: { path: 'out/x', paths: ['out/x'] } });
    expect(world.rest().settled('w')?.outputs).toMatchObject({ path: 'out/x', paths: ['out/x'] });
  });

  test('is looked for in the folder of the step', () => {
    const world = begin([awaiting('w', { kind: 'file', path: plain('x'), cwd: plain('sub') })]);
    expect(world.events('wait.started')[0]?.data).toEqual({ file: 'sub/x' });
  });

  test('that does not come is named', () => {
    const world = begin([awaiting('w', { kind: 'file', path: plain('out/*') }, MINUTE)]).ring('w');
    expect(world.settled('w')?.error?.message).toBe('Step `w` waited 1m for file `out/*`, which is not there.');
    expect(world.stopped).toContain(1);
  });
});

test('what waits takes a place among the members at once of a group', () => {
  const world = begin([group('g', [awaiting('a', GO), awaiting('b', GO), wait('c')], { max: 1 })]);
  expect(world.events('wait.started').map(({ node }) => node)).toEqual(['g/a']);
  expect(send(world).events('wait.started').at(-1)?.node).toBe('g/b');
});
