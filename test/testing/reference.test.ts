/** The core and the reference tell the same ends of random plans, and these plans hold all that there is. */
import { describe, expect, test } from 'vitest';
import { simulate } from '../../src/sim/simulate.ts';
import { disagreements } from '../../src/testing/agreement.ts';
import { type RandomCase, randomCase, seedsFrom } from '../../src/testing/random-plan.ts';
import { showCase } from '../../src/testing/show-case.ts';
import { shrink } from '../../src/testing/shrink.ts';
import { constructsIn, outcomesIn } from './constructs.ts';

/** The gate takes the same plans each time, so that it fails of what was changed; the torture takes new ones. */
const IS_LONG = process.env.GIGA_TORTURE === '1';
const RUNS = Number(process.env.GIGA_RUNS ?? (IS_LONG ? 100_000 : 3_000));
const SEED = Number(process.env.GIGA_SEED ?? (IS_LONG ? Date.now() % 1_000_000_007 : 1));

/** What no seed comes to: kept and left-out steps are a matter of a new plan, results of other runs of a cache, and nobody cancels. */
const EVERYTHING = `
plan.finallyOnInterruptMs, plan.workspace, rethrow, hook -1, hook -2, hook -4, compensate, undoes
action run, action service, set, fail, wait, await, approve, group, choose, try, race, loop, each, workflow
join all-done, join all-succeeded, join any-succeeded, join none-failed, after, anonymous, if.replacesJoin, allowFailure, continueOnError
retry.backoff constant, retry.backoff linear, retry.backoff exponential, retry.delayMs, retry.maxDelayMs, retry.jitter, retry.maxDurationMs
retry.on.errors, retry.on.exitCodes, retry.on.holds, retry.on.matches
retry.neverOn.errors, retry.neverOn.exitCodes, retry.neverOn.holds, retry.neverOn.matches
timeoutMs, totalTimeoutMs, idleTimeoutMs, graceMs, clearEnv, env, outputs, artifacts, files, cache.with
idempotent, verify.kind probe, verify.kind condition, once, claim.of lock, claim.of group, claim.onConflict
ensures.kind output, ensures.kind exists, ensures.kind files-changed, ensures.kind commit, ensures.kind probe
what.kind event, what.match, what.kind file, what.kind probe, what.kind condition, what.everyMs
options, show, approvers, default, onReject skip, onReject rework
conditions, bodyOutputs, max, failFast, child.files, child.pick, child.isFragment
loop.max, loop.until, loop.while, loop.plateau, loop.delayMs
each.from.kind items, each.from.kind matrix, each.from.include, each.from.exclude, each.key, each.as, each.filter, each.distinct
each.sort, each.limit, each.min, each.max, each.failFast, each.maxFailures, each.maxFailures.percent, each.listNeeds
attempt succeeded, attempt failed, attempt timed-out, attempt cancelled, attempt hollow, attempt in-doubt, attempt.serving
race.won, cancel fail-fast, cancel timeout, scope.reworked, service.released, claim.ended, cache.ended, capture.ended, command.received
settled succeeded attempt, settled succeeded evaluated, settled succeeded children, settled succeeded verified, settled kept once
settled failed attempt, settled failed children, settled failed error, settled failed hook, settled failed rejected
settled failed retries-exhausted, settled cancelled cancelled, settled skipped children, settled skipped condition-false
settled skipped need-failed, settled skipped need-skipped, settled skipped no-branch, settled skipped no-items
settled skipped nothing-to-undo, settled skipped rejected
run succeeded, run succeeded with allowed failures, run nothing ran, run failed`
  .trim()
  .split(/,\s+|\n/);

/** What the core says otherwise than the reference; null where the reference does not tell. */
function differencesOf(one: RandomCase): readonly string[] | null {
  return disagreements(one, simulate(one));
}

describe(`random plans (GIGA_SEED=${SEED})`, () => {
  const seen = new Map<string, number>();
  const counts = { compared: 0, timed: 0 };

  test('come to the ends that the reference tells', { timeout: 60 * 60_000 }, () => {
    for (const seed of seedsFrom(SEED, RUNS)) {
      const one = randomCase(seed);
      const simulated = simulate(one);
      if (simulated.stopped !== 'finished') expect.fail(`A run is ${simulated.stopped}:\n${showCase(one)}`);
      for (const name of [...constructsIn(one.plan), ...outcomesIn(simulated.journal)])
        seen.set(name, (seen.get(name) ?? 0) + 1);
      if (one.isTimed) counts.timed++;
      const found = disagreements(one, simulated);
      if (found !== null) counts.compared++;
      if (found === null || found.length === 0) continue;
      const small = shrink(one, (smaller) => (differencesOf(smaller) ?? []).length > 0);
      expect.fail(
        `${(differencesOf(small) ?? []).join('\n')}\nin the plan of seed ${seed}, made smaller:\n${showCase(small)}`,
      );
    }
  });

  test('are compared in at least nine of ten cases, and mostly do not depend on time', () => {
    expect(counts.compared / RUNS).toBeGreaterThan(RUNS < 1_000 ? 0.85 : 0.9);
    expect(counts.timed / RUNS).toBeLessThan(0.5);
  });

  test.runIf(RUNS >= 3_000)('hold every construct, and come to every end', () => {
    expect(EVERYTHING.filter((name) => !seen.has(name))).toEqual([]);
  });
});
