import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readAnswer } from '../../src/app/answers.ts';
import { type Approver, admitBy, approverFault } from '../../src/app/approvers.ts';
import { makeKey, proven, signAnswer } from '../../src/app/sign-verdict.ts';
import { readSigned, readVerdictFiles } from '../../src/app/verdict-file.ts';
import type { Json } from '../../src/core/json.ts';
import type { Answer } from '../../src/core/run/answer.ts';

const DAY_MS = 86_400_000;
const answer = (more: Partial<Answer> = {}): Answer => ({
  kind: 'answer',
  node: 'gate',
  digest: 'd',
  verdict: 'approve',
  by: 'alice',
  form: null,
  comment: null,
  at: DAY_MS,
  ...more,
});

let folder: string;
let key: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'giga-'));
  const made = makeKey(folder, 'alice.pem');
  key = made.ok ? made.value : '';
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const admits = (approvers: Readonly<Record<string, Approver>>, given: Answer, wanted: readonly string[] = []) =>
  admitBy(new Map(Object.entries(approvers)))(given, wanted)?.code ?? 'admitted';
const signed = (given: Answer, more: { readonly key?: string; readonly expires?: string } = {}): Answer => {
  const made = signAnswer(given, { key: 'alice.pem', cwd: folder, plan: 'p', ...more });
  if (!made.ok) throw new Error(made.diagnostics[0]?.message);
  return proven(given, made.value);
};

describe('who may answer', () => {
  const team = { alice: { roles: ['release'] }, bob: { roles: [] }, release: { roles: ['boss'] } };
  test.each<[string, Readonly<Record<string, Approver>>, string, readonly string[], string]>([
    ['anyone, where nobody is named', {}, 'alice', [], 'admitted'],
    ['who is named', {}, 'alice', ['alice'], 'admitted'],
    ['not who is not', {}, 'bob', ['alice'], 'POLICY_NOT_APPROVER'],
    ['who has a role', team, 'alice', ['release'], 'admitted'],
    ['not who has none', team, 'bob', ['release'], 'POLICY_NOT_APPROVER'],
    ['not by the name of a role', { alice: { roles: ['release'] } }, 'release', ['release'], 'POLICY_NOT_APPROVER'],
    ['who is called like a role, by name', team, 'release', ['release'], 'admitted'],
    ['not who is not in an empty house', {}, '__proto__', ['alice'], 'POLICY_NOT_APPROVER'],
  ])('%s', (_, approvers, by, wanted, expected) => {
    expect(admits(approvers, answer({ by }), wanted)).toBe(expected);
  });
});

describe('a signature', () => {
  const team = () => ({ alice: { roles: [], key }, bob: { roles: [] } });
  test('is wanted of whoever has a key, and holds for what was signed', () => {
    expect(admits(team(), answer())).toBe('POLICY_APPROVAL_UNSIGNED');
    expect(admits(team(), signed(answer({ form: { b: 1, a: [2] } })))).toBe('admitted');
  });

  test.each<[string, Partial<Answer>]>([
    ['another verdict', { verdict: 'reject' }],
    ['another step', { node: 'other' }],
    ['another question', { digest: 'e' }],
    ['another form', { form: { x: 1 } }],
    ['another comment', { comment: 'x' }],
  ])('does not hold for %s', (_, more) => {
    expect(admits(team(), { ...signed(answer()), ...more })).toBe('POLICY_APPROVAL_SIGNATURE');
  });

  test('of another key, of nobody, or changed, is refused', () => {
    makeKey(folder, 'other.pem');
    expect(admits(team(), signed(answer(), { key: 'other.pem' }))).toBe('POLICY_APPROVAL_SIGNATURE');
    expect(admits(team(), signed(answer({ by: 'bob' })))).toBe('POLICY_APPROVAL_SIGNATURE');
    const given = signed(answer());
    const proof = { ...(given.proof as Record<string, Json>), expires: '2999-01-01T00:00:00.000Z' };
    expect(admits(team(), { ...given, proof })).toBe('POLICY_APPROVAL_SIGNATURE');
    expect(admits(team(), { ...given, proof: 'text' })).toBe('POLICY_APPROVAL_SIGNATURE');
  });

  test('holds for its time: a week, or as long as it says', () => {
    const given = signed(answer());
    expect(admits(team(), { ...given, at: 8 * DAY_MS - 1 })).toBe('admitted');
    expect(admits(team(), { ...given, at: 8 * DAY_MS })).toBe('POLICY_APPROVAL_EXPIRED');
    expect(admits(team(), { ...signed(answer(), { expires: '1h' }), at: 2 * DAY_MS })).toBe('POLICY_APPROVAL_EXPIRED');
  });

  test('needs a key of its own, which nobody else can read and nothing replaces', () => {
    expect(statSync(join(folder, 'alice.pem')).mode & 0o777).toBe(0o600);
    expect(makeKey(folder, 'alice.pem')).toMatchObject({ ok: false, diagnostics: [{ code: 'RUN_KEY_FILE' }] });
    const refused = (file: string) => signAnswer(answer(), { key: file, cwd: folder, plan: 'p' });
    writeFileSync(join(folder, 'text.pem'), 'no key', { mode: 0o600 });
    writeFileSync(join(folder, 'open.pem'), 'no key', { mode: 0o644 });
    for (const file of ['none.pem', 'text.pem', 'open.pem'])
      expect(refused(file)).toMatchObject({ ok: false, diagnostics: [{ code: 'RUN_KEY_FILE' }] });
    const never = signAnswer(answer(), { key: 'alice.pem', cwd: folder, plan: 'p', expires: 'soon' });
    expect(never).toMatchObject({ ok: false, diagnostics: [{ code: 'CLI_USAGE' }] });
  });
});

test('what is configured of an approver is checked', () => {
  const faults = (values: readonly Json[]) => values.map((one) => approverFault(one) !== null);
  expect(faults([{ roles: ['a'], key }, { roles: 'a' }, {}])).toEqual([false, false, false]);
  expect(faults(['release', { role: 'a' }, { roles: [1] }, { key: 'ed25519:x' }, { key: 1 }])).toEqual(
    Array(5).fill(true),
  );
});

test('an answer that nests too deep to be compared or written down is none', () => {
  const { at, ...said } = answer();
  const nested = (levels: number): Json => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
  expect(readAnswer({ ...said, form: nested(100) }, at)).not.toBeNull();
  for (const levels of [200, 10_000]) expect(readAnswer({ ...said, form: nested(levels) }, at)).toBeNull();
});

test('verdicts are read from files and folders, and nothing else is one', () => {
  const write = (name: string, value: unknown) =>
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  const good = signed(answer()).proof as Record<string, Json>;
  write('a.json', good);
  expect(readVerdictFiles(folder, ['a.json', '.'])).toMatchObject({
    ok: true,
    value: [{ by: 'alice' }, { by: 'alice' }],
  });
  const deep = JSON.stringify({ ...good, form: [] }).replace('[]', '['.repeat(10_000) + ']'.repeat(10_000));
  for (const bad of [
    '{',
    '[]',
    deep,
    { ...good, v: 2 },
    { ...good, more: 1 },
    { ...good, by: 1 },
    'x'.repeat(70_000),
  ]) {
    write('b.json', bad);
    expect(readVerdictFiles(folder, ['b.json'])).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'RUN_VERDICT_FILE' }],
    });
  }
  expect(readVerdictFiles(folder, ['none'])).toMatchObject({ ok: false });
  expect(readSigned({ ...good, comment: 3 })).toBeNull();
});
