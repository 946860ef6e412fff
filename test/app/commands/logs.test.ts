import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFrom, sizeOf, tailOffset, tellingLog } from '../../../src/app/commands/logs.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'giga-'));
  mkdirSync(folder, { recursive: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The last lines as a plain reading of the whole text gives them. */
function lastLines(text: string, lines: number): string {
  if (lines === 0) return '';
  const parts = text.split('\n');
  const closed = parts.at(-1) === '';
  const kept = (closed ? parts.slice(0, -1) : parts).slice(-lines).join('\n');
  return closed && kept !== '' ? `${kept}\n` : closed && text !== '' ? `${kept}\n` : kept;
}

describe('the tail of a log', () => {
  it('is the one that reading it whole gives', () => {
    const file = join(folder, 'a.out');
    const texts = fc.array(fc.constantFrom('a', 'bb', '\n', '\n\n', 'x'.repeat(50_000), 'y\n'.repeat(20_000)), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(texts, fc.nat(5), (parts, lines) => {
        const text = parts.join('');
        writeFileSync(file, text);
        const read = Buffer.concat([...readFrom(file, tailOffset(file, lines))]).toString();
        expect(read === lastLines(text, lines)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('of a file that is not there is empty', () => {
    const file = join(folder, 'none');
    expect([tailOffset(file, 3), sizeOf(file), [...readFrom(file, 0)].length]).toEqual([0, 0, 0]);
  });
});

it('prefers stderr as the log that tells why', () => {
  const out = join(folder, 'b-1.out');
  expect(tellingLog(out)).toBeNull();
  writeFileSync(out, 'x');
  expect(tellingLog(out)).toBe(out);
  writeFileSync(join(folder, 'b-1.err'), 'x');
  expect(tellingLog(out)).toBe(join(folder, 'b-1.err'));
});
