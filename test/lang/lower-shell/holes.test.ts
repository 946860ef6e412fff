/**
 * Every place where bash is known to evaluate text, with hostile values in a real bash. What the lowering says of the place
 * must be what is expected, and a value that runs is a hole, unless the user was warned that it may.
 */
import { describe, expect, test } from 'vitest';
import { checkValues } from '../../../src/core/shell/guard.ts';
import { lowerScript } from '../../../src/lang/lower-shell/index.ts';
import { PLACES, type Verdict } from './evaluating-places.ts';
import { isInstalled, type Job, runAll } from './fuzz/shell-batch.ts';
import { split } from './parts.ts';

const PAYLOADS: readonly string[] = [
  'a[$(touch PWNED)]',
  'a[$(touch PWNED)]=1',
  'x[$(touch PWNED)0]',
  '$(touch PWNED)',
  'touch PWNED',
  'a[`touch PWNED`]',
  ';touch PWNED',
  '$(touch PWNED)]',
  'BEGIN{system("touch PWNED")}',
  '-v a[$(touch PWNED)]',
  "');touch PWNED;#",
  '[$(touch PWNED)]',
];

/** One for each way in which bash runs a text. */
const LIVE: readonly string[] = ['a[$(touch PWNED)]', '$(touch PWNED)', 'a[$(touch PWNED)]=1'];

interface Judged {
  readonly verdict: Verdict;
  readonly jobs: readonly Job[];
}

function scriptOf(place: string): string {
  return place.replaceAll(/\bV\b|V(?=y)|(?<=a|v|x)V/g, '${{ v }}');
}

function judge(place: string): Judged {
  const script = scriptOf(place);
  const lowered = lowerScript(split(script).parts, 'bash', script);
  if (!lowered.ok) return { verdict: 'refused', jobs: [] };
  const { refs, guard } = lowered;
  const integers = refs.filter((ref) => ref.integer).map((ref) => ref.name);
  const jobs: Job[] = [];
  let stopped = 0;
  for (const payload of PAYLOADS) {
    const values = Object.fromEntries(refs.map((ref) => [ref.name, payload]));
    if (checkValues({ values, integers, guard }) === null) jobs.push({ script: lowered.script, values });
    else stopped++;
  }
  if (integers.length === refs.length) return { verdict: 'integer', jobs };
  if (lowered.warnings.length > 0) return { verdict: 'warned', jobs };
  return { verdict: stopped > 0 ? 'guarded' : 'harmless', jobs };
}

const verdicts = Object.entries(PLACES).flatMap(([verdict, places]) => places.map((place) => ({ verdict, place })));

test.each(verdicts)('$verdict: $place', ({ verdict, place }) => {
  expect(judge(place).verdict).toBe(verdict);
});

describe.skipIf(!isInstalled('bash'))('in a real bash', () => {
  test('no value runs where nobody was warned', async () => {
    const tried = verdicts.flatMap(({ place }) => {
      const { verdict, jobs } = judge(place);
      // Where values may run, a few of them show that they do.
      return jobs.slice(0, verdict === 'warned' ? 5 : undefined).map((job) => ({ place, verdict, job }));
    });
    const outcomes = await runAll(
      'bash',
      tried.map(({ job }) => job),
    );
    const ran = tried.filter((_, n) => outcomes[n]?.executed === true);
    const holes = ran
      .filter(({ verdict }) => verdict !== 'warned')
      .map(({ place, job }) => `${place} << ${job.values.GIGA_V0}`);
    expect(holes).toEqual([]);
    // The canary works: where the user was warned, values do run.
    expect(ran.length).toBeGreaterThan(20);
  });

  test('what is guarded would run without the guard', async () => {
    const jobs = PLACES.guarded.map((place) => {
      const script = scriptOf(place);
      const lowered = lowerScript(split(script).parts, 'bash', script);
      if (!lowered.ok) throw new Error(place);
      return LIVE.map((payload) => ({
        script: lowered.script,
        values: Object.fromEntries(lowered.refs.map((ref) => [ref.name, payload])),
      }));
    });
    const outcomes = await runAll('bash', jobs.flat());
    const live = jobs.filter((_, n) => outcomes.slice(n * LIVE.length, (n + 1) * LIVE.length).some((o) => o.executed));
    // Most of them; the rest is guarded out of caution.
    expect(live.length).toBeGreaterThan(PLACES.guarded.length * 0.75);
  });
});
