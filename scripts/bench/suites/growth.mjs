/** How time and memory grow with the number of steps: 1,000, 10,000, 100,000. */
import { writeGiga } from '../graph.mjs';
import { measureInTurn } from '../measure.mjs';

const SET = 'set: { v: 1 }';
const TRUE = "run: 'true'";

export const growth = {
  async growth(bench) {
    const { place, quick } = bench;
    for (const shape of ['chain', 'fan', 'layered']) {
      await growthOf(bench, `set, ${shape}`, [1_000, 10_000, 100_000], (steps) =>
        place.run(writeGiga(place.folder, { shape, steps, action: SET })),
      );
    }
    for (const shape of quick ? ['fan'] : ['chain', 'fan', 'layered']) {
      await growthOf(bench, `run: 'true', ${shape}`, [1_000, 10_000], (steps) =>
        place.run(writeGiga(place.folder, { shape, steps, action: TRUE })),
      );
    }
    await growthOf(bench, 'validate, layered, first time', [1_000, 10_000, 100_000], (steps) =>
      place.giga(['validate', writeGiga(place.folder, { shape: 'layered', steps, action: SET })], {
        before: place.forgetTexts,
      }),
    );
  },
};

async function growthOf({ add, runs, quick }, runner, sizes, contestant) {
  let before;
  for (const steps of sizes) {
    const few = quick ? 1 : 2;
    const now = (await measureInTurn([contestant(steps)], steps >= 10_000 ? few : runs)).get('giga');
    const target = before ? { value: now.median / before.median, most: 11, unit: 'x', against: 'per decade' } : {};
    add(`${runner}: ${steps}`, now, { ...target, runner, column: String(steps) });
    before = now;
  }
}
