/** The core and the reference tell the same ends of random plans. */
import { expect, test } from 'vitest';
import { endOf } from '../../src/sim/run-end.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { type RandomCase, randomCase, seedsFrom } from '../../src/testing/random-plan.ts';
import { referenceEnd } from '../../src/testing/reference.ts';
import { showCase } from '../../src/testing/show-case.ts';
import { shrink } from '../../src/testing/shrink.ts';

const RUNS = Number(process.env.GIGA_RUNS ?? 3_000);
const SEED = Number(process.env.GIGA_SEED ?? 1);

/** What the core says otherwise than the reference; null for nothing. */
function difference(one: RandomCase): string | null {
  const end = endOf(simulate(one));
  const wanted = referenceEnd(one);
  const found = [`run: ${end.verdict}`];
  const told = [`run: ${wanted.verdict}`];
  for (const path of [...new Set([...end.steps.keys(), ...wanted.steps.keys()])].toSorted()) {
    if (path === '') continue;
    found.push(`${path}: ${end.steps.get(path)?.result}`);
    told.push(`${path}: ${wanted.steps.get(path)?.result}`);
  }
  return found.join() === told.join() ? null : `core:\n${found.join('\n')}\nreference:\n${told.join('\n')}`;
}

test(`the core comes to the ends that the reference tells (GIGA_SEED=${SEED})`, { timeout: 30 * 60_000 }, () => {
  for (const seed of seedsFrom(SEED, RUNS)) {
    const one = randomCase(seed);
    if (one.isBeyond || difference(one) === null) continue;
    const small = shrink(one, (smaller) => difference(smaller) !== null);
    expect.fail(`seed ${seed}:\n${showCase(small)}\n${difference(small)}`);
  }
});
