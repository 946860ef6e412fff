/** Giga alone, against the floor of Node and against fixed targets: start, graphs, memory, durability, resume. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeCopies, writeGiga, writeItems } from '../graph.mjs';
import { measureInTurn, ratioOf } from '../measure.mjs';
import { contestantOf } from '../peers/index.mjs';
import { bareNode } from '../place.mjs';

const SET = 'set: { v: 1 }';
const TRUE = "run: 'true'";
const major = Number(process.versions.node.split('.')[0]);

export const targets = {
  async cold({ add, place, runs }) {
    const file = join(place.folder, 'one.yaml');
    writeFileSync(file, `steps:\n  one: { ${TRUE} }\n`);
    const results = await measureInTurn([bareNode, place.run(file)], runs * 5);
    const [one, floor] = [results.get('giga'), results.get(bareNode.name)];
    add('node -e 0', floor);
    const most = major < 24 ? 1.6 : 2.0;
    add('cold run of one step', one, { ...ratioOf(one, floor), most, unit: 'x', against: bareNode.name });
  },

  async graph({ add, place, runs }) {
    const file = writeGiga(place.folder, { shape: 'layered', steps: 10_000, action: TRUE });
    const validate = place.giga(['validate', file]);
    const first = (await measureInTurn([{ ...validate, before: place.forgetTexts }], runs)).get('giga');
    add('10,000-step graph ready, first time', first, { value: first.median, unit: 'ms' });
    add('  its memory', first, { value: first.peakMB, unit: 'MB', most: 120 });
    const again = (await measureInTurn([validate], runs)).get('giga');
    add('10,000-step graph ready, text seen before', again, { value: again.median, most: 300, unit: 'ms' });
    add('  its memory', again, { value: again.peakMB, most: 120, unit: 'MB' });
  },

  async inprocess({ add, place, runs, quick }) {
    const file = writeGiga(place.folder, { shape: 'fan', steps: 100_000, action: SET });
    const before = () => [place.forgetTexts(), place.forgetRuns()];
    const first = (await measureInTurn([place.run(file, { before })], quick ? 1 : 3, { isWarm: quick })).get('giga');
    add('100,000 set steps, first time', first, { value: first.median / 1000, unit: 's' });
    add('  its memory', first, { value: first.peakMB, unit: 'MB', most: 400 });
    const again = (await measureInTurn([place.run(file)], Math.min(runs, 3))).get('giga');
    add('100,000 set steps, text seen before', again, { value: again.median / 1000, most: 2, unit: 's' });
    add('  its memory', again, { value: again.peakMB, most: 400, unit: 'MB' });
    add('one in-process step, all included', again, { value: again.median / 100, most: 30, unit: 'us' });
  },

  /** What the journal costs a step: the same runs with a disk that takes nothing. */
  async durability({ add, place, runs }) {
    const preload = resolve('scripts/bench/without-journal.cjs');
    for (const [shape, most] of [
      ['fan', 40],
      ['chain', 120],
    ]) {
      const file = writeGiga(place.folder, { shape, steps: 1_000, action: TRUE });
      const pair = [place.run(file), place.run(file, { name: 'no journal', preload })];
      const results = await measureInTurn(pair, runs * 2);
      const [own, without] = [results.get('giga'), results.get('no journal')];
      const differences = own.all.map((ms, index) => ms - without.all[index]).toSorted((a, b) => a - b);
      const value = differences[differences.length >> 1]; // ms for 1,000 steps: us a step
      const quietest = own.min - without.min;
      add(`durability of a step, ${shape}`, own, { value, quietest, most, unit: 'us', against: 'no journal' });
    }
  },

  async resume({ add, place, runs }) {
    place.forgetRuns();
    const file = writeGiga(place.folder, { shape: 'fan', steps: 10_000, action: TRUE });
    await measureInTurn([place.run(file)], 1, { isWarm: true });
    const again = (await measureInTurn([place.giga(['resume'])], runs)).get('giga');
    add('resume of 10,000 finished steps', again, { value: again.median, most: 250, unit: 'ms' });
  },

  /** What a resume would do, of a run that was killed in its middle; and what a run would do. */
  async plan({ add, place, runs }) {
    place.forgetRuns();
    const file = join(place.folder, 'killed.yaml');
    await killInTheMiddle(place, file, 10_000);
    const own = [place.giga(['resume', '--plan'], { name: 'resume' }), place.giga(['plan', file], { name: 'plan' })];
    const results = await measureInTurn([bareNode, ...own], runs);
    const [resume, plan, floor] = ['resume', 'plan', bareNode.name].map((name) => results.get(name));
    const what = 'resume --plan of 10,000 steps, half of them done';
    add(what, resume, { value: resume.median, most: 400, unit: 'ms' });
    add('  its memory', resume, { value: resume.peakMB, most: 160, unit: 'MB' });
    add('  over the floor', resume, { ...ratioOf(resume, floor), unit: 'x', against: bareNode.name });
    add('plan of 10,000 steps, text seen before', plan, { value: plan.median, most: 400, unit: 'ms' });
  },

  /** The second run of steps whose results are all kept, beside make that has nothing to do for as many files. */
  async cached({ add, place, peers, runs }) {
    const file = writeCopies(place.folder, 1_000);
    const make = peers
      .filter(({ name }) => name === 'make')
      .map((peer) => contestantOf(peer, { shape: 'fan', steps: 1, command: 'true' }, place.folder))
      .map((one) => ({ ...one, args: ['-s', '-f', 'copies.mk'], options: { ...one.options, cwd: place.folder } }));
    place.forgetTexts();
    await measureInTurn([place.run(file), ...make], 1, { isWarm: true });
    const results = await measureInTurn([...make, place.run(file)], runs);
    const own = results.get('giga');
    add('cached second run of 1,000 steps', own, { value: own.median / 1000, most: 1, unit: 's' });
    if (make.length > 0)
      add('  beside make with nothing to do', own, {
        ...ratioOf(own, results.get('make')),
        unit: 'x',
        against: 'make',
      });
  },

  /** A fan-out beside as many steps that the file names: what an item costs over a step. */
  async items({ add, place, runs, quick }) {
    const count = quick ? 2_000 : 10_000;
    for (const [action, of] of [
      [SET, 'set items'],
      [TRUE, "items of run: 'true'"],
    ]) {
      const named = place.run(writeGiga(place.folder, { shape: 'fan', steps: count, action }), { name: 'steps' });
      const items = place.run(writeItems(place.folder, 'items.yaml', count, action), { name: 'items' });
      const results = await measureInTurn([named, items], Math.min(runs, 3));
      const ratio = ratioOf(results.get('items'), results.get('steps'));
      add(`${count} ${of}`, results.get('items'), { ...ratio, unit: 'x', against: 'as many steps of the file' });
    }
    const failing = failedItem(place, count);
    const again = (await measureInTurn([failing], 1, { isWarm: true })).get('giga');
    add(`resume of the one of ${count} items that failed`, again, { value: again.median, unit: 'ms' });
  },
};

/** The resume of a fan-out in which one item failed, whose cause is mended meanwhile. */
function failedItem(place, count) {
  const mended = join(place.folder, 'mended');
  const action = `run: 'test \${{ item }} != ${count / 2} || test -e mended'`;
  const first = place.giga(['run', writeItems(place.folder, 'failing.yaml', count, action)]);
  return place.giga(['resume', '--failed-items'], {
    before: () => {
      place.forgetRuns();
      rmSync(mended, { force: true });
      spawnSync(first.command, first.args, { ...first.options, stdio: 'ignore' });
      writeFileSync(mended, '');
    },
  });
}

/** Runs a fan and kills giga in the middle of it, as a machine that goes down would. */
async function killInTheMiddle(place, file, count) {
  const half = join(place.folder, 'half');
  const lines = Array.from(
    { length: count },
    (_, i) => `  s${i}: { run: '${i === count / 2 ? `: > ${half}` : 'true'}' }`,
  );
  writeFileSync(file, `concurrency: 8\nsteps:\n${lines.join('\n')}\n`);
  const { command, args, options } = place.run(file);
  const child = spawn(command, args, { ...options, stdio: 'ignore' });
  while (!existsSync(half)) await sleep(5);
  child.kill('SIGKILL');
  await once(child, 'exit');
}
