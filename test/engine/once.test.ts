/** What is done once begins when that is on disk. */
import { expect, test } from 'vitest';
import { makeWorld, memoryJournal, planOf } from './world.ts';

const PLAN = planOf('steps: { a: { run: x, once: k }, b: { run: x } }');

test('a step that is done once waits for its record, the others do not', async () => {
  const journal = memoryJournal();
  journal.mode = 'sync waits';
  const world = makeWorld(PLAN, { journal });
  await world.settle();
  expect([...world.attempts.keys()]).toEqual(['b']);
  expect(world.journal.records.some((record) => record.type === 'attempt.started' && record.node === 'a')).toBe(true);
  journal.release();
  await world.settle();
  expect([...world.attempts.keys()]).toEqual(['b', 'a']);
});

test('a step that is stopped while it waits does not begin', async () => {
  const journal = memoryJournal();
  journal.mode = 'sync waits';
  const world = makeWorld(PLAN, { journal });
  await world.settle();
  world.engine.command({ kind: 'cancel', node: 'a' });
  await world.settle();
  journal.release();
  await world.settle();
  expect([...world.attempts.keys()]).toEqual(['b']);
  const ended = world.journal.records.find((record) => record.type === 'attempt.ended' && record.node === 'a');
  expect(ended).toMatchObject({ outcome: 'cancelled' });
});

test('what cannot be written does not begin', async () => {
  const journal = memoryJournal();
  const world = makeWorld(PLAN, { journal });
  journal.mode = 'sync fails';
  await world.settle();
  expect(world.attempts.has('a')).toBe(false);
  expect(await world.engine.ended).toMatchObject({ kind: 'broken' });
});
