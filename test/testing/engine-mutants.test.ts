/** Planted bugs of the engine and the store: one line is changed, and the simulation must notice within 1,000 seeds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bundleSimulation, type Mutant, type Simulation } from './bundle.ts';

const MUTANTS: readonly Mutant[] = [
  {
    bug: 'it acts before it writes',
    file: 'engine/drive.ts',
    from: 'const records = journal.append(batch);',
    to: 'for (const effect of effects.splice(0)) act(effect); const records = journal.append(batch);',
  },
  {
    bug: 'it tells what is not on disk yet',
    file: 'engine/publish.ts',
    from: 'await journal.synced(group.at(-1)?.seq ?? -1);',
    to: 'await null;',
  },
  {
    bug: 'giga goes before all is told',
    file: 'engine/drive.ts',
    from: 'await publisher.flushed();',
    to: '',
  },
  {
    bug: 'a run that waits for people leaves its services behind',
    file: 'engine/drive.ts',
    from: "told(false);\n    performer.stopAll('paused');",
    to: 'told(false);',
  },
  {
    bug: 'nobody is stopped when the disk fails',
    file: 'engine/drive.ts',
    from: "told(false);\n    performer.stopAll('killed');",
    to: 'told(false);',
  },
  {
    bug: 'everything is answered twice',
    file: 'engine/perform.ts',
    from: 'if (event) parts.answer(event);',
    to: 'if (event) parts.answer(event), parts.answer(event);',
  },
  {
    bug: 'nothing is stopped',
    file: 'engine/perform.ts',
    from: "going.get(op)?.abort.abort((because ?? 'cancelled') satisfies StopReason);",
    to: '',
  },
  {
    bug: 'a lock is not given back',
    file: 'engine/perform.ts',
    from: 'parts.claims.release(op, done);',
    to: '',
  },
  {
    bug: 'an effect that must not happen twice does not wait for the disk',
    file: 'engine/perform.ts',
    from: 'if (work.guarded && !(await parts.durable())) return unstarted(work);',
    to: '',
  },
  {
    bug: 'what was cut off by a pause counts as cancelled',
    file: 'engine/perform.ts',
    from: "    case 'paused':\n    case 'killed':\n      return 'interrupted';",
    to: "    case 'paused':\n    case 'killed':\n      return 'cancelled';",
  },
  {
    bug: 'a writer does not look whether another one took the run',
    file: 'host/store/file/writer.ts',
    from: 'if (!this.#fence.isSuperseded()) return;',
    to: 'return;',
  },
  {
    bug: 'what was written during a sync is said to be on disk',
    file: 'host/store/file/writer.ts',
    from: 'this.#durableUpTo = upTo;',
    to: 'this.#durableUpTo = this.#seq;',
  },
  {
    bug: 'the name of a journal need not be on disk',
    file: 'host/store/file/writer.ts',
    from: 'allSettled([this.#disk.sync(this.#segment.fd), this.#segment.named])',
    to: 'allSettled([this.#disk.sync(this.#segment.fd)])',
  },
  {
    bug: 'a sync that failed is taken for one that went well',
    file: 'host/store/file/writer.ts',
    from: 'this.#refuseWaiters(error instanceof JournalFailure ? error : this.#failWith(error));\n        break;',
    to: 'if (error instanceof JournalFailure) {\n          this.#refuseWaiters(error);\n          break;\n        }',
  },
  {
    bug: 'an epoch is used again',
    file: 'host/store/file/lock.ts',
    from: 'return { ok: true, value: held.epoch + 1 };',
    to: 'return { ok: true, value: held.epoch };',
  },
  {
    bug: 'a holder that is alive is pushed out',
    file: 'host/store/file/lock.ts',
    from: "const mayTake = held.liveness === 'dead' || takeover;",
    to: 'const mayTake = true;',
  },
  {
    bug: 'what was not known to be on disk is not carried over',
    file: 'host/store/file/segments.ts',
    from: 'encode(records.slice(durable.seq + 1), header.crc)',
    to: 'encode(records.slice(records.length), header.crc)',
  },
  {
    bug: 'a segment gets its name before it is on disk',
    file: 'host/store/file/segments.ts',
    from: 'await allSettled([disk.sync(fd), ...names',
    to: 'await allSettled([...names',
  },
];

const SEEDS = 1_000;
const folder = mkdtempSync(join(tmpdir(), 'giga-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How many seeds it took, and what was found; null for nothing. */
async function firstViolation({ simulateSeed }: Simulation): Promise<string | null> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      const [violation] = (await simulateSeed(seed)).violations;
      if (violation !== undefined) return `seed ${seed}: ${violation.invariant}`;
    } catch (error) {
      return `seed ${seed}: ${String(error)}`;
    }
  }
  return null;
}

test('nothing is found where nothing is planted', async () => {
  expect(await firstViolation(await bundleSimulation(folder, 'none', null))).toBeNull();
});

test.each(MUTANTS.map((mutant, index) => [mutant.bug, mutant, index] as const))(
  'is found: %s',
  async (_, mutant, index) => {
    const found = await firstViolation(await bundleSimulation(folder, String(index), mutant));
    if (process.env.GIGA_STATS) console.log(`${mutant.bug}: ${found}`);
    expect(found).not.toBeNull();
  },
);
