import { describe, expect, test } from 'vitest';
import { problem } from '../../../src/core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ON_FAILURE_HOOK } from '../../../src/core/plan/plan.ts';
import type { Answer } from '../../../src/core/run/answer.ts';
import { type ApprovalRequest, requestsOf, waitsForVerdicts } from '../../../src/core/run/approval.ts';
import { decide } from '../../../src/core/run/decide.ts';
import { action, approval, group, list, plain, plan, set, value, wait } from './plans.ts';
import { World, type WorldOptions } from './world.ts';

type Nodes = Parameters<typeof plan>[0];
const begin = (nodes: Nodes, options: WorldOptions = {}) =>
  new World(plan(nodes), { reply: () => ({}), ...options }).go();
const asked = (world: World, node = 'gate'): ApprovalRequest => {
  const request = requestsOf(world.run).find((one) => one.node === node);
  if (request === undefined) throw new Error(`${node} asks nothing`);
  return request;
};
const answerTo = (world: World, more: Partial<Answer> = {}): Answer => ({
  kind: 'answer',
  node: 'gate',
  digest: asked(world, more.node).digest,
  verdict: 'approve',
  by: 'alice',
  form: null,
  comment: null,
  at: world.now,
  ...more,
});
const say = (world: World, more: Partial<Answer> = {}): World => {
  world.command(answerTo(world, more));
  return world.go();
};
const refusal = (world: World, more: Partial<Answer>): string => {
  const decision = decide(world.run, answerTo(world, more));
  return decision.ok ? 'taken' : decision.diagnostic.code;
};

describe('an approval', () => {
  test('asks with all that is shown, holds no place, and nothing but approvals is then left', () => {
    const gate = approval('gate', 'Go on?', { show: value('steps.a.outputs.v'), needs: [0], approvers: ['release'] });
    const world = new World(plan([action('a'), gate, action('b'), action('c', { needs: [1] })], { concurrency: 1 }), {
      reply: ({ node }) => ({ outputs: { v: `of ${node}` } }),
    }).go();
    expect(asked(world)).toMatchObject({ message: 'Go on?', show: 'of a', options: ['approve', 'reject'], attempt: 1 });
    expect(asked(world)).toMatchObject({ approvers: ['release'], form: null, dueAt: null });
    expect([world.result('b'), world.result('c')]).toEqual(['succeeded', undefined]);
    expect(waitsForVerdicts(world.run, world.now)).toBe(true);
  });

  test('gives the verdict, who gave it, the form and the comment', () => {
    const world = begin([approval('gate'), set('reader', { out: value('steps.gate.outputs') }, { needs: [0] })]);
    say(world, { comment: 'fine' });
    const outputs = { verdict: 'approve', by: 'alice', form: null, comment: 'fine' };
    expect(world.settled('gate')).toMatchObject({ result: 'succeeded', outputs });
    expect(world.settled('reader')?.outputs).toEqual({ out: outputs });
    expect(world.events('command.received')).toMatchObject([{ command: 'approve', by: 'alice', accepted: true }]);
  });

  test('takes any word but `reject` for a yes', () => {
    const world = begin([approval('gate', 'Where?', { options: ['staging', 'production', 'reject'] })]);
    expect(say(world, { verdict: 'staging' }).settled('gate')?.outputs?.verdict).toBe('staging');
  });

  test('is waited for by no run that has other things to wait for', () => {
    const waits = (nodes: Nodes, more: WorldOptions = {}, at = 0) =>
      waitsForVerdicts(begin(nodes, { timers: false, ...more }).run, at);
    const limited = approval('gate', 'Go on?', { timeoutMs: 60_000 });
    expect(waits([approval('gate'), wait('w')])).toBe(false);
    expect(waits([limited])).toBe(true);
    expect(waits([limited], {}, 1_000_000)).toBe(false); // its time is over, which is about to be told
    expect(waits([limited, action('a')], { reply: () => undefined })).toBe(false);
    expect(waits([action('a')])).toBe(false);
  });

  test('fails where what it shows is no text, or more than can be read', () => {
    const wrong = [value('steps.a.outputs'), plain('x'.repeat(65_537))];
    for (const show of wrong) {
      const world = begin([action('a'), approval('gate', 'Go on?', { show, needs: [0] })]);
      expect(world.settled('gate')).toMatchObject({ result: 'failed', error: { code: 'STEP_APPROVAL_TEXT' } });
    }
  });
});

describe('a verdict', () => {
  test.each<[string, Partial<Answer>]>([
    ['RUN_VERDICT_UNKNOWN', { verdict: 'yes' }],
    ['RUN_APPROVER_NAME', { by: 'timeout' }],
    ['RUN_APPROVER_NAME', { by: 'a b' }],
    ['RUN_FORM_INVALID', { form: { x: 1 } }],
    ['RUN_FORM_INVALID', { comment: 'x'.repeat(10_001) }],
    ['POLICY_APPROVAL_CHANGED', { digest: 'another' }],
  ])('is refused: %s', (code, more) => {
    expect(refusal(begin([approval('gate')]), more)).toBe(code);
  });

  test('counts once', () => {
    const world = begin([approval('gate'), approval('other')]);
    const answer = answerTo(world);
    world.command(answer);
    expect(decide(world.run, answer)).toMatchObject({ ok: false, diagnostic: { code: 'RUN_NOT_ASKED' } });
  });

  test('by someone who may not answer is told in the journal', () => {
    const admit = () => problem('POLICY_NOT_APPROVER', 'no');
    const world = begin([approval('gate')], { surroundings: { admit } });
    const decision = decide(world.run, answerTo(world));
    expect(decision).toMatchObject({ ok: false, diagnostic: { code: 'POLICY_NOT_APPROVER' } });
    expect(decision.events).toMatchObject([
      { type: 'command.received', by: 'alice', accepted: false, data: { node: 'gate', code: 'POLICY_NOT_APPROVER' } },
    ]);
  });

  test('comes with a form that satisfies its schema, unless it rejects', () => {
    const form: JsonObject = { type: 'object', required: ['ticket'] };
    const surroundings = { validate: (_: JsonObject, given: unknown) => (given === null ? 'there is none' : null) };
    const world = begin([approval('gate', 'Go on?', { form })], { surroundings });
    expect(refusal(world, {})).toBe('RUN_FORM_INVALID');
    expect(refusal(world, { verdict: 'reject' })).toBe('taken');
    expect(say(world, { form: { ticket: 'A-1' } }).settled('gate')?.outputs?.form).toEqual({ ticket: 'A-1' });
  });

  test('is bound to the plan, the step, the text and how often it was asked', () => {
    const digestOf = (message: string, more = {}) => asked(begin([approval('gate', message, more)])).digest;
    const same = digestOf('Go on?');
    expect(digestOf('Go on?')).toBe(same);
    expect(new Set([same, digestOf('Go on'), digestOf('Go on?', { approvers: ['a'] })]).size).toBe(3);
    const world = begin([approval('gate', 'Go on?', { onReject: { to: 'gate', max: 1 } })]);
    const first = asked(world).digest;
    expect(asked(say(world, { verdict: 'reject' })).digest).not.toBe(first);
  });
});

describe('a rejection', () => {
  test('fails, with who and why', () => {
    const world = say(begin([approval('gate'), action('a', { needs: [0] })]), {
      verdict: 'reject',
      comment: 'too short',
    });
    expect(world.settled('gate')).toMatchObject({
      result: 'failed',
      cause: { kind: 'rejected', by: 'alice' },
      error: { code: 'STEP_REJECTED', message: 'alice rejected `gate`: too short' },
    });
    expect([world.result('a'), world.finished?.verdict]).toEqual(['skipped', 'failed']);
  });

  test('that skips holds back what comes after it, in a list as well, and fails nothing', () => {
    const nodes = list([action('a'), approval('gate', 'Go on?', { onReject: 'skip' }), action('b'), action('c')]);
    const world = say(begin(nodes), { verdict: 'reject' });
    expect(world.settled('gate')).toMatchObject({ result: 'skipped', cause: { kind: 'rejected', by: 'alice' } });
    expect(world.settled('b')?.cause).toEqual({ kind: 'need-skipped', need: 'gate' });
    expect([world.result('c'), world.finished?.verdict]).toEqual(['skipped', 'succeeded']);
  });
});

describe('the time for a verdict', () => {
  const limited = (more = {}) => approval('gate', 'Go on?', { timeoutMs: 1_000, ...more });

  test('takes the default when it is over', () => {
    const world = begin([limited({ default: 'approve' })]);
    expect(world.settled('gate')).toMatchObject({
      result: 'succeeded',
      outputs: { verdict: 'approve', by: 'timeout' },
    });
  });

  test('fails without one, and a rejection by nobody goes back nowhere', () => {
    expect(begin([limited()]).settled('gate')?.error?.code).toBe('STEP_APPROVAL_TIMEOUT');
    const world = begin([action('a'), limited({ default: 'reject', needs: [0], onReject: { to: 'a', max: 3 } })]);
    expect([world.settled('gate')?.error?.code, world.attempts('a')]).toEqual(['STEP_REJECTED', 1]);
  });

  test('goes on while giga does not run, and a verdict after it is too late', () => {
    const world = begin([limited()], { timers: false });
    const { dueAt } = asked(world);
    world.pass(5_000).crash();
    expect(world.started.at(-1)).toMatchObject({ kind: 'timer', dueAt });
    expect(refusal(world, { at: (dueAt ?? 0) - 1 })).toBe('taken');
    expect(refusal(world, { at: dueAt ?? 0 })).toBe('POLICY_APPROVAL_LATE');
  });
});

test('a verdict that comes while a hook answers that nobody did is on nothing any more', () => {
  const hooks = [{ slot: ON_FAILURE_HOOK, body: { nodes: [action('tell')] } } as const];
  const gate = approval('gate', 'Go on?', { timeoutMs: 1_000, hooks });
  const world = begin([gate], { reply: () => undefined });
  expect([world.result('gate'), requestsOf(world.run)]).toEqual([undefined, []]);
  world.end(world.started.at(-1)?.node ?? '');
  expect(world.settled('gate')?.error?.code).toBe('STEP_APPROVAL_TIMEOUT');
});

describe('a resume', () => {
  const nodes = (message = 'Go on?', script = 'x') => [
    approval('gate', message),
    action('deploy', { needs: [0], with: plain({ script }) }),
  ];

  test('goes on waiting, and a verdict after a crash counts', () => {
    const world = begin(nodes()).crash().go();
    expect(world.events('wait.started')).toHaveLength(1);
    expect(say(world).finished?.verdict).toBe('succeeded');
  });

  test('keeps an approval while the question is the same, also under another plan', () => {
    const world = say(begin(nodes()));
    expect(
      world
        .resume(plan(nodes('Go on?', 'y')))
        .go()
        .result('gate'),
    ).toBe('kept');
    expect(world.attempts('deploy')).toBe(2);
  });

  test('asks anew when the question changed, and keeps no approval that was asked again since', () => {
    const world = say(begin(nodes()));
    world.resume(plan(nodes('Really?'))).go();
    expect(asked(world).attempt).toBe(2);
    world.resume(plan(nodes())).go();
    expect(asked(world)).toMatchObject({ message: 'Go on?', attempt: 3 });
  });

  test('that only runs other steps does not satisfy it', () => {
    const world = begin(nodes())
      .resume(undefined, { only: ['deploy'] })
      .go();
    expect([world.result('gate'), world.result('deploy')]).toEqual(['skipped', 'skipped']);
  });

  test('asks anew about an anonymous step of which the approval was taken back', () => {
    const anonymous = [approval('step-0', 'Go on?', { anonymous: true, digest: 'd' }), action('a', { needs: [0] })];
    const world = begin(anonymous, { reply: () => ({ outcome: 'failed' }) });
    say(world, { node: 'step-0' });
    world.resume(undefined, { rerun: ['step-0'], downstream: true }).go();
    say(world, { node: 'step-0', verdict: 'reject' });
    world.resume().go();
    expect(asked(world, 'step-0').attempt).toBe(3);
  });
});

test('inside a group it bounds the members at once, and is cancelled with it', () => {
  const world = begin([group('g', [approval('gate'), action('a')], { max: 1 })]);
  expect(world.attempts('g/a')).toBe(0);
  world.command({ kind: 'cancel', node: 'g' });
  world.go();
  expect([world.result('g/gate'), world.result('g')]).toEqual(['cancelled', 'cancelled']);
});
