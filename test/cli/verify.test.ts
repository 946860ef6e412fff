import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { encode, encodeHeader, encodeSeal } from '../../src/core/journal/format.ts';
import type { Recorded } from '../../src/core/run/event.ts';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
  place.put(
    'one.yaml',
    `
steps:
  look: { run: 'echo "n=2" >> "$GIGA_OUTPUT"' }
  deep: { if: steps.look.outputs.n == 3, run: echo deep }
  late: { run: 'test -e ok || exit 4', needs: look }
outputs: { n: '\${{ steps.look.outputs.n }}' }
`,
  );
});
afterEach(() => place.remove());

/** Writes the journal of the only run anew, with other words and checksums that hold. */
function forge(change: (text: string) => string): void {
  const runs = join(place.folder, '.giga/runs');
  const folder = join(runs, readdirSync(runs)[0] ?? '', 'journal');
  const file = join(folder, readdirSync(folder)[0] ?? '');
  const [header = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const texts = lines.slice(0, -1).map((line) => change(line.slice(9)));
  const records = texts.map((text) => JSON.parse(text) as Recorded); // what giga wrote, in other words
  const first = encodeHeader(JSON.parse(header.slice(9)) as Parameters<typeof encodeHeader>[0]); // as above
  const body = encode(records, first.crc);
  writeFileSync(file, first.text + body.text + encodeSeal({ seq: records.length - 1, crc: body.crc }).text);
}

it('says that every decision of a run follows, also of one that was resumed', async () => {
  expect(await place.giga('run', 'one.yaml')).toMatchObject({ code: 1 });
  place.put('ok', '');
  expect(await place.giga('resume')).toMatchObject({ code: 0 });
  const verified = await place.giga('verify');
  expect(verified).toMatchObject({ code: 0, err: '' });
  expect(verified.out).toMatch(
    /^✔ verified {2}run \w+ · \d+ decisions of \d+ records follow from what came before them\n$/,
  );
});

it('shows a decision that does not follow, and fails', async () => {
  await place.giga('run', 'one.yaml');
  forge((text) => text.replace('"verdict":"failed"', '"verdict":"succeeded"'));
  const forged = await place.giga('verify');
  expect(forged).toMatchObject({
    code: 1,
    out: expect.stringMatching(/journal {2}run\.finished \{"verdict":"succeeded"/),
  });
  expect(forged.out).toMatch(/follows {2}run\.finished \{"verdict":"failed"/);
  const events = await place.giga('verify', '--json');
  expect(JSON.parse(events.out)).toMatchObject({ type: 'verified', mismatches: [{ said: { verdict: 'succeeded' } }] });
});

it('refuses a damaged journal, and a run that is not there', async () => {
  await place.giga('run', 'one.yaml');
  forge((text) => text);
  const runs = join(place.folder, '.giga/runs');
  const folder = join(runs, readdirSync(runs)[0] ?? '', 'journal');
  const file = join(folder, readdirSync(folder)[0] ?? '');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"verdict":"failed"', '"verdict":"fooled"'));
  expect(await place.giga('verify')).toMatchObject({ code: 1, err: expect.stringContaining('RUN_JOURNAL_DAMAGED') });
  expect(await place.giga('verify', 'nope')).toMatchObject({ code: 2 });
});
