/** What is asked of a run and refused, with the words that say why; and what a run that waits for people is asked of itself. */
import { describe, expect, test } from 'vitest';
import {
  doubtIn,
  doubtsOf,
  requestIn,
  requestsOf,
  servingIn,
  waitsForVerdicts,
} from '../../../src/core/run/approval.ts';
import { type Command, decide } from '../../../src/core/run/decide.ts';
import { newRun } from '../../../src/core/run/run.ts';
import { action, approval, awaiting, plan } from './plans.ts';
import { runOf, World } from './world.ts';

const open = () => new World(plan([action('a'), action('bcd')]), { timers: false }).rest();
const over = () => runOf(plan([action('a')]));
const begun = () => new World(plan([action('a')])).rest().crash().rest();
const none = (): Pick<World, 'run'> => ({ run: newRun({ plans: new Map() }) });
const START = { run: 'r', plan: '', inputs: {}, trigger: 'cli', workflow: { name: '', file: '' } };

describe('a command is refused', () => {
  test.each<[string, () => Pick<World, 'run'>, Command, string, string]>([
    ['to start twice', open, { kind: 'start', ...START }, 'RUN_GOES_ON', 'The run was started before.'],
    ['to pause what is over', over, { kind: 'pause', cause: 'user' }, 'RUN_OVER', 'The run is not under way.'],
    ['to resume what never began', none, { kind: 'resume' }, 'RUN_UNKNOWN_COMMAND', 'The run was never started.'],
    [
      'to resume what went well',
      over,
      { kind: 'resume' },
      'RUN_NOTHING_TO_RESUME',
      'The run ended with the verdict `succeeded`, and nothing changed since.',
    ],
    [
      'to take another plan on the way',
      () => new World(plan([action('a')])).rest(),
      { kind: 'resume', plan: 'other' },
      'RUN_GOES_ON',
      'The run goes on, and takes no other plan while it does.',
    ],
    [
      'to go on with a plan that nobody has',
      begunAnew,
      { kind: 'resume', plan: 'other' },
      'RUN_UNKNOWN_COMMAND',
      'The plan to go on with is not at hand.',
    ],
    [
      'to run a step again that there is not',
      begunAnew,
      { kind: 'resume', rerun: ['b'] },
      'RUN_UNKNOWN_STEP',
      'There is no step `b`.',
    ],
    ['to cancel what is over', over, { kind: 'cancel', node: '' }, 'RUN_OVER', 'The run is not under way.'],
    ['to cancel what there is not', open, { kind: 'cancel', node: 'x' }, 'RUN_UNKNOWN_STEP', 'There is no step `x`.'],
    [
      'to cancel what has ended',
      () => open().end('a'),
      { kind: 'cancel', node: 'a' },
      'RUN_OVER',
      'Step `a` has ended: succeeded.',
    ],
    [
      'to do what nobody knows',
      open,
      { kind: 'dance' } as never,
      'RUN_UNKNOWN_COMMAND',
      'What the run was sent is not a command that this giga knows.',
    ],
  ])('%s', (_what, made, command, code, message) => {
    expect(decide(made().run, command)).toMatchObject({ ok: false, diagnostic: { code, message } });
  });

  test('with the step that it may have meant, which is never the run', () => {
    const hintOf = (node: string) => {
      const decision = decide(new World(plan([action('bcd')])).rest().run, { kind: 'cancel', node });
      return decision.ok ? '' : decision.diagnostic.hint;
    };
    expect([hintOf('bcx'), hintOf('z')]).toEqual(['A step with a similar path exists: `bcd`.', undefined]);
  });

  function begunAnew(): World {
    const world = runOf(plan([action('a')]));
    return world.crash();
  }
});

describe('a command that is granted says what was said, and nothing else', () => {
  test.each<[() => World, Command, object]>([
    [open, { kind: 'pause', cause: 'user' }, { type: 'run.paused', cause: 'user' }],
    [
      open,
      { kind: 'pause', cause: 'signal', signal: 'SIGINT' },
      { type: 'run.paused', cause: 'signal', signal: 'SIGINT' },
    ],
    [open, { kind: 'cancel', node: 'a' }, { type: 'cancel.requested', node: 'a', cause: 'user' }],
    [open, { kind: 'cancel', node: 'a', by: 'bob' }, { type: 'cancel.requested', node: 'a', cause: 'user', by: 'bob' }],
  ])('%#', (made, command, event) => {
    const decision = decide(made().run, command);
    expect(decision.ok && decision.events).toStrictEqual([event]);
  });

  test('of a resume', () => {
    const world = over().crash();
    const plan = world.run.planHash;
    const granted = (more: object) => {
      const decision = decide(world.run, { kind: 'resume', ...more });
      return decision.ok && decision.events;
    };
    expect(granted({ rerun: ['a'] })).toStrictEqual([{ type: 'run.replanned', plan, rerun: ['a'] }]);
    const all = { rerun: ['a'], downstream: true, only: ['a'], strict: true };
    expect(granted(all)).toStrictEqual([{ type: 'run.replanned', plan, ...all }]);
    expect(decide(begun().run, { kind: 'resume' })).toEqual({ ok: true, events: [] });
  });

  test('of a resume after one that ran some steps again: there is nothing more to do', () => {
    const world = over()
      .resume(undefined, { rerun: ['a'] })
      .go()
      .crash();
    expect(decide(world.run, { kind: 'resume' })).toMatchObject({ diagnostic: { code: 'RUN_NOTHING_TO_RESUME' } });
  });
});

describe('what waits for people', () => {
  const SERVICE = { ...action('s'), action: 'service' };
  const serve = (world: World) => {
    const { op = 0 } = world.events('attempt.started').find(({ node }) => node === 's') ?? {};
    world.apply({ type: 'attempt.serving', node: 's', op, outputs: {} });
    return world.rest();
  };

  test('is a verdict, not news of the world', () => {
    const world = new World(plan([awaiting('e', { kind: 'event', name: 'go' }), approval('q')])).rest();
    expect(requestsOf(world.run).map(({ node }) => node)).toEqual(['q']);
    expect(waitsForVerdicts(world.run, world.now)).toBe(false);
    expect(waitsForVerdicts(new World(plan([approval('q')])).rest().run, 0)).toBe(true);
    expect(waitsForVerdicts(new World(plan([awaiting('e', { kind: 'event', name: 'go' })])).rest().run, 0)).toBe(false);
  });

  test('waits until its time is over, to the millisecond', () => {
    const { run } = new World(plan([approval('q', 'Go on?', { timeoutMs: 50 })]), { timers: false }).rest();
    const [{ dueAt } = { dueAt: null }] = requestsOf(run);
    expect(waitsForVerdicts(run, Number(dueAt) - 1)).toBe(true);
    expect(waitsForVerdicts(run, Number(dueAt))).toBe(false);
  });

  test('waits beside services that serve, which are counted', () => {
    const world = new World(plan([SERVICE, approval('q', 'Go on?', { needs: [0] }), action('a')])).rest();
    expect([servingIn(world.run), waitsForVerdicts(world.run, 0)]).toEqual([0, false]);
    serve(world);
    expect([servingIn(world.run), waitsForVerdicts(world.run, 0)]).toEqual([1, false]);
    world.end('a');
    expect([servingIn(world.run), waitsForVerdicts(world.run, 0)]).toEqual([1, true]);
  });

  test('is told of an effect whether its `verify` was asked', () => {
    const world = new World(plan([action('a', { idempotent: false })])).rest().crash().rest();
    expect(doubtsOf(world.run)).toEqual([{ node: 'a', why: 'cut-off', verified: false }]);
    expect(doubtIn({ why: 'failed', verified: true }, 'a')).toEqual({ node: 'a', why: 'failed', verified: true });
  });

  test('is what the journal says, as far as it says it', () => {
    expect(requestIn({ options: ['yes', 1, 'no'], approvers: 'bob', attempt: '1', form: [] }, 'q', 3)).toEqual({
      node: 'q',
      op: 3,
      message: '',
      show: null,
      options: ['yes', 'no'],
      form: null,
      approvers: [],
      default: null,
      attempt: 0,
      digest: '',
      dueAt: null,
    });
  });
});
