/**
 * `npm run budget [-- --record | --why]`: fails when a count of what is built has grown over its budget in budget.json. `--record` makes today's
 * counts the budget, `--why` shows what the scripts of the command are made of.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundleCommand } from '../bundle-command.mjs';
import { compareCounts } from './compare.mjs';
import { countAll } from './counts.mjs';

const FILE = 'scripts/budget/budget.json';
const LARGEST = 25;
const { values: flags } = parseArgs({ options: { record: { type: 'boolean' }, why: { type: 'boolean' } } });

if (flags.why) await showInputs();
else {
  const { counts, skipped } = countAll();
  for (const line of skipped) console.log(`skipped  ${line}`);
  if (flags.record) record(counts);
  else judge(counts);
}

function record(counts) {
  const recorded = Object.entries(counts).map(([name, { value, where }]) => [
    name,
    where ? { value, where } : { value },
  ]);
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(recorded), null, 2)}\n`);
  console.log(`${recorded.length} counts are recorded in ${FILE}`);
}

function judge(counts) {
  const { over, under, unknown } = compareCounts(counts, JSON.parse(readFileSync(FILE, 'utf8')));
  for (const line of unknown) console.log(`skipped  ${line}`);
  for (const line of under) console.log(`less     ${line}: npm run budget -- --record`);
  for (const line of over) console.log(`OVER     ${line}`);
  const held = Object.keys(counts).length - unknown.length - over.length;
  console.log(`${held} counts within their budget, ${over.length} over it`);
  if (over.length === 0) return;
  console.log('If the growth is meant, record it: npm run budget -- --record');
  process.exitCode = 1;
}

async function showInputs() {
  const { inputs } = await bundleCommand({
    platform: 'node',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
  });
  const largest = Object.entries(inputs).toSorted(([, a], [, b]) => b.bytes - a.bytes);
  for (const [path, { bytes }] of largest.slice(0, LARGEST)) console.log(`${String(bytes).padStart(9)} ${path}`);
}
