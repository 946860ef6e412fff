/** `kill -9` of real runs at random moments: nothing that was told is lost, nothing finished runs twice, and resume always completes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeChance, makeWorkplace } from './giga.ts';

const POINTS = process.env['GIGA_TORTURE'] ? 200 : 20;
const SEED = Number(process.env['GIGA_SEED'] ?? Date.now() % 1_000_000_007);
const STEPS = 24;

/** Layers of four: each step leaves a line when it ends, so that a second execution shows. */
function workflow(): string {
  const lines = ['name: torture', 'concurrency: 4', 'steps:'];
  for (let i = 0; i < STEPS; i++) {
    const needs = i < 4 ? '' : `, needs: [s${i - 4}, s${i - (i % 4) - 1}]`;
    lines.push(`  s${i}: { run: 'sleep 0.0${1 + (i % 5)}; echo s${i} >> done.txt'${needs} }`);
  }
  return `${lines.join('\n')}\n`;
}

interface Told {
  readonly type: string;
  readonly seq: number;
  readonly node?: string;
  readonly result?: string;
}

test(`a run killed at ${POINTS} random moments (GIGA_SEED=${SEED})`, { timeout: 30 * 60_000 }, async () => {
  const chance = makeChance(SEED);
  console.log(`kill -9: ${POINTS} points, GIGA_SEED=${SEED}`);
  for (let point = 0; point < POINTS; point++) {
    const place = makeWorkplace();
    place.write('t.yaml', workflow());
    const { child, finished } = place.start('run', 't.yaml', '--json');
    await sleep(20 + chance(600));
    child.kill('SIGKILL');
    const before = await finished;
    const told = before.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Told); // the last piece may be torn
    const settled = told.filter((e) => e.type === 'step.settled' && e.result === 'succeeded');
    const done = settled.map((e) => e.node ?? '').filter((step) => step !== ''); // '' is the run itself
    if (told.length > 0) {
      const journal = new Set(place.journal().map((line) => (JSON.parse(line.slice(9)) as Told).seq));
      expect(
        told.filter((e) => !journal.has(e.seq)),
        `point ${point}: told, but not in the journal`,
      ).toEqual([]);
    }
    const after = told.length > 0 ? await place.run('resume', '--json') : await place.run('run', 't.yaml', '--json');
    expect(after, `point ${point}`).toMatchObject({ code: 0 });
    const ran = readFileSync(join(place.folder, 'done.txt'), 'utf8').trim().split('\n');
    const count = (step: string): number => ran.filter((line) => line === step).length;
    expect(
      done.filter((step) => count(step) !== 1),
      `point ${point}: finished steps that ran again`,
    ).toEqual([]);
    const missing = Array.from({ length: STEPS }, (_, i) => `s${i}`).filter((step) => count(step) === 0);
    expect(missing, `point ${point}: steps that never ran`).toEqual([]);
    expect(await place.run('verify'), `point ${point}: decisions that do not follow`).toMatchObject({ code: 0 });
    place.remove();
  }
});

/** Each script leaves its key, which names the step with its item and iteration. */
const LEAVE = 'sleep 0.02; echo "$GIGA_STEP_KEY" >> done.txt';
const FLOW = `
name: flow
concurrency: 4
env: { LEAVE: '${LEAVE}' }
steps:
  first: { run: 'eval "$LEAVE"' }
  items:
    needs: first
    for-each: { items: [a, b, c, d, e], max: 2 }
    steps: [{ id: one, run: 'eval "$LEAVE"' }, { id: two, run: 'eval "$LEAVE"' }]
  turns: { needs: first, loop: { max: 4 }, run: 'eval "$LEAVE"' }
  caught:
    needs: first
    try: [{ id: bad, run: exit 3 }]
    catch: [{ steps: [{ id: good, run: 'eval "$LEAVE"' }] }]
  race: { needs: first, race: { fast: { run: 'eval "$LEAVE"' }, slow: { run: sleep 20 } } }
  child: { needs: first, for-each: { items: [x, y] }, workflow: child.yaml }
  last: { needs: [items, turns, caught, race, child], run: 'eval "$LEAVE"' }
finally: [{ id: end, run: 'eval "$LEAVE"' }]
`;
const CHILD = `
env: { LEAVE: '${LEAVE}' }
steps: [{ id: one, run: 'eval "$LEAVE"' }, { id: two, run: 'eval "$LEAVE"' }]
finally: [{ id: end, run: 'eval "$LEAVE"' }]
`;
const PATHS = [
  'first',
  ...['a', 'b', 'c', 'd', 'e'].flatMap((item) => [`items[${item}]/one`, `items[${item}]/two`]),
  ...[1, 2, 3, 4].map((turn) => `turns#${turn}`),
  ...['x', 'y'].flatMap((item) => ['one', 'two', 'finally/end'].map((path) => `child[${item}]/${path}`)),
  'caught/catch/good',
  'race/fast',
  'last',
  'finally/end',
];

test(`items, iterations, parts and child workflows killed at ${POINTS / 2} random moments (GIGA_SEED=${SEED})`, {
  timeout: 30 * 60_000,
}, async () => {
  const chance = makeChance(SEED + 1);
  for (let point = 0; point < POINTS / 2; point++) {
    const place = makeWorkplace();
    place.write('t.yaml', FLOW);
    place.write('child.yaml', CHILD);
    const { child, finished } = place.start('run', 't.yaml', '--json');
    await sleep(60 + chance(700));
    child.kill('SIGKILL');
    const told = (await finished).stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Told); // the last piece may be torn
    const after = told.length > 0 ? await place.run('resume', '--json') : await place.run('run', 't.yaml', '--json');
    // The last record of all may have been told before the kill: then there is nothing to resume.
    expect(after, `point ${point}`).toMatchObject({ code: 0 });
    const ran = readFileSync(join(place.folder, 'done.txt'), 'utf8').trim().split('\n');
    const count = (path: string): number => ran.filter((key) => key.split('/').slice(1, -1).join('/') === path).length;
    const done = told.filter((e) => e.type === 'step.settled' && e.result === 'succeeded').map((e) => e.node ?? '');
    const again = done.filter((path) => PATHS.includes(path) && !path.startsWith('finally/') && count(path) !== 1);
    expect(again, `point ${point}: finished steps that ran again`).toEqual([]);
    expect(
      PATHS.filter((path) => count(path) === 0),
      `point ${point}: steps that never ran`,
    ).toEqual([]);
    expect(await place.run('verify'), `point ${point}: decisions that do not follow`).toMatchObject({ code: 0 });
    place.remove();
  }
});
