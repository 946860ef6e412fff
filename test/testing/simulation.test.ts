/** Random runs in random trouble on machines in memory: nothing that must hold is ever broken. New seeds by GIGA_SEED, more by GIGA_RUNS. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleSimulation, type Simulation } from './bundle.ts';

const SEED = Number(process.env.GIGA_SEED ?? 1);
const RUNS = Number(process.env.GIGA_RUNS ?? 20_000);
/** Then other work of the process has its turn. */
const SEEDS_AT_ONCE = 500;

const folder = mkdtempSync(join(tmpdir(), 'giga-'));
let simulation: Simulation;
beforeAll(async () => {
  simulation = await bundleSimulation(folder, 'simulation', null);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(`${RUNS} random lives break no rule (GIGA_SEED=${SEED})`, { timeout: 60 * 60_000 }, async () => {
  const { simulateSeed, shrinkLife, tellFailure } = simulation;
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    const lived = await simulateSeed(seed);
    if (lived.violations.length > 0) expect.fail(`seed ${seed}: ${tellFailure(await shrinkLife(lived))}`);
    if (seed % SEEDS_AT_ONCE === 0) await setImmediate();
  }
});

test('a seed says all of it', async () => {
  for (let seed = SEED; seed < SEED + 100; seed++) {
    const [one, other] = [await simulation.simulateSeed(seed), await simulation.simulateSeed(seed)];
    expect(JSON.stringify(one.records)).toBe(JSON.stringify(other.records));
    expect(one.lives).toBe(other.lives);
  }
});

test('all kinds of trouble come, and lives are compared with the reference', async () => {
  const kinds = new Set<string>();
  let compared = 0;
  for (let seed = SEED; seed < SEED + 500; seed++) {
    const lived = await simulation.simulateSeed(seed);
    for (const { blows } of lived.troubles.lives) for (const { blow } of blows) kinds.add(blow.kind);
    if (lived.compared) compared++;
  }
  expect([...kinds].toSorted()).toEqual([
    'clock-jumps',
    'dies',
    'disk-fails',
    'has-a-rival',
    'is-cancelled',
    'is-paused',
    'is-taken-over',
    'sync-fails',
  ]);
  expect(compared).toBeGreaterThan(200);
});
