/**
 * Random programs with hostile values, lowered and run by real shells: each prints exactly its values, and nothing of a value runs.
 * `GIGA_FUZZ_RUNS=60000 GIGA_FUZZ_SEED=7` makes a long run with its own seed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lowerScript } from '../../../src/lang/lower-shell/index.ts';
import { program } from './fuzz/program.ts';
import { randomFrom } from './fuzz/random.ts';
import { isInstalled, type Job, runAll, type ShellName } from './fuzz/shell-batch.ts';
import type { Maker } from './fuzz/words.ts';
import { split } from './parts.ts';

const BLNS = '../shared/conformance/robustness/blns/blns.json';
const corpus: readonly string[] = existsSync(BLNS) ? readBlns() : [];
const RUNS = Number(process.env.GIGA_FUZZ_RUNS ?? 0);
const SEED = Number(process.env.GIGA_FUZZ_SEED ?? 1);
const BATCH = 1_000;

function readBlns(): readonly string[] {
  const list: readonly string[] = JSON.parse(readFileSync(BLNS, 'utf8'));
  return list.filter((text) => !text.includes('\0'));
}

interface Case extends Job {
  readonly source: string;
  readonly expected: string;
}

interface Tally {
  readonly cases: Case[];
  readonly refused: Record<string, number>;
  /** Values that were asked to be whole numbers though their place does not calculate. */
  askedForNumber: number;
}

/** A quirk of shells, and no matter of values: in a here-document a line is continued before its quotes are read. */
const CONTINUED_DOCUMENT = /<<D\d+_[^]*\\\n/;

function make(shell: ShellName, seed: number, count: number): Tally {
  const random = randomFrom(seed);
  const tally: Tally = { cases: [], refused: {}, askedForNumber: 0 };
  const note = (code: string): void => void (tally.refused[code] = (tally.refused[code] ?? 0) + 1);
  for (let k = 0; k < count; k++) {
    const maker: Maker = { random, bash: shell === 'bash', values: [], corpus, count: 0 };
    const { source, expected } = program(maker);
    if (CONTINUED_DOCUMENT.test(source)) {
      note('continued here-document');
      continue;
    }
    const { parts, holes } = split(source);
    const lowered = lowerScript(parts, shell, source);
    if (!lowered.ok) {
      for (const { code } of lowered.problems.slice(0, 1)) note(code);
      continue;
    }
    const valueAt = (index: number): string => maker.values[Number(holes[index]?.source.slice(1))] ?? '';
    tally.askedForNumber += lowered.refs.filter((ref) => ref.integer && !/^-?\d+$/.test(valueAt(ref.index))).length;
    const values = Object.fromEntries(lowered.refs.map((ref) => [ref.name, valueAt(ref.index)]));
    tally.cases.push({
      source,
      expected,
      script: lowered.script,
      values: { ...values, LC_ALL: random.pick(['C', 'C.UTF-8']) },
    });
  }
  return tally;
}

interface Totals {
  ran: number;
  wrong: number;
  executed: number;
  askedForNumber: number;
  readonly failures: unknown[];
  readonly refused: Record<string, number>;
}

async function fuzz(shell: ShellName, runs: number, seed: number): Promise<Totals> {
  const totals: Totals = { ran: 0, wrong: 0, executed: 0, askedForNumber: 0, failures: [], refused: {} };
  for (let done = 0, k = 0; done < runs; done += BATCH, k++) {
    const tally = make(shell, seed * 1_000_003 + k, Math.min(BATCH, runs - done));
    const outcomes = await runAll(shell, tally.cases);
    totals.askedForNumber += tally.askedForNumber;
    for (const [code, count] of Object.entries(tally.refused))
      totals.refused[code] = (totals.refused[code] ?? 0) + count;
    for (const [n, outcome] of outcomes.entries()) {
      const tried = tally.cases[n];
      totals.ran++;
      if (outcome.executed) totals.executed++;
      if (outcome.output !== tried?.expected) totals.wrong++;
      const failed = outcome.executed || outcome.output !== tried?.expected;
      if (failed && totals.failures.length < 3) totals.failures.push({ ...tried, ...outcome });
    }
  }
  console.log(JSON.stringify({ shell, runs, seed, ...totals }));
  return totals;
}

const CLEAN = { wrong: 0, executed: 0, askedForNumber: 0, failures: [] };

describe('random programs print their values, and run none of them', () => {
  const hour = 3_600_000;
  const bash = RUNS || 1_500;
  const dash = RUNS || 500;
  test.skipIf(!isInstalled('bash'))(
    'bash',
    async () => {
      const totals = await fuzz('bash', bash, SEED);
      expect(totals).toMatchObject(CLEAN);
      expect(totals.ran).toBeGreaterThan(bash * 0.8);
    },
    hour,
  );
  test.skipIf(!isInstalled('bash') || !isInstalled('dash'))(
    'dash',
    async () => {
      const totals = await fuzz('sh', dash, SEED);
      expect(totals).toMatchObject(CLEAN);
      expect(totals.ran).toBeGreaterThan(dash * 0.8);
    },
    hour,
  );
});
