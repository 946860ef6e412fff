/**
 * The journals of real runs, damaged in every way that bytes and lines can be: what is accepted is a beginning of what was written,
 * and says so where something is missing; everything else is refused with a place. Nothing throws.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSegments, type Segment } from '../../../src/core/journal/parse.ts';
import { named } from './sample.ts';

const GOLDEN = join(import.meta.dirname, 'golden-runs');
const EVERY_BIT = [0, 1, 2, 3, 4, 5, 6, 7];

interface Journal {
  readonly run: string;
  readonly segments: readonly Segment[];
  /** Its records, as texts to compare by. */
  readonly texts: readonly string[];
}

function journalOf(name: string): Journal {
  const folder = join(GOLDEN, name, 'journal');
  const segments = readdirSync(folder).map((file) =>
    named(Number.parseInt(file, 10), readFileSync(join(folder, file))),
  );
  const whole = parseSegments(segments);
  const [created] = whole.records;
  const run = created?.type === 'run.created' ? created.run : '';
  return { run, segments, texts: whole.records.map((record) => JSON.stringify(record)) };
}

/**
 * What is wrong with the reading of a damaged journal; null where nothing is. A journal that ends between two lines cannot be told
 * from one that a crash left so: it is a beginning, and not closed in good order.
 */
function wrong({ run, texts }: Journal, segments: readonly Segment[]): string | null {
  const { records, diagnostics, sealed, durable } = parseSegments(segments, run);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const looked = errors.length > 0 ? records.slice(-3) : records; // of what is refused only the end can be another
  const foreign = looked.find((record) => JSON.stringify(record) !== texts[record.seq]);
  if (foreign !== undefined || (records.at(-1)?.seq ?? -1) !== records.length - 1)
    return `record ${foreign?.seq} was never written there`;
  const unplaced = errors.find(({ message }) => !/journal\/\d+\.jsonl is damaged at byte \d+/.test(message));
  if (errors.length > 0) return unplaced === undefined ? null : `refused without a place: ${unplaced.message}`;
  if (durable.seq >= records.length) return 'it says that more is on disk than there is';
  return sealed && records.length < texts.length ? 'it counts as closed in good order, and lacks records' : null;
}

/** The damage is told, or it is where nothing counts any more: behind the last line of an earlier segment that does. */
function isTold({ run, texts }: Journal, segments: readonly Segment[]): boolean {
  const { records, diagnostics, sealed } = parseSegments(segments, run);
  return diagnostics.length > 0 || (records.length === texts.length && sealed);
}

const withBytes = (segments: readonly Segment[], epoch: number, bytes: Uint8Array): readonly Segment[] =>
  segments.map((segment) => (segment.epoch === epoch ? named(epoch, bytes) : segment));

const linesOf = ({ bytes }: Segment): readonly string[] =>
  Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1);
const ofLines = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');

/** Every way to put the lines of a segment together wrongly: dropped, doubled, exchanged with the next, moved to either end, and stretches of them. */
function* disorders(lines: readonly string[]): Generator<readonly [what: string, lines: readonly string[]]> {
  for (let at = 0; at < lines.length; at++) {
    const [line = '', next = ''] = lines.slice(at, at + 2);
    const others = lines.toSpliced(at, 1);
    yield [`line ${at} dropped`, others];
    yield [`line ${at} doubled`, lines.toSpliced(at, 0, line)];
    yield [`line ${at} exchanged with the next`, lines.toSpliced(at, 2, next, line)];
    yield [`line ${at} moved to the beginning`, [line, ...others]];
    yield [`line ${at} moved to the end`, [...others, line]];
    for (const count of [2, 5]) {
      yield [`${count} lines from ${at} dropped`, lines.toSpliced(at, count)];
      yield [`${count} lines from ${at} doubled`, lines.toSpliced(at, 0, ...lines.slice(at, at + count))];
      yield [
        `${count} lines from ${at} in reverse`,
        lines.toSpliced(at, count, ...lines.slice(at, at + count).toReversed()),
      ];
    }
  }
}

const names = readdirSync(GOLDEN);

describe.each(names)('the journal of the run %s', (name) => {
  const journal = journalOf(name);
  const { segments } = journal;

  test('cut at every byte of every segment', () => {
    const found: string[] = [];
    for (const { epoch, bytes } of segments)
      for (let length = 0; length < bytes.length; length++) {
        const why = wrong(journal, withBytes(segments, epoch, bytes.subarray(0, length)));
        if (why !== null) found.push(`${epoch}.jsonl at ${length}: ${why}`);
      }
    expect(found).toEqual([]);
  });

  test('its lines dropped, doubled, exchanged and moved', () => {
    const found: string[] = [];
    for (const segment of segments)
      for (const [what, lines] of disorders(linesOf(segment))) {
        const why = wrong(journal, withBytes(segments, segment.epoch, ofLines(lines)));
        if (why !== null) found.push(`${segment.epoch}.jsonl, ${what}: ${why}`);
      }
    expect(found).toEqual([]);
  });

  test('lines and segments of other runs in it', () => {
    const found: string[] = [];
    const note = (what: string, why: string | null): void => void (why !== null && found.push(`${what}: ${why}`));
    for (const other of names.filter((one) => one !== name)) {
      const foreign = journalOf(other).segments.flatMap((segment) => linesOf(segment));
      for (const segment of segments) {
        const lines = linesOf(segment);
        for (let at = 2; at < lines.length; at++) {
          const line = foreign[at % foreign.length] ?? '';
          note(
            `${segment.epoch}.jsonl, a line of ${other} at ${at}`,
            wrong(journal, withBytes(segments, segment.epoch, ofLines(lines.toSpliced(at, 0, line)))),
          );
          note(
            `${segment.epoch}.jsonl, goes on as ${other} at ${at}`,
            wrong(journal, withBytes(segments, segment.epoch, ofLines([...lines.slice(0, at), ...foreign.slice(at)]))),
          );
        }
      }
      for (const { epoch, bytes } of journalOf(other).segments.filter(({ epoch }) => epoch > 1))
        note(
          `segment ${epoch} of ${other}`,
          wrong(journal, [...segments.filter((segment) => segment.epoch !== epoch), named(epoch, bytes)]),
        );
    }
    expect(found).toEqual([]);
  });

  test('segments missing, exchanged, or under another number', () => {
    const found: string[] = [];
    for (const one of segments) {
      const others = segments.filter((segment) => segment !== one);
      const isLast = others.every(({ epoch }) => epoch < one.epoch); // whoever takes a run may die before it has a segment
      const missing = isLast ? null : wrong(journal, others);
      if (missing !== null) found.push(`without ${one.epoch}.jsonl: ${missing}`);
      for (const epoch of [one.epoch + 1, one.epoch + 7]) {
        const renamed = wrong(journal, [
          ...others.filter((segment) => segment.epoch !== epoch),
          named(epoch, one.bytes),
        ]);
        if (renamed !== null) found.push(`${one.epoch}.jsonl as ${epoch}.jsonl: ${renamed}`);
      }
    }
    expect(found).toEqual([]);
  });
});

describe.each(['waits', 'items'])('the journal of the run %s', (name) => {
  const journal = journalOf(name);
  const { segments, texts } = journal;

  test('with any bit flipped, and no flip stays unseen where it counts', { timeout: 300_000 }, () => {
    const found: string[] = [];
    for (const { epoch, bytes } of segments) {
      const copy = Buffer.from(bytes);
      const damaged = withBytes(segments, epoch, copy);
      for (let at = 0; at < bytes.length; at++) {
        const byte = bytes[at] ?? 0;
        for (const bit of EVERY_BIT) {
          copy[at] = byte ^ (1 << bit);
          const why = wrong(journal, damaged) ?? (isTold(journal, damaged) ? null : 'unseen');
          if (why !== null) found.push(`${epoch}.jsonl, byte ${at}, bit ${bit}: ${why}`);
        }
        copy[at] = byte;
      }
    }
    expect(found.slice(0, 20)).toEqual([]);
    expect(parseSegments(segments).records).toHaveLength(texts.length);
  });
});
