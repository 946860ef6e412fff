import { describe, expect, test } from 'vitest';
import { frameOf, MAX_FRAME_BYTES, readReport } from '../../../src/host/shell/frame.ts';

describe('frames', () => {
  test('count bytes, not characters', () => {
    expect(frameOf(7, { cwd: '/é', variables: { A: '日', B: '' }, script: 'x\ny' })).toBe(
      '000007000025000003000002000003/é000005A=日000002B=x\ny',
    );
  });
  test('number jobs within six digits', () => {
    expect(frameOf(1_234_567, { cwd: '/', variables: {}, script: '' })?.slice(0, 6)).toBe('234567');
  });
  test.each([
    ['too large', { cwd: '/', variables: {}, script: 'x'.repeat(MAX_FRAME_BYTES) }],
    ['a NUL, which bash drops as it reads', { cwd: '/', variables: { A: 'a\0b' }, script: '' }],
  ])('refused: %s', (_, job) => expect(frameOf(1, job)).toBeNull());
});

describe('reports', () => {
  test.each([
    ['ready 5', { kind: 'ready' }],
    ['000012 cwd', { kind: 'cwd', id: 12 }],
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
