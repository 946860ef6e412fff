/** Random writers on a disk that loses what was not synced: what was acknowledged is there, and nothing is there that was never written. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digest } from '../../../src/core/json.ts';
import { JournalFailure, type JournalWriter } from '../../../src/core/ports.ts';
import type { Recorded } from '../../../src/core/run/event.ts';
import { createFileStore, type FileStore } from '../../../src/host/store/file/file-store.ts';
import type { Processes } from '../../../src/host/store/file/holder.ts';
import { type MemoryDisk, memoryDisk, type Numbers } from '../../../src/testing/memory-disk.ts';
import { sampleEvent } from '../../core/journal/sample.ts';

const RUN = 'r1';

/** One machine over several lives of giga. */
interface World {
  readonly chance: Numbers;
  readonly disk: MemoryDisk;
  /** Every record by its number, as its last writer wrote it. */
  written: Recorded[];
  /** The highest number that anybody was told is on disk. */
  acknowledged: number;
  life: number;
}

/** Processes are lives; only the present one lives. */
function processesOf(world: World, life: number): Processes {
  const holder = { pid: life, host: 'here', startTime: '1', boot: 'b', pidNamespace: 'n' };
  return { self: () => holder, liveness: ({ pid }) => (pid === world.life ? 'alive' : 'dead') };
}

function newLife(world: World): FileStore {
  world.life++;
  return createFileStore({
    folder: '/ws/.giga',
    clock: { wallMs: () => 1 },
    disk: world.disk,
    processes: processesOf(world, world.life),
  });
}

/** Appends some groups, and waits for some of them at once or all together in the end, until the disk refuses; a failure is final. */
async function work(world: World, writer: JournalWriter): Promise<void> {
  const waiting: Promise<void>[] = [];
  try {
    for (let round = world.chance(6); round > 0; round--) {
      const last = append(world, writer).at(-1)?.seq ?? -1;
      if (world.chance(3) > 0) waiting.push(acknowledge(world, writer, last));
      if (world.chance(2) === 0) await Promise.all(waiting);
      if (world.chance(8) === 0) world.disk.failSyncs(1);
    }
    await Promise.all(waiting);
  } catch (error) {
    await Promise.allSettled(waiting);
    if (!(error instanceof JournalFailure)) throw error;
    expect(() => writer.append([sampleEvent(0)])).toThrow(error);
    await expect(writer.synced(10_000)).rejects.toBe(error);
  }
}

function append(world: World, writer: JournalWriter): readonly Recorded[] {
  const first = world.written.length;
  const events = Array.from({ length: 1 + world.chance(4) }, (_, n) => sampleEvent(first + n, world.chance(120)));
  const { epoch, durableUpTo } = writer;
  const records = events.map((event, n): Recorded => ({ seq: first + n, epoch, at: 1, durableUpTo, ...event }));
  world.written.push(...records); // also when the disk refuses: some of it may have been written
  expect(writer.append(events)).toEqual(records);
  return records;
}

async function acknowledge(world: World, writer: JournalWriter, seq: number): Promise<void> {
  await writer.synced(seq);
  expect(writer.durableUpTo).toBeGreaterThanOrEqual(seq);
  world.acknowledged = Math.max(world.acknowledged, seq);
}

/** Another life opens the run, perhaps while the old writer still writes, perhaps with a crash in between. */
async function reopen(world: World, old: JournalWriter | null): Promise<JournalWriter> {
  let takeover = false;
  for (let attempt = 0; ; attempt++) {
    const store = newLife(world);
    world.disk.failSyncs(0);
    if (attempt < 3 && world.chance(3) === 0) world.disk.failAfter(world.chance(40));
    const late = old && attempt === 0 && world.chance(2) === 0 ? work(world, old) : Promise.resolve();
    const [opened]: [Awaited<ReturnType<FileStore['open']>>, void] = await Promise.all([
      store.open(RUN, { takeover }),
      late,
    ]);
    if (opened.ok) return take(world, opened.value.writer, opened.value.reading.records);
    const code: string | undefined = opened.diagnostics[0]?.code;
    expect(code).toMatch(/^(RUN_DISK_ERROR|RUN_HELD_ELSEWHERE)$/);
    takeover = code === 'RUN_HELD_ELSEWHERE'; // lost power can leave a lock that says nothing
    if (!takeover) end(world);
  }
}

function take(world: World, writer: JournalWriter, records: readonly Recorded[]): JournalWriter {
  expect(records.length).toBeGreaterThan(world.acknowledged);
  expect(records).toEqual(world.written.slice(0, records.length));
  expect(records.every(({ epoch }, n) => epoch >= (records[n - 1]?.epoch ?? 1) && epoch < writer.epoch)).toBe(true);
  world.written = [...records];
  world.acknowledged = records.length - 1; // whoever opened it knows them to be on disk
  expect(writer.durableUpTo).toBe(records.length - 1);
  return writer;
}

function end(world: World): void {
  if (world.chance(2) === 0) world.disk.kill();
  else world.disk.losePower();
}

async function closeOrFail(writer: JournalWriter): Promise<void> {
  try {
    await writer.close();
  } catch (error) {
    if (!(error instanceof JournalFailure)) throw error;
  }
}

/** Gives how many records the journal had in the end. */
async function live(chance: Numbers): Promise<number> {
  const world: World = { chance, disk: memoryDisk(chance), written: [], acknowledged: -1, life: 0 };
  const store = newLife(world);
  const created = await store.create(RUN);
  if (!created.ok) throw new Error('the first run must begin');
  let writer = created.value;
  append(world, writer);
  await acknowledge(world, writer, 0);
  for (let lives = 1 + chance(5); lives > 0; lives--) {
    if (chance(5) === 0) world.disk.failAfter(chance(30));
    await work(world, writer);
    const isClosed = chance(5) === 0;
    if (isClosed) await closeOrFail(writer);
    const stillRuns = chance(3) === 0;
    if (!stillRuns) end(world);
    writer = await reopen(world, isClosed ? null : writer);
    const seen = await store.read(RUN);
    expect(seen.ok && seen.value.records).toEqual(world.written);
  }
  return world.written.length;
}

test('acknowledged implies present, over crashes, lost power, failing disks and takeovers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(0x7fffffff)), async (numbers) => {
      expect(await live((below) => (below <= 1 ? 0 : numbers.next().value % below))).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});

/** How many operations an opening has at most. */
const OPENING = 20;

/**
 * A run with two acknowledged records; the process that opens it next dies after `first` operations, the one after that together
 * with the power after `second`. Of the names that were not synced those stay whose bit in `kept` is set. Gives what a last one reads.
 */
async function dieTwice(first: number, second: number, kept: number): Promise<string> {
  let names = 0;
  const chance: Numbers = (below) => (below === 2 ? 1 - ((kept >> (names++ % 8)) & 1) : below === 3 ? 1 : 0); // whole writes, no bytes kept
  const world: World = { chance, disk: memoryDisk(chance), written: [], acknowledged: -1, life: 0 };
  const created = await newLife(world).create(RUN);
  if (!created.ok) return 'not begun';
  created.value.append([sampleEvent(0), sampleEvent(1)]);
  await created.value.synced(1);
  world.disk.kill();
  world.disk.failAfter(first);
  await newLife(world).open(RUN);
  world.disk.kill();
  world.disk.failAfter(second);
  await newLife(world).open(RUN);
  world.disk.losePower();
  const reading = await newLife(world).read(RUN);
  if (!reading.ok) return 'not there';
  const errors = reading.value.diagnostics.filter(({ severity }) => severity === 'error');
  return errors[0]?.message ?? `${reading.value.records.length} acknowledged records`;
}

test('two processes that die at any operation of an opening, the second with the power, lose nothing that was acknowledged', async () => {
  const wrong = new Set<string>();
  for (let first = 0; first < OPENING; first++) {
    for (let second = 0; second < OPENING; second++) {
      for (const kept of [0, 0xff, 0xaa, 0x55, 0xcc, 0x33]) {
        const end = await dieTwice(first, second, kept);
        if (end !== '2 acknowledged records') wrong.add(`${first}, ${second}, ${kept.toString(2)}: ${end}`);
      }
    }
  }
  expect([...wrong]).toEqual([]);
});

test('a run that was acknowledged is there although the process that made the state folder died before it synced the name', async () => {
  const losing: Numbers = (below) => below - 1; // no name and no byte that was not synced is kept
  const world: World = { chance: losing, disk: memoryDisk(losing, ['/ws']), written: [], acknowledged: -1, life: 0 };
  world.disk.failAfter(6); // the folders of the state, and not one run
  expect((await newLife(world).create(RUN)).ok).toBe(false);
  world.disk.kill();
  const begun = await newLife(world).create(RUN);
  if (!begun.ok) throw new Error('the run must begin');
  begun.value.append([sampleEvent(0)]);
  await begun.value.synced(0);
  world.disk.losePower();
  const reading = await newLife(world).read(RUN);
  expect(reading.ok && reading.value.records.length).toBe(1);
});

test('a plan that was put is there after the power was lost', async () => {
  const losing: Numbers = (below) => below - 1;
  const world: World = { chance: losing, disk: memoryDisk(losing, ['/ws']), written: [], acknowledged: -1, life: 0 };
  const plan = { v: 1 };
  await newLife(world).putPlan(digest(plan), plan);
  await newLife(world).putPlan(digest(plan), plan); // also where it was there
  world.disk.losePower();
  expect(await newLife(world).getPlan(digest(plan))).toEqual(plan);
});
