import { describe, expect, test } from 'vitest';
import { frameOf, type Job, MAX_FRAME_BYTES, readReport } from '../../../src/host/shell/frame.ts';

const SCRIPT: Job = { kind: 'script', cwd: '/', variables: {}, args: [], script: '' };

describe('frames', () => {
  test('count bytes, not characters, and say so', () => {
    expect(frameOf(7, { ...SCRIPT, cwd: '/é', variables: { A: '日', B: '' }, script: 'x\ny' })).toBe(
      '00000701000015000003000009000000/éA=日\x1eB=\x1ex\ny',
    );
  });
  test('hold arguments after the variables', () => {
    expect(frameOf(8, { ...SCRIPT, kind: 'argv', variables: { A: 'x' }, args: ['/bin/ls', ''] })).toBe(
      '00000820000016000001000004000011/A=x\x1e/bin/ls\x1e\x1e.\x1e',
    );
  });
  test('number jobs within six digits', () => {
    expect(frameOf(1_234_567, SCRIPT)?.slice(0, 6)).toBe('234567');
  });
  test.each([
    ['too large', { ...SCRIPT, script: 'x'.repeat(MAX_FRAME_BYTES) }],
    ['what ends an item in a variable', { ...SCRIPT, variables: { A: 'a\x1eb' } }],
    ['what ends an item in an argument', { ...SCRIPT, kind: 'argv', args: ['/bin/ls', 'ls', '\x1e'] }],
    ['a NUL, which bash drops as it reads', { ...SCRIPT, variables: { A: 'a\0b' } }],
  ])('refused: %s', (_, job) => expect(frameOf(1, job as Job)).toBeNull());
});

describe('reports', () => {
  test.each([
    ['ready 5', { kind: 'ready' }],
    ['000012 cwd', { kind: 'cwd', id: 12 }],
    ['000012 1', { kind: 'ended', id: 12, status: 1, hasOut: false, hasErr: false }],
    ['000012 143 1 0', { kind: 'ended', id: 12, status: 143, hasOut: true, hasErr: false }],
  ])('%s', (line, report) => expect(readReport(line)).toEqual(report));
  test.each([
    '',
    'ready',
    'ready x',
    '12 0 0 0',
    '000012 0 0',
    '000012 0 0 2',
    '000012 1000 0 0',
    ' 000012 0 0 0',
    '000012 0 0 0 ',
    'bash: line 1: oops',
  ])('not believed: %j', (line) => expect(readReport(line)).toBeNull());
});
