import { describe, expect, it } from 'vitest';
import { compileText, planOf, problemsOf, stepOf } from './compile.ts';

const A = '${{';

describe('approve', () => {
  it('has a message, and what it shows is an edge', () => {
    const plan = planOf(`
steps:
  notes: { run: ./notes }
  gate: { approve: { message: Publish?, show: "${A} steps.notes.outputs.stdout }}" } }
  after: { run: "echo ${A} steps.gate.outputs.verdict == 'approve' }} ${A} steps.gate.outputs.by }}" }
`);
    const gate = stepOf(plan, 'gate');
    expect(gate).toMatchObject({ kind: 'approve', message: { value: 'Publish?' }, options: ['approve', 'reject'] });
    expect([gate.needs, stepOf(plan, 'after').needs, 'onReject' in gate]).toEqual([[0], [1], false]);
  });

  it('has options, a form, approvers, a limit with a default, and a way back', () => {
    const plan = planOf(`
steps:
  - { id: draft, run: "echo ${A} rework.comment ?? '' }}" }
  - id: gate
    approve:
      message: Where?
      options: [staging, production, reject]
      form: { required: [ticket], properties: { ticket: { type: string, pattern: '^[A-Z]+-[0-9]+$' } } }
      approvers: [alice, release]
      timeout: 1d
      default: reject
      on-reject: { rework: draft, max: 5 }
`);
    expect(stepOf(plan, 'gate')).toMatchObject({
      options: ['staging', 'production', 'reject'],
      form: { type: 'object', required: ['ticket'] },
      approvers: ['alice', 'release'],
      timeoutMs: 86_400_000,
      default: 'reject',
      onReject: { to: 'draft', max: 5 },
    });
  });

  it('goes back three times where it does not say, and `fail` is what holds without a word', () => {
    const of = (rejection: string) =>
      stepOf(
        planOf(`steps: [{ id: a, run: x }, { id: gate, approve: { message: m, on-reject: ${rejection} } }]\n`),
        'gate',
      );
    expect(of('{ rework: a }')).toMatchObject({ onReject: { to: 'a', max: 3 } });
    expect(of('skip')).toMatchObject({ onReject: 'skip' });
    expect(of('fail')).not.toHaveProperty('onReject');
  });

  it('gets no `timeout` and no `retry` of `defaults`, and changes the plan with every part', () => {
    const withPart = (part: string) =>
      stepOf(
        planOf(`
defaults: { timeout: 1m, retry: 3 }
steps: { gate: { approve: { message: m, timeout: 2h${part} } } }
`),
        'gate',
      );
    const parts = ['', ', default: approve', ', approvers: a', ', form: {}', ', on-reject: skip', ', show: s'];
    expect(withPart('')).toMatchObject({ timeoutMs: 7_200_000 });
    expect(withPart('')).not.toHaveProperty('retry');
    expect(new Set(parts.map((part) => withPart(part).digest)).size).toBe(parts.length);
  });

  const gate = (approve: string, more = ''): string =>
    `steps: { a: { run: x }, b: { run: x }, gate: { needs: a, approve: { message: m${approve} }${more} } }\n`;
  const ROWS: readonly (readonly [name: string, text: string, problems: readonly string[]])[] = [
    ['no message', 'steps: { gate: { approve: { show: x } } }\n', ['DOC_MISSING_KEY 1:18']],
    ['an unknown key', gate(', who: x'), ['DOC_UNKNOWN_KEY 1:81']],
    ['a default that is no option', gate(', timeout: 1h, default: yes'), ['PLAN_APPROVAL 1:103']],
    ['a default without a limit', gate(', default: approve'), ['PLAN_APPROVAL 1:81']],
    ['a rejection that is no option', gate(', options: [ok], on-reject: skip'), ['PLAN_APPROVAL 1:96']],
    ['an option that is no word', gate(', options: [a b]'), ['PLAN_MALFORMED 1:90']],
    ['the same option twice', gate(', options: [a, a]'), ['PLAN_MALFORMED 1:90']],
    ['another word for a rejection', gate(', on-reject: retry'), ['DOC_BAD_VALUE 1:92']],
    ['a form that is no schema', gate(', form: { properties: { x: { type: text } } }'), ['PLAN_BAD_SCHEMA 1:114']],
    ['a form that is no object', gate(', form: { type: string }'), ['PLAN_BAD_SCHEMA 1:95']],
    ['a rework to nowhere', gate(', on-reject: { rework: c }'), ['PLAN_REWORK 1:102']],
    ['a rework to a step that it does not depend on', gate(', on-reject: { rework: b }'), ['PLAN_REWORK 1:102']],
    ['a rework of one item', gate(', on-reject: { rework: a }', ', for-each: [1]'), ['PLAN_REWORK 1:102']],
    ['a retry', gate('', ', retry: 2'), ['PLAN_KEY_WITHOUT_EFFECT 1:83']],
    ['a failure that is none', gate('', ', continue-on-error: true'), ['PLAN_APPROVAL 1:83']],
    [
      'a secret',
      `secrets: [S]\nsteps: { gate: { approve: { message: "${A} secrets.S }}" } }  }\n`,
      ['EXPR_SECRET 2:43'],
    ],
    [
      'an output that it does not have',
      `steps: { gate: { approve: { message: m } }, b: { run: "echo ${A} steps.gate.outputs.x }}" } }\n`,
      ['EXPR_UNKNOWN_MEMBER 1:84'],
    ],
    [
      'a name of its own for `rework`',
      'steps: { a: { run: x, for-each: { items: [1], as: rework } } }\n',
      ['PLAN_CONTEXT 1:51'],
    ],
  ];
  it.each(ROWS)('%s', (_, text, problems) => {
    expect(problemsOf(compileText(text).diagnostics)).toEqual(problems);
  });

  it('can go back along needs, reads and the order of a list', () => {
    const valid = [
      `steps: { a: { run: x }, b: { needs: a, run: x }, gate: { needs: b, approve: { message: m, on-reject: { rework: a } } } }\n`,
      `steps: { a: { run: x }, gate: { approve: { message: "${A} steps.a.outputs.stdout }}", on-reject: { rework: a } } } }\n`,
      `steps: [{ id: a, run: x }, { run: y }, { id: gate, approve: { message: m, on-reject: { rework: a } } }]\n`,
    ];
    for (const text of valid)
      expect(problemsOf(compileText(text).diagnostics).filter((one) => one.startsWith('PLAN_REWORK'))).toEqual([]);
  });
});
