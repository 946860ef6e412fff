import { describe, expect, it } from 'vitest';
import { answerText, askText, requestLines } from '../../../src/cli/render/approval-lines.ts';
import { jobSummary } from '../../../src/cli/render/job-summary.ts';
import { painter } from '../../../src/cli/render/text.ts';
import type { ApprovalRequest } from '../../../src/core/run/approval.ts';

const REQUEST: ApprovalRequest = {
  node: 'deploy/gate',
  op: 3,
  message: 'Go on?',
  show: null,
  options: ['approve', 'reject'],
  form: null,
  approvers: [],
  default: null,
  attempt: 1,
  digest: '0123456789abcdef0123',
  dueAt: null,
};
const linesOf = (more: Partial<ApprovalRequest>, color = false) =>
  requestLines({ ...REQUEST, ...more }, { run: '7f3c', where: ' --state s', paint: painter(color) });
const CONTROL = '\u001B[2J\u0007\u202Ered';

describe('what an approval asks', () => {
  it('is shown with the commands that answer it', () => {
    expect(linesOf({})).toEqual([
      '◷ deploy/gate  waiting  approval: Go on?',
      'answer giga approve 7f3c deploy/gate --state s --digest 0123456789abcdef --verdict approve',
      'answer giga approve 7f3c deploy/gate --state s --digest 0123456789abcdef --verdict reject',
    ]);
  });

  it('can be copied into a shell, also of one item', () => {
    expect(linesOf({ node: 'gate[eu]' }).at(-1)).toContain(" 'gate[eu]' --state s");
  });

  it('is shown whole: the text line by line, the form, who may answer, and until when', () => {
    const form = {
      required: ['ticket'],
      properties: { ticket: { type: 'string', description: 'Which?' }, kind: { enum: ['a', 1] }, any: {} },
    };
    const more = { message: 'Go\non?', show: 'one\n\ntwo\n', form, approvers: ['alice', 'release'], default: 'reject' };
    expect(linesOf({ ...more, dueAt: 0, options: ['ok'] }).slice(0, -1)).toEqual([
      '◷ deploy/gate  waiting  approval: Go',
      '  on?',
      '  | one',
      '  | ',
      '  | two',
      'form   ticket (string): Which?',
      '       kind (a|1, may be left out)',
      '       any (any, may be left out)',
      'who    alice, release',
      expect.stringMatching(/^until {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, then reject$/),
    ]);
  });

  it('hurts no terminal, and says nothing by colour alone', () => {
    const form = { properties: { [CONTROL]: { description: CONTROL } } };
    const more = { node: 'a', message: CONTROL, show: `${CONTROL}\r${CONTROL}`, form, approvers: [CONTROL] };
    const text = [...linesOf(more), askText({ message: CONTROL })].join('\n');
    for (const sign of ['\u001B', '\u0007', '\u202E', '\r']) expect(text).not.toContain(sign);
    expect(linesOf({ show: `bad\rgood${CONTROL}` })).toEqual(
      expect.arrayContaining(['  | bad', '  | good␛[2J␇\ufffdred']), // what is decided on is all there
    );
    const ESCAPES = /\u001B\[\d+m/g; // oxlint-disable-line no-control-regex -- they are what is taken away
    expect(linesOf({}, true).map((line) => line.replace(ESCAPES, ''))).toEqual(linesOf({}));
  });

  it('is answered in a line', () => {
    const said = (outputs: Record<string, string | null>) =>
      answerText({ type: 'wait.ended', node: 'gate', op: 1, outputs });
    expect(said({ verdict: 'reject', by: 'bob', comment: 'too\nshort' })).toBe('reject by bob: too short');
    expect(said({ verdict: 'approve', by: 'alice', comment: null })).toBe('approve by alice');
  });

  it('stands in the summary of a job, as plain text', () => {
    const request = { ...REQUEST, message: '*Go* on?', show: 'a ``` b' };
    const facts = { id: '7f3c', file: 'w.yaml', steps: 1, resumed: false };
    const end = { kind: 'waiting', requests: [request], doubts: [], unused: [] } as const;
    const text = jobSummary({ facts, end, steps: [], summaries: [], elapsedMs: 1 });
    expect(text).toContain('### ◷ w.yaml: waiting');
    expect(text).toContain('**deploy/gate** asks: \\*Go\\* on?');
    expect(text).toContain('````\na ``` b\n````');
    expect(text).toContain('`giga approve 7f3c deploy/gate` answers.');
  });
});
