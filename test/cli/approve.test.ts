import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Outcome, openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
const children: ChildProcess[] = [];
beforeAll(() => openWorkplace().remove(), 60_000); // builds
beforeEach(() => {
  place = openWorkplace();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  place.remove();
});

const GATE = `
steps:
  draft: { run: 'echo "draft \${{ rework.count ?? 0 }}\${{ rework.comment ?? "" }}" | tee -a drafts.txt' }
  gate:
    approve:
      message: Publish this?
      show: \${{ steps.draft.outputs.stdout }}
      on-reject: { rework: draft, max: 1 }
  publish: { needs: gate, run: 'echo "\${{ steps.gate.outputs.by }}" >> published.txt' }
`
  .replaceAll('"draft ', "''draft ")
  .replaceAll('?? "" }}"', "?? '''' }}''");
const file = (name: string): string => readFileSync(join(place.folder, name), 'utf8');
const codeAndText = ({ code, err }: Outcome, ...texts: readonly string[]) => {
  expect({ code, missing: texts.filter((text) => !err.includes(text)), err }).toEqual({ code, missing: [], err });
  return code;
};
const records = async (run?: string): Promise<Record<string, unknown>[]> =>
  (await place.giga('runs', 'events', ...(run ? [run] : []), '--json')).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>); // records of our own
const refusals = async (): Promise<unknown[]> =>
  (await records()).flatMap((one) =>
    one['type'] === 'command.received' && one['accepted'] === false ? [(one['data'] as { code: string }).code] : [],
  );

/** A run that stays; resolves once it asks. */
function startWaiting(
  ...args: readonly string[]
): Promise<{ readonly child: ChildProcess; readonly over: Promise<number | null> }> {
  const child = spawn(process.execPath, [place.program, ...args], { cwd: place.folder, env: place.env });
  children.push(child);
  const over = new Promise<number | null>((resolve) => child.on('close', resolve));
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (text.includes('approval:')) resolve({ child, over });
    });
    child.on('close', () => reject(new Error(`it ended: ${text}`)));
  });
}

describe('a run that waits for people', () => {
  it('says what it asks, ends with code 5, and is found again', async () => {
    place.put('gate.yaml', GATE);
    const run = await place.giga('run', 'gate.yaml', '--no-color');
    expect(
      codeAndText(run, 'RESULT waiting · 1 approval', '◷ gate  waiting  approval: Publish this?', '  | draft 0'),
    ).toBe(5);
    const [, id = '', digest = ''] =
      /answer giga approve (\S+) gate --digest (\w{16}) --verdict approve/.exec(run.err) ?? [];
    expect((await place.giga('runs', 'list')).out).toContain(`${id}  waiting`);
    expect((await place.giga('runs', 'show')).out).toContain('approval: Publish this?');
    expect((await place.giga('why', 'gate')).out).toContain('it asks: Publish this?');
    expect((await place.giga('resume', '--plan')).out).toMatch(/run +gate +waiting for a verdict/);
    expect((await place.giga('approve', id)).out).toContain('  | draft 0');
    const listed = JSON.parse((await place.giga('approve', id, '--json')).out) as { digest: string }; // one line
    expect(listed).toMatchObject({ type: 'approval', run: id, node: 'gate', options: ['approve', 'reject'] });
    expect(listed.digest.startsWith(digest)).toBe(true);
    expect((await place.giga('resume')).code).toBe(5);
    await place.giga('approve', '--verdict', 'reject');
    const lines = (await place.giga('runs', 'events', '--json')).out.trim().split('\n');
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync('schemas/event.schema.json', 'utf8')));
    for (const line of [...lines, (await place.giga('approve', id, '--json')).out])
      expect(validate(JSON.parse(line)), `${line}\n${JSON.stringify(validate.errors)}`).toBe(true);
  });

  it('goes back after a rejection, and on after an approval', async () => {
    place.put('gate.yaml', GATE);
    await place.giga('run', 'gate.yaml');
    const rejected = await place.giga('approve', '--verdict', 'reject', '--comment', ' short', '--as', 'bob');
    expect(codeAndText(rejected, 'gate sent back reject by bob:  short · draft runs again', '  | draft 1 short')).toBe(
      5,
    );
    expect(
      codeAndText(await place.giga('approve', '--verdict', 'approve', '--as', 'alice'), 'gate ok approve by alice'),
    ).toBe(0);
    expect([file('drafts.txt'), file('published.txt')]).toEqual(['draft 0\ndraft 1 short\n', 'alice\n']);
    expect((await place.giga('runs', 'show')).out).toMatch(/draft .* 2 attempts · sent back once/);
    expect(codeAndText(await place.giga('approve', '--verdict', 'approve'), 'RUN_NOT_ASKED')).toBe(2);
  });

  it('fails after the last rejection, and a resume asks again', async () => {
    place.put('gate.yaml', GATE);
    await place.giga('run', 'gate.yaml');
    await place.giga('approve', '--verdict', 'reject');
    const failed = await place.giga('approve', '--verdict', 'reject', '--as', 'bob');
    expect(codeAndText(failed, 'STEP_REJECTED', 'bob rejected `gate` after 1 rework')).toBe(1);
    expect(codeAndText(await place.giga('resume'), 'approval: Publish this?')).toBe(5);
    expect(existsSync(join(place.folder, 'published.txt'))).toBe(false);
  });

  it('is satisfied by nothing but a verdict', async () => {
    place.remove();
    place = openWorkplace({ CI: 'true', GITHUB_ACTIONS: 'true', GIGA_APPROVE: 'approve', GIGA_YES: '1' });
    place.put('gate.yaml', GATE);
    expect((await place.giga('run', 'gate.yaml', '--no-input')).code).toBe(5);
    for (const args of [['resume'], ['resume', '--only', 'publish'], ['resume', '--from', 'publish'], ['resume']])
      await place.giga(...args);
    expect(existsSync(join(place.folder, 'published.txt'))).toBe(false);
    expect((await records()).filter(({ type }) => type === 'wait.ended')).toEqual([]);
  });

  it('shows what cannot hurt a terminal, and writes no secret that someone types', async () => {
    place.remove();
    place = openWorkplace({ TOKEN: 'hunter2-hunter2' });
    place.put(
      'gate.yaml',
      `secrets: [TOKEN]\nsteps:\n  a: { run: 'printf "\\033[2Jred\\033]0;x\\007 end"' }\n  gate: { approve: { message: m, show: '\${{ steps.a.outputs.stdout }}' } }\n`,
    );
    const run = await place.giga('run', 'gate.yaml');
    expect(run.err).toContain('  | ␛[2Jred␛]0;x␇ end'); // and nothing of it is left out
    expect(run.err).not.toContain('\u001B');
    await place.giga('approve', '--verdict', 'approve', '--comment', 'it is hunter2-hunter2');
    const text = JSON.stringify(await records());
    expect(text).toContain('it is ***');
    expect(text).not.toContain('hunter2');
  });
});

describe('who may answer, and what', () => {
  const ASKS = `
steps:
  gate:
    approve:
      message: Go on?
      approvers: [release]
      form: { required: [ticket], properties: { ticket: { type: string }, count: { type: integer, default: 1 } } }
  after: { run: 'echo "\${{ steps.gate.outputs.form.ticket }} \${{ steps.gate.outputs.form.count }}"', needs: gate }
outputs: { said: '\${{ steps.after.outputs.stdout }}' }
`;

  it('is refused with a code of its own, and refusals of people stand in the journal', async () => {
    place.put('gate.yaml', ASKS);
    place.put('giga.yaml', 'approvers: { alice: { roles: [release] }, bob: {} }\n');
    await place.giga('run', 'gate.yaml');
    const answer = async (...args: readonly string[]) => place.giga('approve', '--verdict', 'approve', ...args);
    const good = ['--as', 'alice', '--form', 'ticket=A-1'];
    expect(codeAndText(await answer('--as', 'alice'), 'RUN_FORM_INVALID', 'must have the key `ticket`')).toBe(3);
    expect(codeAndText(await answer(...good, '--form', 'count=x'), 'takes an integer')).toBe(3);
    expect(codeAndText(await answer('--as', 'bob', '--form', 'ticket=A-1'), 'POLICY_NOT_APPROVER', 'release')).toBe(4);
    expect(codeAndText(await answer(...good, '--digest', '0123456789'), 'POLICY_APPROVAL_CHANGED')).toBe(4);
    expect(codeAndText(await answer(...good, '--verdict', 'yes'), 'RUN_VERDICT_UNKNOWN')).toBe(2);
    expect((await place.giga('approve', 'zzzz', 'gate', '--verdict', 'approve')).code).toBe(2);
    const { id } = JSON.parse((await place.giga('runs', 'show', '--json')).out.split('\n')[0] ?? '') as { id: string }; // one line a record
    expect(
      codeAndText(await place.giga('approve', id, 'after', '--verdict', 'approve'), 'RUN_NOT_ASKED', '`gate`'),
    ).toBe(2);
    expect(await refusals()).toEqual(['POLICY_NOT_APPROVER']);
    expect(codeAndText(await answer(...good, '--form', '{"count": 3}'), 'output said = A-1 3')).toBe(0);
  });

  it('changes with an edit: the verdict is refused, and the resume asks anew', async () => {
    place.put('gate.yaml', GATE);
    await place.giga('run', 'gate.yaml');
    place.put('gate.yaml', GATE.replace('Publish this?', 'Publish it?'));
    expect(
      codeAndText(await place.giga('approve', '--verdict', 'approve'), 'POLICY_APPROVAL_CHANGED', 'asks anew'),
    ).toBe(4);
    expect(codeAndText(await place.giga('resume'), 'approval: Publish it?')).toBe(5);
    expect((await place.giga('approve', '--verdict', 'approve')).code).toBe(0);
    expect(file('drafts.txt')).toBe('draft 0\n');
  });

  it('is recorded without going on, when that is asked for', async () => {
    place.put('gate.yaml', GATE);
    await place.giga('run', 'gate.yaml');
    const recorded = await place.giga('approve', '--verdict', 'approve', '--record-only', '--json');
    expect(codeAndText(recorded, 'is recorded')).toBe(0);
    expect(JSON.parse(recorded.out)).toMatchObject({ type: 'verdict.taken', node: 'gate', kind: 'recorded' });
    expect((await place.giga('runs', 'list')).out).toContain('stopped');
    expect(existsSync(join(place.folder, 'published.txt'))).toBe(false);
    expect((await place.giga('resume')).code).toBe(0);
  });

  it('is decided by time when nobody answers, also while giga does not run', async () => {
    const timed = (more: string) => `steps: { gate: { approve: { message: m, timeout: 300ms${more} } } }\n`;
    place.put('default.yaml', timed(', default: approve'));
    place.put('none.yaml', timed(''));
    const stays = await place.giga('run', 'default.yaml', '--wait');
    expect(codeAndText(stays, 'gate ok approve by timeout')).toBe(0);
    expect((await place.giga('run', 'none.yaml')).code).toBe(5);
    let resumed = await place.giga('resume');
    while (resumed.code === 5) resumed = await place.giga('resume'); // not yet
    expect(codeAndText(resumed, 'STEP_APPROVAL_TIMEOUT')).toBe(1);
  });
});

describe('a process that stays', () => {
  it('takes a verdict, and refuses another', async () => {
    place.put('gate.yaml', GATE.replace('message:', 'approvers: [alice]\n      message:'));
    const { over } = await startWaiting('run', 'gate.yaml', '--wait');
    const refused = await place.giga('approve', '--verdict', 'approve', '--as', 'bob');
    expect(codeAndText(refused, 'POLICY_NOT_APPROVER')).toBe(4);
    const taken = await place.giga('approve', '--verdict', 'approve', '--as', 'alice');
    expect(codeAndText(taken, 'has taken the verdict `approve` on gate')).toBe(0);
    expect([await over, await refusals(), file('published.txt')]).toEqual([0, ['POLICY_NOT_APPROVER'], 'alice\n']);
  });

  it('may be killed: the verdict is taken by the next', async () => {
    place.put('gate.yaml', GATE);
    const { child, over } = await startWaiting('run', 'gate.yaml', '--wait');
    child.kill('SIGKILL');
    await over;
    expect((await place.giga('approve', '--verdict', 'reject')).code).toBe(5);
    expect((await place.giga('approve', '--verdict', 'approve')).code).toBe(0);
    expect(file('drafts.txt')).toBe('draft 0\ndraft 1\n');
  });
});

describe('a signed verdict', () => {
  const asks = GATE.replace('message:', 'approvers: [alice]\n      message:');
  it('is given by whoever has the key, here or for a run elsewhere, and only on just that', async () => {
    place.put('gate.yaml', asks);
    const made = await place.giga('approve', '--keygen', 'alice.pem');
    place.put('giga.yaml', `approvers: { alice: { key: '${made.out.trim()}' } }\n`);
    await place.giga('run', 'gate.yaml');
    expect(
      codeAndText(await place.giga('approve', '--verdict', 'approve', '--as', 'alice'), 'POLICY_APPROVAL_UNSIGNED'),
    ).toBe(4);
    const sign = ['approve', '--verdict', 'approve', '--as', 'alice', '--key', 'alice.pem'];
    expect((await place.giga(...sign, '--out', 'verdicts/v.json')).code).toBe(2);
    place.put('verdicts/readme.txt', 'not read');
    expect(codeAndText(await place.giga(...sign, '--out', 'verdicts/v.json'), 'is in verdicts/v.json')).toBe(0);
    const elsewhere = ['run', 'gate.yaml', '--state', 'ci'];
    expect(codeAndText(await place.giga(...elsewhere, '--verdicts', 'verdicts'), 'gate ok approve by alice')).toBe(0);
    place.put('gate.yaml', asks.replace('draft $', 'text $'));
    const other = await place.giga(...elsewhere, '--verdicts', 'verdicts/v.json');
    expect(codeAndText(other, 'was given on something else', 'RESULT waiting')).toBe(5);
    place.put('gate.yaml', asks);
    place.put('verdicts/v.json', file('verdicts/v.json').replace('"comment": null', '"comment": "x"'));
    expect(codeAndText(await place.giga(...elsewhere, '--verdicts', 'verdicts'), 'is not signed by the key')).toBe(5);
    expect(codeAndText(await place.giga(...sign), 'gate ok approve by alice')).toBe(0);
    place.put('verdicts/w.json', '{}');
    expect(codeAndText(await place.giga(...elsewhere, '--verdicts', 'verdicts'), 'RUN_VERDICT_FILE')).toBe(3);
  });
});
