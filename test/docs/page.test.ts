import { describe, expect, it } from 'vitest';
import { blocksOf, commandsOf, steady, word } from './page.ts';

const PAGE = [
  'text',
  '```yaml run=nothing-ran file=a.yaml',
  'steps: []',
  '```',
  '````md',
  '```bash',
  'true',
  '```',
  '````',
  '```console',
  '$ giga run a.yaml',
  'one',
  '',
  'two',
  '$ true',
  '```',
].join('\n');

describe('the examples of a page', () => {
  it('are fenced blocks, also those that hold fences', () => {
    const [yaml, markdown, terminal, ...rest] = blocksOf(PAGE);
    expect([yaml?.language, yaml?.line, yaml?.text]).toEqual(['yaml', 2, 'steps: []\n']);
    expect(yaml && [word(yaml, 'run'), word(yaml, 'file'), word(yaml, 'check')]).toEqual([
      'nothing-ran',
      'a.yaml',
      null,
    ]);
    expect(markdown?.text).toBe('```bash\ntrue\n```\n');
    expect(terminal && commandsOf(terminal)).toEqual([
      { command: 'giga run a.yaml', shown: 'one\n\ntwo' },
      { command: 'true', shown: '' },
    ]);
    expect(rest).toEqual([]);
  });

  it('must be closed', () => {
    expect(() => blocksOf('```yaml\na: 1\n')).toThrow('line 1');
  });

  it('are compared without what differs from run to run, and with all else', () => {
    const one =
      'giga a.yaml · run 7f3c · 3 steps\n12:00:01 a ok 1.2s\nresume giga resume 7f3c\n{"seal":{"seq":3,"crc":12}}';
    const other =
      'giga a.yaml · run x0y9 · 3 steps\n23:59:59 a ok 15ms\nresume giga resume x0y9\n{"seal":{"seq":3,"crc":99}}\n';
    expect(steady(one)).toBe(steady(other));
    for (const [from, to] of [
      ['3 steps', '4 steps'],
      ['a ok', 'a FAILED'],
      ['"seq":3', '"seq":4'],
    ] as const)
      expect(steady(one.replace(from, to))).not.toBe(steady(other));
  });
});
