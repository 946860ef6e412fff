/** The real loop, killed at each of its writes: whatever it had on disk, another loop comes to the same end from there. */
import { beforeAll, expect, test } from 'vitest';
import type { StepAnswer, StepContext } from '../../src/core/ports.ts';
import type { Recorded } from '../../src/core/run/event.ts';
import { differencesOf, endOf } from '../../src/sim/run-end.ts';
import { makeWorld, OK, planOf, type World } from './world.ts';

// The loop loads it with its first capture, which would take real time.
beforeAll(async () => void (await import('p-queue')));

const WORKFLOWS: readonly (readonly [name: string, yaml: string])[] = [
  [
    'a list with a retry',
    `steps: [{ id: a, run: x, retry: 3 }, { id: b, run: y }, { id: c, set: { v: '\${{ steps.b.result }}' } }]\noutputs: { v: '\${{ steps.c.outputs.v }}' }`,
  ],
  [
    'many at once',
    `concurrency: 2\nsteps: { a: { run: x }, b: { run: x }, c: { run: x }, d: { needs: [a, b], run: x } }`,
  ],
  [
    'a fan-out in a group',
    `steps:\n  g: { for-each: [x, y], steps: [{ id: one, run: x }, { id: two, run: y }] }\n  after: { needs: g, run: x }`,
  ],
  [
    'a loop, a lock and ends',
    `steps: [{ id: l, loop: { max: 2 }, lock: db, run: x }, { id: f, run: bad, continue-on-error: true }]\nfinally: [{ id: end, run: x }]`,
  ],
  [
    'a value from outside',
    `env: { WHEN: { run: date } }\nsteps: { a: { run: 'echo "$WHEN"' }, b: { needs: a, run: x } }`,
  ],
];

/** The first attempt at `a` fails, and `f` always does; nothing else is known of an attempt but what the journal says. */
function answer({ work }: StepContext, before: readonly Recorded[]): StepAnswer {
  const isFirst = !before.some((record) => record.type === 'attempt.ended' && record.node === work.node);
  const fails = (work.node === 'a' && isFirst) || work.node === 'f';
  return fails ? { outcome: 'failed', outputs: { 'exit-code': 1 } } : OK;
}

async function lifeAfter(yaml: string, before: readonly Recorded[]): Promise<World> {
  const world: World = makeWorld(planOf(yaml), {
    before,
    perform: async (_request, context) => answer(context, world.journal.records),
  });
  for (let round = 0; round < 1_000 && world.state.status !== 'finished'; round++) {
    await world.settle();
    world.clock.move(60_000);
  }
  return world;
}

function endIn({ state, journal }: World) {
  return endOf({
    run: state,
    journal: journal.records,
    refused: [],
    stopped: state.status === 'finished' ? 'finished' : 'waiting',
  });
}

test.each(WORKFLOWS)('%s', async (_name, yaml) => {
  const whole = await lifeAfter(yaml, []);
  expect(whole.state.verdict).not.toBe(null);
  const { records } = whole.journal;
  for (let count = 1; count < records.length; count++) {
    const killed = await lifeAfter(yaml, records.slice(0, count));
    expect(differencesOf(endIn(whole), endIn(killed)), `killed after record ${count - 1}`).toEqual([]);
  }
});
