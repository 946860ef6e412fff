/** The migration of the examples, against a real file database: killed at 50 random moments, and started as a second run, it is applied exactly once. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorkplace, type Workplace } from '../cli/giga.ts';

const FILE = 'workflows/examples/migration.yaml';
const TOOL = 'workflows/examples/migration/database.mjs';
const POINTS = 50;
const SEED = Number(process.env['GIGA_SEED'] ?? Date.now() % 1_000_000_007);
/** How long the migration takes on each side of its one write. */
const SLOWLY = '40';

const places: Workplace[] = [];
beforeAll(() => openWorkplace().remove()); // builds
afterAll(() => {
  for (const place of places) place.remove();
});

function open(): Workplace {
  const place = openWorkplace({ SLOWLY });
  places.push(place);
  mkdirSync(join(place.folder, 'workflows/examples/migration'), { recursive: true });
  for (const file of [FILE, TOOL]) copyFileSync(file, join(place.folder, file));
  return place;
}

/** Evenly spread, the same for the same seed. */
function chanceOf(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A run that is killed, and its steps not: they go on by themselves. */
async function killedRun(place: Workplace, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [place.program, 'run', FILE], {
    cwd: place.folder,
    env: place.env,
    stdio: 'ignore',
  });
  const gone = new Promise((done) => child.once('close', done));
  await pause(afterMs);
  child.kill('SIGKILL');
  await gone;
}

function runsOf({ folder }: Workplace): readonly string[] {
  const runs = join(folder, '.giga/runs');
  const entries = (path: string): readonly string[] => (existsSync(path) ? readdirSync(path) : []);
  return entries(runs).filter((run) => entries(join(runs, run, 'journal')).length > 0); // it may be killed before each of them
}

interface Database {
  readonly accounts: Readonly<Record<string, number>>;
  readonly migrations: readonly string[];
}
const ONCE: Database = { accounts: { ann: 1_200, bob: 3_000 }, migrations: ['cents'] };
const databaseOf = ({ folder }: Workplace): Database =>
  JSON.parse(readFileSync(join(folder, 'out/accounts.json'), 'utf8')) as Database; // the tool writes nothing else

async function point(afterMs: number, isSecondFirst: boolean): Promise<Database> {
  const place = open();
  await killedRun(place, afterMs);
  const killed = runsOf(place);
  // In doubt, or held by nobody: a second run applies nothing that the first may have applied.
  if (isSecondFirst) await place.giga('run', FILE);
  for (const run of killed) {
    const { code, err } = await place.giga('resume', run);
    expect([0, 1].includes(code ?? -1), err).toBe(true); // 1: nothing was ever begun
  }
  const last = await place.giga('run', FILE);
  expect(last.code, `${last.err}\n${(await place.giga('runs', 'list')).out}`).toBe(0);
  const again = await place.giga('run', FILE);
  expect(again.err).toContain('migrate kept once · done by run');
  const found = databaseOf(place);
  place.remove();
  return found;
}

test('a second run applies nothing, and says who did', async () => {
  const place = open();
  expect((await place.giga('run', FILE)).err).toContain('output sum = 4200');
  const second = await place.giga('run', FILE);
  expect([second.code, second.err]).toEqual([0, expect.stringContaining('migrate kept once · done by run')]);
  expect(databaseOf(place)).toEqual(ONCE);
});

test(`killed at ${POINTS} random moments it is applied exactly once (GIGA_SEED=${SEED})`, {
  timeout: 10 * 60_000,
}, async () => {
  const chance = chanceOf(SEED);
  const points = Array.from({ length: POINTS }, () => ({ afterMs: 60 + chance(400), isSecondFirst: chance(2) === 0 }));
  const work = async (): Promise<void> => {
    for (let next = points.shift(); next !== undefined; next = points.shift())
      expect(await point(next.afterMs, next.isSecondFirst), `GIGA_SEED=${SEED}: ${JSON.stringify(next)}`).toEqual(ONCE);
  };
  await Promise.all([work(), work()]);
});
