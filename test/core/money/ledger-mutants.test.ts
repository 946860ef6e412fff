/** Planted mistakes: one line of the books is changed, and random lives must notice. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type Books, CAPS, live, MOVES } from './ledger-life.ts';

type Mistake = readonly [what: string, file: string, from: string, to: string];

const MISTAKES: readonly Mistake[] = [
  ['calls under way do not count', 'money/ledger.ts', 'plus(plus(used, under), amount)', 'plus(used, amount)'],
  ['what is spent does not count', 'money/ledger.ts', 'plus(plus(used, under), amount)', 'plus(under, amount)'],
  ['what can never fit waits', 'money/ledger.ts', 'if (measure !== null) return', 'if (node === null) return'],
  ['small calls overtake large ones', 'money/ledger.ts', 'isHeld ||= held.has(cap.path)', 'void held'],
  ['who waits holds up everyone', 'money/ledger.ts', 'isHeld ||= held.has(cap.path)', 'isHeld ||= held.size > 0'],
  [
    'nobody is asked again',
    'money/ledger.ts',
    'add(spent, one.node, cost(one.amount));\n    return look();',
    'return [];',
  ],
  ['the worst case stays set aside', 'money/ledger.ts', 'minus(NOTHING_SPENT, one.amount)', 'NOTHING_SPENT'],
  ['what nobody settles was free', 'money/ledger.ts', '(reserved) => reserved)', '() => NOTHING_SPENT)'],
  ['what waits is forgotten', 'money/ledger.ts', 'queue = waiting;', 'queue = [];'],
  ['who gave up is granted', 'money/ledger.ts', 'queue = queue.filter((one) => one.id !== id);', ''],
  ['the first cap alone counts', 'money/ledger.ts', 'of capsOf(node))', 'of capsOf(node).slice(0, 1))'],
  ['a call without a price is free', 'money/ledger.ts', 'nano === null && cap', 'nano === undefined && cap'],
  ['the past is forgotten', 'money/ledger.ts', 'add(spent, node, amount);', 'void amount;'],
  ['a cap may be reached only', 'money/caps.ts', 'amount[measure] > (', 'amount[measure] >= ('],
  ['a cap is one too large', 'money/caps.ts', 'amount[measure] > (', 'amount[measure] - 1 > ('],
  ['tokens have no cap', 'money/caps.ts', "['nano', 'tokens', 'calls']", "['nano', 'calls']"],
  ['items are not inside their step', 'money/caps.ts', "'/[#'", "'/#'"],
  ['steps are not inside their group', 'money/caps.ts', "'/[#'", "'[#'"],
  ['iterations are not inside their loop', 'money/caps.ts', "'/[#'", "'/['"],
  [
    'a call that was cut off was free',
    'run/spend.ts',
    'for (const { node, amount } of spend.open.values()) put',
    'for (const { node, amount } of []) put',
  ],
  ['a call counts at its worst case and as what it was', 'run/spend.ts', 'spend.open.delete(key);', ''],
  [
    'what was read of a call is forgotten',
    'run/spend.ts',
    "'call-ended') return;",
    "'call-ended' || data.usage) return;",
  ],
  ['a price is rounded down', 'money/usd.ts', 'Math.round(usd * NANO_PER_USD)', 'Math.floor(usd * NANO_PER_USD)'],
];

const folder = mkdtempSync(join(tmpdir(), 'giga-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILES = [...readdirSync('src/core/money').map((name) => `money/${name}`), 'run/spend.ts', 'json.ts', 'known.ts'];

/** The books as JavaScript, in a folder of their own. */
async function booksWith(name: string, mistake?: Mistake): Promise<Books> {
  for (const part of ['money', 'run']) mkdirSync(join(folder, name, part), { recursive: true });
  const [, changed, from = '', to = ''] = mistake ?? [];
  for (const file of FILES) {
    let text = readFileSync(join('src/core', file), 'utf8');
    if (file === changed && text.split(from).length !== 2)
      throw new Error(`\`${from}\` does not stand once in ${file}`);
    if (file === changed) text = text.replace(from, to);
    const { code } = await transform(text, { loader: 'ts', format: 'esm' });
    const target = join(folder, name, file.replace(/\.ts$/, '.mjs'));
    writeFileSync(target, code.replace(/(from\s*"\.[^"]*)\.ts"/g, '$1.mjs"'));
  }
  const load = (file: string) => import(pathToFileURL(join(folder, name, file)).href) as Promise<Books>; // each gives a part of them
  return { ...(await load('money/ledger.mjs')), ...(await load('run/spend.mjs')) };
}

function livesUntil(books: Books): { readonly failed: boolean; readonly numRuns: number } {
  const stats = { granted: 0, refused: 0, waited: 0, crashes: 0 };
  return fc.check(
    fc.property(CAPS, MOVES, (caps, moves) => live(books, caps, moves, stats)),
    { numRuns: 2000, seed: 11, endOnFailure: true },
  );
}

test.each(MISTAKES)('is caught: %s', async (...mistake) => {
  const books = await booksWith(String(MISTAKES.findIndex(([what]) => what === mistake[0])), mistake);
  const { failed, numRuns } = livesUntil(books);
  if (process.env.GIGA_STATS) console.log(mistake[0], numRuns);
  expect(failed).toBe(true);
});

test('nothing is caught where no mistake was planted', async () => {
  expect(livesUntil(await booksWith('sound')).failed).toBe(false);
});
