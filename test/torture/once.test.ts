/** `kill -9` of runs that want the same key, at random moments: when all of them have come to an end, one has succeeded. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { IS_TORTURE, makeChance, makeWorkplace, SEED, type Workplace } from './giga.ts';

const POINTS = IS_TORTURE ? 100 : 6;

const WORKFLOW = `
steps:
  - { id: before, run: sleep 0.02 }
  - { id: pay, once: invoice-7, run: 'sleep 0.05; echo "$GIGA_RUN"', outputs: { by: '\${{ self.stdout }}' } }
  - { id: tell, run: 'echo \${{ steps.pay.outputs.by }}' }
`;

interface Told {
  readonly type: string;
  readonly node?: string;
  readonly result?: string;
  readonly verdict?: string;
  readonly cause?: { readonly run?: string };
  readonly run?: string;
}

/** By run, its records. */
function journals(place: Workplace): ReadonlyMap<string, readonly Told[]> {
  const runs = join(place.folder, '.giga', 'runs');
  return new Map(
    readdirSync(runs).map((id) => {
      const folder = join(runs, id, 'journal');
      const files = (existsSync(folder) ? readdirSync(folder) : []).toSorted(
        (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
      );
      const lines = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1));
      return [id, lines.map((line) => JSON.parse(line.slice(9)) as Told)]; // a torn tail has no line end
    }),
  );
}
const verdictOf = (records: readonly Told[]): string | undefined =>
  records.findLast(({ type }) => type === 'run.finished' || type === 'run.replanned')?.verdict;

test(`runs with one key, killed at ${POINTS} random moments (GIGA_SEED=${SEED})`, {
  timeout: 30 * 60_000,
}, async () => {
  const chance = makeChance(SEED);
  console.log(`once: ${POINTS} points, GIGA_SEED=${SEED}`);
  for (let point = 0; point < POINTS; point++) {
    const place = makeWorkplace();
    place.write('w.yaml', WORKFLOW);
    const killed = Array.from({ length: 3 }, async () => {
      await sleep(chance(150));
      const { child, finished } = place.start('run', 'w.yaml');
      await sleep(40 + chance(300));
      child.kill('SIGKILL');
      await finished;
    });
    await Promise.all([...killed, place.run('run', 'w.yaml')]);
    const left = (): readonly string[] =>
      [...journals(place)].flatMap(([id, records]) =>
        records.some(({ type }) => type === 'run.created') && verdictOf(records) !== 'succeeded' ? [id] : [],
      );
    // In doubt is what another run began: that one decides it, and the others after it.
    for (let round = 0; round < 4 && left().length > 0; round++) for (const id of left()) await place.run('resume', id);
    expect(left(), `point ${point}: runs that never succeed`).toEqual([]);
    const all = [...journals(place)];
    const settled = all.flatMap(([id, records]) =>
      records.flatMap((one) => (one.type === 'step.settled' && one.node === 'pay' ? [{ id, ...one }] : [])),
    );
    const successes = settled.filter(({ result }) => result === 'succeeded');
    expect(successes.length, `point ${point}: successes`).toBe(1);
    for (const { result, cause } of settled)
      if (result === 'kept' && cause?.run !== undefined) expect(cause.run, `point ${point}`).toBe(successes[0]?.id);
    place.remove();
  }
});
