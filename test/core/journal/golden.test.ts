/** Journals as released versions wrote them, read for ever. A new format gets a folder of its own; these files are never changed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSegments } from '../../../src/core/journal/parse.ts';
import { named } from './sample.ts';

const golden = join(import.meta.dirname, 'golden');

describe.each(readdirSync(golden))('format %s', (version) => {
  const file = (name: string): Buffer => readFileSync(join(golden, version, name));
  const epochs = readdirSync(join(golden, version)).flatMap((name) =>
    name.endsWith('.jsonl') ? [Number.parseInt(name, 10)] : [],
  );
  const read = (upTo: number): ReturnType<typeof parseSegments> =>
    parseSegments(epochs.filter((epoch) => epoch <= upTo).map((epoch) => named(epoch, file(`${epoch}.jsonl`))));
  const expected = JSON.parse(file('expected.json').toString()) as object[];

  test('is read as it was meant: carried records, a late write, a torn tail, an epoch that never wrote, seals', () => {
    expect(read(4)).toMatchObject({ records: expected, diagnostics: [], sealed: true, durable: { epoch: 4, seq: 12 } });
  });

  test('is read at every earlier time of its life', () => {
    expect(read(2)).toMatchObject({
      records: expected.slice(0, 9),
      diagnostics: [],
      sealed: true,
      durable: { epoch: 2, seq: 8 },
    });
    expect(read(1)).toMatchObject({
      records: { length: 6 },
      diagnostics: [{ code: 'RUN_JOURNAL_TORN' }],
      sealed: false,
      durable: { seq: 4 },
    });
  });
});
