/**
 * Calls of the system that fail inside giga, one after the other, and kills at each of them: giga says what is wrong, with the code
 * that the documentation names, the journal stays whole, and once the disk is mended the run comes to its end.
 */
import { describe, expect, test } from 'vitest';
import { examine } from './examine.ts';
import { type Finished, IS_TORTURE, makeChance, SEED, type Workplace } from './giga.ts';
import { inPeace } from './kills.ts';
import { type Disturb, type Life, liveOnce } from './life.ts';
import { buildPreload, environmentOf, type Fault, takeCalls } from './preload.ts';
import { MIXED } from './shapes.ts';

const library = buildPreload() ?? '';
if (library === '') console.log('SKIPPED: calls that fail, since there is no Linux with a C compiler here');
const POINTS = Number(process.env['GIGA_POINTS'] ?? (IS_TORTURE ? Number.POSITIVE_INFINITY : 60));
const LANES = 2;
/** Whoever takes longer goes in circles. */
const PATIENCE_MS = 60_000;
const HOWS: readonly Fault['how'][] = ['EIO', 'ENOSPC', 'KILL', 'EROFS', 'NOTHING', 'EDQUOT', 'EACCES'];

/** What giga may say of a disk, and how it ends then. */
const STOPPED = /RUN_DISK_(FULL|ERROR|READ_ONLY|FAILED)\b.*Could not /;
const REFUSED = /RUN_(STATE_UNWRITABLE|DISK_\w+)\b.*Could not [^]*Nothing was started/;
const FAILED = /STEP_(LOG_FAILED|ARTIFACTS_LOST|ONCE_\w+)\b/;

function faultyAt(fault: Fault, faulty: number, note: (end: Finished, calls: readonly string[]) => void): Disturb {
  return async (place, command, nth) => {
    if (nth < faulty) {
      const { finished } = await killedHalfway(place, command);
      return { finished, what: 'killed halfway: ' };
    }
    if (nth > faulty) return inPeace(place, command, nth);
    const env = { ...place.env, ...environmentOf(library, place, fault) };
    const { child, finished: end } = place.launch(process.execPath, [place.program, ...command], { env });
    const watchdog = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    const finished = await end;
    clearTimeout(watchdog);
    const { hit } = takeCalls(place);
    note(finished, hit);
    return { finished, what: `${fault.how} at ${hit[0]}${fault.times === 0 ? ' and from there on' : ''}: ` };
  };
}

async function killedHalfway(place: Workplace, command: readonly string[]): Promise<{ readonly finished: Finished }> {
  const { child, finished } = place.start(...command);
  let seen = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    seen += chunk.toString('latin1').split('\n').length - 1;
    if (seen > 12) child.kill('SIGKILL');
  });
  return { finished: await finished };
}

/** How the process that met the fault ended is one of the ways that are documented. */
function undocumented({ code, signal, stdout, stderr }: Finished, fault: Fault): string | null {
  if (/CLI_BUG|RUN_BUG|\n\s+at .*\(?(file:|node:|\/)/.test(stdout + stderr)) return `a bug: ${stdout + stderr}`;
  if (signal === 'SIGKILL') return fault.how === 'KILL' ? null : 'it did not come to an end';
  if (code === 0) return null; // what failed was not needed
  const said = stdout + stderr;
  if (code === 5) return STOPPED.test(said) ? null : `code 5, and no reason: ${said}`;
  if (code === 1) return REFUSED.test(said) || FAILED.test(said) ? null : `code 1, and no reason: ${said}`;
  return `code ${code}: ${said}`;
}

async function judge(life: Life, met: string | null): Promise<void> {
  const wrong = [...(met === null ? [] : [met]), ...(await examine(life, MIXED))];
  expect(wrong, `${life.place.folder}: ${life.story.join('; ')}`).toEqual([]);
  life.place.remove();
}

async function suffer(fault: Fault, faulty: number): Promise<boolean> {
  let met: string | null = null; // also where the run was over before
  let isHit = false;
  const disturb = faultyAt(fault, faulty, (end, calls) => {
    isHit = calls.length > 0;
    met = undocumented(end, fault);
  });
  // What failed because of the disk is tried again by a second resume: the first brings the rest of the run to its end.
  await judge(await liveOnce(MIXED, disturb, () => false), met);
  return isHit;
}

/** How many calls on the state folder an undisturbed run makes. */
async function countCalls(): Promise<number> {
  let count = 0;
  const nothing: Fault = { call: 'none', at: 1, times: 1, how: 'EIO' };
  const life = await liveOnce(MIXED, async (place, command) => {
    const env = { ...place.env, ...environmentOf(library, place, nothing) };
    const finished = await place.launch(process.execPath, [place.program, ...command], { env }).finished;
    count = takeCalls(place).all.length;
    return { finished, what: '' };
  });
  await judge(life, null);
  return count;
}

/** Every call, every way to fail, once or for good, in a first run or in a resume; so many of them, spread over all. */
function pointsOf(calls: number): readonly (readonly [Fault, number])[] {
  const chance = makeChance(SEED);
  const all = Array.from({ length: calls }, (_, n) => n + 1).flatMap((at) =>
    HOWS.flatMap((how) =>
      [1, 0].flatMap((times) => [0, 1].map((faulty) => [{ call: 'any', at, times, how }, faulty] as const)),
    ),
  );
  const stretch = all.length / Math.min(POINTS, all.length);
  return Array.from({ length: all.length / stretch }, (_, n) => {
    const index = Math.floor(n * stretch) + chance(Math.max(1, Math.floor(stretch)));
    return all[index] as (typeof all)[number]; // below the length
  });
}

describe.skipIf(library === '')('a call that fails', () => {
  test(`anywhere in a run (GIGA_SEED=${SEED})`, { timeout: 24 * 3_600_000 }, async () => {
    const calls = await countCalls();
    expect(calls).toBeGreaterThan(100);
    const points = [...pointsOf(calls)];
    let [hits, done] = [0, 0];
    const lane = async (): Promise<void> => {
      for (let point = points.pop(); point !== undefined; point = points.pop()) {
        if (await suffer(...point)) hits += 1;
        done += 1;
        if (IS_TORTURE && done % 50 === 0) console.log(`calls that fail: ${done}, ${points.length} to go`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    console.log(`calls that fail: ${done} of ${calls} calls, ${hits} were met`);
    expect(hits).toBeGreaterThan(done / 2);
  });
});
