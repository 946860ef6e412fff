import { expect, test } from 'vitest';
import type { JournalWriter } from '../../src/core/ports.ts';
import type { Recorded } from '../../src/core/run/event.ts';
import { makePublisher } from '../../src/engine/publish.ts';
import { manualClock } from './world.ts';

const record = (seq: number): Recorded => ({
  type: 'run.opened',
  host: 'h',
  giga: '0',
  pid: 1,
  seq,
  epoch: 1,
  at: 0,
  durableUpTo: -1,
});

function world(sync: (seq: number) => Promise<void> = () => Promise.resolve()) {
  const failures: unknown[] = [];
  const clock = manualClock();
  const syncs: number[] = [];
  const published: number[] = [];
  const journal = {
    synced: (seq: number) => {
      syncs.push(seq);
      return sync(seq);
    },
  } as Partial<JournalWriter> as JournalWriter; // a publisher asks for nothing else
  const fail = (error: unknown): void => void failures.push(error);
  const publisher = makePublisher({ journal, clock, publish: ({ seq }) => published.push(seq), fail });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { clock, syncs, published, failures, publisher, settle };
}

test('the first record is durable at once, and those that follow soon share a sync', async () => {
  const { clock, syncs, published, publisher, settle } = world();
  publisher.add([record(0)]);
  await settle();
  expect([syncs, published]).toEqual([[0], [0]]);
  for (let seq = 1; seq <= 9; seq++) publisher.add([record(seq)]);
  await settle();
  expect(syncs).toEqual([0]);
  clock.move(5);
  await settle();
  expect([syncs, published]).toEqual([
    [0, 9],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  ]);
});

test('a record that comes after a pause waits for nobody', async () => {
  const { clock, syncs, publisher, settle } = world();
  publisher.add([record(0)]);
  await settle();
  clock.move(5);
  publisher.add([record(1)]);
  await settle();
  expect(syncs).toEqual([0, 1]);
});

test('the last records wait for nobody', async () => {
  const { syncs, published, publisher } = world();
  publisher.add([record(0)]);
  await Promise.resolve();
  publisher.add([record(1)]);
  publisher.add([record(2)]);
  await publisher.flushed();
  expect(syncs.at(-1)).toBe(2);
  expect(published).toEqual([0, 1, 2]);
});

test('a sync that failed is told at once, and to whoever waits for the rest later', async () => {
  const { published, failures, publisher, settle } = world(() => Promise.reject(new Error('no disk')));
  publisher.add([record(0)]);
  await settle();
  expect(failures).toEqual([new Error('no disk')]);
  await expect(publisher.flushed()).rejects.toThrow('no disk');
  expect(published).toEqual([]);
});
