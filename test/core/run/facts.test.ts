/** What single functions say of journals and commands, by tables: those that a whole run passes by in only one way. */
import { describe, expect, test } from 'vitest';
import { digest } from '../../../src/core/json.ts';
import { doubtsOf, requestIn, waitsForVerdicts } from '../../../src/core/run/approval.ts';
import { type Command, decide } from '../../../src/core/run/decide.ts';
import type { Recorded, RunEvent } from '../../../src/core/run/event.ts';
import { onceFacts } from '../../../src/core/run/once-facts.ts';
import { rewound, triedFrom } from '../../../src/core/run/rewind.ts';
import { newRun } from '../../../src/core/run/run.ts';
import { intentOf, unfinished } from '../../../src/core/run/undo.ts';
import { verifyDecisions } from '../../../src/core/run/verify.ts';
import { action, approval, awaiting, group, plan } from './plans.ts';
import { runOf, World } from './world.ts';

function recorded(events: readonly RunEvent[]): readonly Recorded[] {
  return events.map((event, seq) => ({ ...event, seq, epoch: 1, at: seq, durableUpTo: -1 }));
}

describe('what waits for people', () => {
  test('is every effect in doubt, with why', () => {
    const world = new World(plan([action('a', { idempotent: false }), approval('b')])).rest().crash().rest();
    expect(doubtsOf(world.run)).toEqual([{ node: 'a', why: 'cut-off', verified: false }]);
    expect(waitsForVerdicts(world.run, world.now)).toBe(true);
  });

  test('is all that is left where besides only services serve', () => {
    const nodes = [{ ...action('db'), action: 'service' }, approval('b', 'Go on?', { needs: [0] })];
    const world = new World(plan(nodes)).rest();
    world.apply({ type: 'attempt.serving', node: 'db', op: 1, outputs: {} });
    expect(waitsForVerdicts(world.rest().run, world.now)).toBe(true);
  });

  test('asks nothing by what the journal does not say', () => {
    expect(requestIn({}, 'a', 3)).toEqual({
      node: 'a',
      op: 3,
      message: '',
      show: null,
      options: [],
      form: null,
      approvers: [],
      default: null,
      attempt: 0,
      digest: '',
      dueAt: null,
    });
  });
});

describe('a command that comes too early or too late', () => {
  const answer = { verdict: 'approve', by: 'ann', form: null, comment: null, at: 0, digest: digest({}) } as const;
  test.each<Command>([
    { kind: 'answer', node: 'a', ...answer },
    { kind: 'assume', node: 'a', how: 'done', by: 'ann' },
    { kind: 'signal', name: 'go', data: null },
  ])('is refused: $kind', (command) => {
    const decision = decide(newRun({ plans: new Map() }), command);
    expect(decision).toMatchObject({ ok: false, diagnostic: { code: 'RUN_OVER' } });
  });
});

describe('a verdict on what asks for none', () => {
  const refused = (world: World, node: string) => {
    const decision = decide(world.run, {
      kind: 'answer',
      node,
      digest: '',
      verdict: 'approve',
      by: 'ann',
      form: null,
      comment: null,
      at: 0,
    });
    return decision.ok ? null : decision.diagnostic;
  };

  test('says how a step that has ended did', () => {
    const world = new World(plan([action('gata'), approval('gate'), awaiting('w', { kind: 'event', name: 'x' })]));
    world.rest().end('gata');
    expect(refused(world, 'gata')?.message).toBe('Step `gata` waits for no verdict: it has ended, succeeded.');
  });

  test('names the step that was meant, or those that ask', () => {
    const world = new World(plan([approval('gate'), approval('other')])).rest();
    expect(refused(world, 'gat')?.hint).toBe('Did you mean `gate`?');
    expect(refused(world, 'something')?.hint).toBe('What does: `gate`, `other`.');
    expect(refused(new World(plan([action('a')])).rest(), 'a')?.hint).toBe('Nothing in this run does.');
  });

  test('is found again by what it was sent under', () => {
    const world = new World(plan([approval('gate')])).rest();
    const [asked] = world.events('wait.started');
    const sent = {
      digest: String(asked?.data.digest),
      verdict: 'approve',
      by: 'ann',
      form: null,
      comment: null,
      at: 0,
    };
    world.command({ kind: 'answer', node: 'gate', id: 'mail-1', ...sent });
    expect(world.events('command.received')[0]?.data).toMatchObject({ id: 'mail-1' });
  });
});

describe('what the journal says of a key of `once`', () => {
  const claimed: RunEvent = { type: 'claim.started', node: 'a', op: 1, of: 'once', name: 'k' };
  const began: RunEvent = { type: 'attempt.started', node: 'a', op: 2, attempt: 1, fingerprint: '' };
  const ended: RunEvent = { type: 'attempt.ended', node: 'a', op: 2, outcome: 'succeeded', durationMs: 1 };
  const settled: RunEvent = { type: 'step.settled', node: 'a', result: 'succeeded', cause: { kind: 'attempt' } };
  const undone = (path: string): RunEvent => ({
    type: 'scope.closed',
    node: 'on-failure/c',
    slot: 0,
    result: 'succeeded',
    outputs: {},
    undone: path,
  });

  test('a success without outputs is one', () => {
    expect(onceFacts(recorded([claimed, began, ended, settled]), 'r', 'k')).toMatchObject({
      kind: 'done',
      done: { run: 'r', node: 'a', outputs: {} },
    });
  });

  test('only what was done is undone, and only by its own undoing', () => {
    expect(onceFacts(recorded([claimed, began, ended, settled, undone('b')]), 'r', 'k').kind).toBe('done');
    expect(onceFacts(recorded([claimed, began, ended, settled, undone('a')]), 'r', 'k').kind).toBe('undone');
    expect(onceFacts(recorded([claimed, began, undone('a')]), 'r', 'k').kind).toBe('doubt');
  });
});

describe('a rewind', () => {
  test('leaves how often steps were tried and asked, also by what a rewind before it left', () => {
    const records = recorded([
      { type: 'attempt.started', node: 'a', op: 1, attempt: 3, fingerprint: '' },
      { type: 'wait.started', node: 'g', op: 2, purpose: 'approval', data: {} },
      { type: 'wait.started', node: 'h', op: 3, purpose: 'approval', data: {} },
      { type: 'wait.started', node: 'e', op: 4, purpose: 'event', data: {} },
      { type: 'run.rewound', voids: [], tried: { b: 7 } },
      { type: 'run.rewound', voids: [] },
    ]);
    expect(triedFrom(records, 0, new Map([['g', 2]]))).toEqual({ a: 3, g: 2, h: 1, b: 7 });
    expect(triedFrom(records, 4, new Map())).toEqual({ b: 7 });
  });

  test('that made nothing void leaves every number as it is', () => {
    const { run } = runOf(plan([action('a')]));
    const before = run.byPath.get('a')?.attempts;
    rewound(run, { type: 'run.rewound', voids: [] });
    expect([run.byPath.get('a')?.attempts, run.tried.size]).toEqual([before, 0]);
  });

  test('counts the most that a step was tried or asked, raises the generation of its key, and counts no group', () => {
    const { run } = runOf(plan([action('a'), group('g', [action('b')])]));
    rewound(run, { type: 'run.rewound', voids: [], tried: { a: 3, g: 3 } });
    rewound(run, { type: 'run.rewound', voids: [], tried: { a: 2 } });
    expect([run.tried.get('a'), run.asked.get('a'), run.reworks.generations.get('a')]).toEqual([3, 3, 2]);
    expect([run.byPath.get('a')?.attempts, run.byPath.get('g')?.attempts]).toEqual([3, 1]);
  });

  test.each(['undo', 'redo'] as const)('that was cut off is completed by the word that began it: %s', (word) => {
    const event = { type: 'run.rewound', voids: [[2, 4]] } as const;
    const records = recorded([{ type: 'run.opened', host: 'h', giga: '0', pid: 1 }, intentOf(word, 'ann', event)]);
    expect(unfinished(records)).toEqual({ word, event });
    expect(unfinished([...records, ...recorded([event])])).toBeNull();
  });
});

test('a decision that nothing called for does not follow', () => {
  const world = new World(plan([action('a')])).rest();
  const more = { ...(world.journal.at(-1) as Recorded), seq: world.journal.length };
  const settled = { ...more, type: 'step.settled', result: 'succeeded', cause: { kind: 'attempt' } } as Recorded;
  const { mismatches } = verifyDecisions(world.surroundings, [...world.journal, settled]);
  expect(mismatches).toMatchObject([{ seq: settled.seq }]);
});
