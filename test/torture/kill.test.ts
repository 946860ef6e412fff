/** `kill -9` of real runs at random moments: nothing that was told is lost, nothing finished runs twice, nothing is left, and resume always completes. */
import { expect, test } from 'vitest';
import { examine } from './examine.ts';
import { IS_TORTURE, makeChance, SEED } from './giga.ts';
import { type Life, liveOnce, type Span } from './life.ts';
import { SHAPES, type Shape } from './shapes.ts';

const POINTS = Number(process.env['GIGA_POINTS'] ?? (IS_TORTURE ? 20_000 : 200));
/** How many lives go on at once. */
const LANES = 2;
const PROGRESS_MS = 10_000;

/** Lives undisturbed: how many records there are, and how long it takes here. */
async function measure(shape: Shape): Promise<Span> {
  const began = performance.now();
  const life = await liveOnce(shape, () => 0, null);
  const ms = Math.round(performance.now() - began);
  expect(await examine(life, shape), `${shape.name}, not killed`).toEqual([]);
  life.place.remove();
  return { records: life.told.reduce((sum, { lines }) => sum + lines.length, 0), ms };
}

async function judge(point: number, shape: Shape, life: Life): Promise<void> {
  const wrong = await examine(life, shape);
  const where = `GIGA_SEED=${SEED}, point ${point}, ${shape.name}, ${life.place.folder}: ${life.story.join('; ')}`;
  expect(wrong, where).toEqual([]);
  life.place.remove();
}

test(`runs of ${SHAPES.length} shapes, killed at ${POINTS} random moments (GIGA_SEED=${SEED})`, {
  timeout: 24 * 3_600_000,
}, async () => {
  console.log(`kill -9: ${POINTS} points, GIGA_SEED=${SEED}`);
  const spans: Span[] = [];
  for (const shape of SHAPES) spans.push(await measure(shape));
  let [point, toldAt] = [0, performance.now()];
  const lane = async (): Promise<void> => {
    while (point < POINTS) {
      const index = point++;
      const shape = SHAPES[index % SHAPES.length] as Shape; // below the length
      await judge(
        index,
        shape,
        await liveOnce(shape, makeChance(SEED + index * 7_919), spans[index % SHAPES.length] ?? null),
      );
      if (performance.now() - toldAt < PROGRESS_MS) continue;
      toldAt = performance.now();
      console.log(`kill -9: ${point} of ${POINTS}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
});
