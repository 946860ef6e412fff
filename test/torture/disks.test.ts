/** Disks that are full, become full at some moment, or cannot be written: what is said, with which code, and that the run goes on once there is room. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { examine } from './examine.ts';
import { type Finished, IS_TORTURE, makeChance, makeWorkplace, SEED, type Workplace } from './giga.ts';
import { inPeace } from './kills.ts';
import { liveOnce } from './life.ts';
import { MIXED } from './shapes.ts';

const POINTS = Number(process.env['GIGA_POINTS'] ?? (IS_TORTURE ? 300 : 12));
/** A run that does not end of a full disk waits for one that is not. */
const WAITS_MS = 20_000;
/** In blocks: enough for a whole run, and soon used up. */
const SIZE_BYTES = 1_000_000;

/** Puts a small disk at a folder; null where that is not allowed. */
function mountAt(folder: string, options: string): (() => void) | null {
  mkdirSync(folder, { recursive: true });
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'giga-torture', folder]).status !== 0) return null;
  return () => void spawnSync('umount', ['--lazy', folder]);
}

const trial = makeWorkplace();
const unmountTrial = mountAt(join(trial.folder, 'disk'), 'size=100k');
unmountTrial?.();
trial.remove();
if (unmountTrial === null) console.log('SKIPPED: full and read-only disks, since nothing can be mounted here');

const said = ({ stdout, stderr }: Finished): string => stdout + stderr;
const BUG = /CLI_BUG|RUN_BUG|\n\s+at .*\(?(file:|node:|\/)/;

let place: Workplace;
let unmount: (() => void) | null = null;
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(() => {
  unmount?.();
  unmount = null;
  place.remove();
});

const FINE = 'steps:\n  a: { run: \'echo a >> "$MARKS"\' }\n  b: { needs: a, run: \'echo b >> "$MARKS"\' }\n';

describe.skipIf(unmountTrial === null)('a small disk for the state', () => {
  test(`that is filled at ${POINTS} moments (GIGA_SEED=${SEED})`, { timeout: 24 * 3_600_000 }, async () => {
    const chance = makeChance(SEED);
    const codes = new Map<number | null, number>();
    for (let point = 0; point < POINTS; point++) {
      let release: (() => void) | null = null;
      const life = await liveOnce(
        MIXED,
        async (at, command, nth) => {
          const state = join(at.folder, '.giga');
          if (nth > 0) return inPeace(at, command, nth);
          release = mountAt(state, `size=${SIZE_BYTES}`);
          const lines = chance(40);
          const started = at.start(...command);
          const fill = (): void => fillUp(join(state, 'ballast'), chance(3) * 4096);
          if (lines === 0) fill();
          let seen = 0;
          started.child.stdout?.on('data', (chunk: Buffer) => {
            const before = seen;
            seen += chunk.toString('latin1').split('\n').length - 1;
            if (before < lines && seen >= lines) fill();
          });
          // Who waits for a name that the disk does not let it take goes on once there is room.
          const room = setTimeout(() => rmSync(join(state, 'ballast'), { force: true }), WAITS_MS);
          const finished = await started.finished;
          clearTimeout(room);
          rmSync(join(state, 'ballast'), { force: true });
          codes.set(finished.code, (codes.get(finished.code) ?? 0) + 1);
          expect(said(finished)).not.toMatch(BUG);
          if (finished.code === 5) expect(said(finished)).toMatch(/RUN_DISK_FULL\b[^]*no room left on the disk/);
          else if (finished.code !== 0)
            expect(said(finished)).toMatch(/RUN_(DISK_FULL|STATE_UNWRITABLE)\b[^]*no room left|STEP_\w+/); // a step may meet the full disk itself
          return { finished, what: `full after ${lines} lines: ` };
        },
        () => false,
      );
      const wrong = await examine(life, MIXED);
      (release as (() => void) | null)?.();
      expect(wrong, `GIGA_SEED=${SEED}, point ${point}, ${life.place.folder}: ${life.story.join('; ')}`).toEqual([]);
      life.place.remove();
    }
    console.log(`full disks: ${[...codes].map(([code, count]) => `${count} ended with ${code}`).join(', ')}`);
    expect(codes.get(5)).toBeGreaterThan(0);
  });

  test('that is full refuses a resume with 5, and changes nothing of the run', async () => {
    place.write('w.yaml', FINE.replace('echo b', 'test -e ready && echo b'));
    const state = join(place.folder, '.giga');
    unmount = mountAt(state, `size=${SIZE_BYTES}`);
    expect(await place.run('run', 'w.yaml')).toMatchObject({ code: 1 });
    place.write('ready', '');
    fillUp(join(state, 'ballast'), 0);
    const refused = await place.run('resume');
    expect(refused).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/error\[RUN_DISK_FULL\]: Could not .*no room left/),
    });
    expect(await place.run('runs', 'show')).toMatchObject({ code: 0, stdout: expect.stringContaining('failed') });
    expect(await place.run('runs', 'list')).toMatchObject({ code: 0 }); // the index cannot be written, and nobody needs it
    expect(await place.run('doctor')).toMatchObject({ code: 1, stdout: expect.stringContaining('ENOSPC') });
    rmSync(join(state, 'ballast'));
    expect(await place.run('resume')).toMatchObject({ code: 0 });
  });

  test('that is read-only refuses a run before its first step, and lets everything be read', async () => {
    place.write('w.yaml', FINE);
    const state = join(place.folder, '.giga');
    unmount = mountAt(state, `size=${SIZE_BYTES}`);
    expect(await place.run('run', 'w.yaml')).toMatchObject({ code: 0 });
    expect(spawnSync('mount', ['-o', 'remount,ro', state]).status).toBe(0);
    rmSync(place.marks);
    const refused = await place.run('run', 'w.yaml');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/RUN_STATE_UNWRITABLE.*read-only/) });
    expect(place.lines()).toEqual([]);
    for (const command of ['runs list', 'runs show', 'why a', 'logs a', 'runs events', 'verify', 'resume'])
      expect(await place.run(...command.split(' ')), command).toMatchObject({ code: 0 });
    expect(await place.run('resume', '--from', 'a')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('RUN_DISK_READ_ONLY'),
    });
    expect(await place.run('doctor')).toMatchObject({ code: 1, stdout: expect.stringContaining('EROFS') });
    expect(place.lines()).toEqual([]);
  });
});

/** Leaves `freeBytes` of the disk on which the file is. */
function fillUp(file: string, freeBytes: number): void {
  try {
    const { bavail, bsize } = statfsSync(join(file, '..'));
    writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes), 1));
  } catch {
    // Somebody else has just taken the rest of it.
  }
}

describe('a limit on the size of files', () => {
  const underLimit = (blocks: number, ...command: string[]) =>
    place.launch('bash', ['-c', `ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, place.program, ...command])
      .finished;

  test.each([32, 36])('stops a run whose journal meets it (%i KiB), and the resume goes on without', async (blocks) => {
    const steps = Array.from({ length: 60 }, (_, n) => `  s${n}: { set: { v: '\${{ inputs.x }}' } }`).join('\n');
    place.write('w.yaml', `inputs: { x: { type: string, default: ${'x'.repeat(600)} } }\nsteps:\n${steps}\n`);
    const stopped = await underLimit(blocks, 'run', 'w.yaml');
    expect(stopped).toMatchObject({
      signal: null,
      code: 5,
      stderr: expect.stringMatching(/RUN_DISK_FULL.*larger than is allowed/),
    });
    expect(await place.run('resume')).toMatchObject({ code: 0 });
  });

  test('kills a step that prints too much, and nothing else: the log keeps what fits', async () => {
    place.write(
      'w.yaml',
      'steps:\n  a: { run: \'head -c 3000000 /dev/zero | tr "\\\\0" x\', allow-failure: true }\n  b: { needs: a, run: \'echo b >> "$MARKS"\' }\n',
    );
    const ended = await underLimit(1024, 'run', 'w.yaml');
    expect(ended.signal).toBeNull();
    expect(said(ended)).not.toMatch(BUG);
    expect([0, 5]).toContain(ended.code);
    expect(await place.run('resume')).toMatchObject({ code: 0 });
  });
});
