/** Giga beside other runners: one step, fans and chains of shell steps, and what is done twice when the runner is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeGiga } from '../graph.mjs';
import { measureInTurn, ratioOf } from '../measure.mjs';
import { contestantOf } from '../peers/index.mjs';
import { bareSpawn } from '../place.mjs';

/** A peer that needs longer for 1,000 steps is not asked for 10,000. */
const SLOW_MS = 2_500;
const COMMAND = 'true';

export const peers = {
  /** Wall time of one step, of 1,000 and of 10,000, memory, and from them what a step costs; the ratios to make and ninja gate. */
  async peers(bench) {
    const { add, quick } = bench;
    const one = await race(bench, { shape: 'fan', steps: 1 }, quick ? 3 : 9);
    const fan = await race(bench, { shape: 'fan', steps: 1_000 }, quick ? 3 : 7, [bareSpawn(1_000)]);
    compare(bench, 'fan of 1,000 shell steps', fan);
    const chain = await race(bench, { shape: 'chain', steps: 1_000 }, quick ? 3 : 7, [bareSpawn(1_000)]);
    compare(bench, 'chain of 1,000 shell steps', chain);
    const quickOnes = new Set([...fan].filter(([, { median }]) => median < SLOW_MS).map(([name]) => name));
    const big = await race(bench, { shape: 'fan', steps: 10_000 }, quick ? 1 : 3, [], quickOnes);
    for (const [runner, first] of one) {
      const slope = (many) => ((many.get(runner).median - first.median) / 999) * 1000;
      const cell = (column, value, unit) =>
        value !== undefined && add(`${runner}: ${column}`, null, { value, unit, runner, column });
      cell('1 step', first.median, 'ms');
      cell('fan 1,000', fan.get(runner).median, 'ms');
      cell('fan 10,000', big.get(runner)?.median, 'ms');
      if (chain.has(runner)) cell('chain 1,000', chain.get(runner).median, 'ms');
      cell('slope fan', slope(fan), 'us');
      if (chain.has(runner)) cell('slope chain', slope(chain), 'us');
      cell('memory', fan.get(runner).peakMB, 'MB');
    }
  },

  /** 1,000 times a program: without a shell, and as the text of a shell step. A shared shell runs `true` by itself, this it has to start. */
  async external({ add, place, peers: all, quick }) {
    const graph = { shape: 'fan', steps: 1_000, command: '/bin/true' };
    const others = all
      .filter(({ name }) => name === 'make' || name === 'ninja')
      .map((peer) => contestantOf(peer, graph, place.folder));
    const own = place.run(writeGiga(place.folder, { ...graph, action: 'run: [/bin/true]' }), { name: 'list' });
    const text = place.run(writeGiga(place.folder, graph), { name: 'text' });
    const results = await measureInTurn([...others, bareSpawn(1_000), own, text], quick ? 3 : 7);
    for (const { name } of [...others, bareSpawn(0)]) {
      const target = name === 'ninja' ? { most: 1 } : {};
      for (const [way, what] of Object.entries({
        list: '1,000 external commands',
        text: '1,000 programs in shell steps',
      })) {
        const ratio = ratioOf(results.get(way), results.get(name));
        add(what, results.get(way), { ...ratio, ...(way === 'list' ? target : {}), unit: 'x', against: name });
      }
    }
  },

  /** How many steps are done twice, or never, when a runner is killed in the middle of a fan and started again. */
  async killed({ add, place, peers: all, quick }) {
    const steps = 400;
    for (const peer of [null, ...all]) {
      const runner = peer?.name ?? 'giga';
      const found = [];
      try {
        for (let trial = 0; trial < (quick ? 2 : 5); trial++) found.push(await killOnce(place, peer, steps));
      } catch (error) {
        add(`${runner}: killed`, null, { text: `fails: ${reasonOf(error)}` });
        continue;
      }
      const [twice, never] = ['twice', 'never'].map((key) => Math.max(...found.map((one) => one[key])));
      const text = never > 0 ? `${never} never done` : '';
      add(`${runner}: killed`, null, { value: twice, unit: 'done twice', runner, column: 'after SIGKILL', text });
    }
  },
};

/** All contestants in turn; `only` names those that take part beside giga. A peer that cannot do it is left out, and said so. */
async function race({ place, peers: all, add }, graph, runs, more = [], only) {
  const own = place.run(writeGiga(place.folder, { ...graph, action: `run: '${COMMAND}'` }));
  const others = all
    .filter(({ name }) => only === undefined || only.has(name))
    .map((peer) => contestantOf(peer, { ...graph, command: COMMAND }, place.folder));
  const able = [];
  for (const other of others) {
    try {
      await measureInTurn([other], 1, { isWarm: true });
      able.push(other);
    } catch (error) {
      add(`${other.name}: ${graph.shape} ${graph.steps}`, null, { text: `fails: ${reasonOf(error)}` });
    }
  }
  return measureInTurn([...able, ...more, own], runs);
}

/** The end of what a command said before it failed. */
const reasonOf = (error) => String(error.message).trim().split('\n').slice(1).join(' ').slice(-60);

const TARGETS = { make: 0.8 };

function compare({ add }, what, results) {
  const own = results.get('giga');
  for (const [name, other] of results) {
    if (name === 'giga') continue;
    const most = TARGETS[name] === undefined ? {} : { most: TARGETS[name] };
    add(what, own, { ...ratioOf(own, other), ...most, unit: 'x', against: name });
  }
}

/** Each step writes its number at its end, so what stands there twice was done twice. */
async function killOnce(place, peer, steps) {
  const log = join(place.folder, 'killed.log');
  writeFileSync(log, '');
  const graph = { shape: 'fan', steps, stamps: true, command: (i) => `touch s${i}; echo ${i} >> ${log}` };
  const contestant = peer ? contestantOf(peer, graph, place.folder) : place.run(writeGiga(place.folder, graph));
  await contestant.before?.();
  const child = spawn(contestant.command, contestant.args, { ...contestant.options, stdio: 'ignore', detached: true });
  const ended = once(child, 'exit');
  while (child.exitCode === null && linesOf(log).length < steps / 2) await sleep(2);
  if (child.exitCode === null) process.kill(-Number(child.pid), 'SIGKILL');
  await ended;
  await quiet(log);
  const again = peer ? contestant : place.giga(['resume']);
  await measureInTurn([{ ...again, before: undefined }], 1, { isWarm: true });
  await quiet(log);
  if (!peer) place.forgetRuns();
  const done = linesOf(log);
  const distinct = new Set(done).size;
  for (let i = 0; i < steps; i++) rmSync(join(place.folder, `s${i}`), { force: true });
  return { twice: done.length - distinct, never: steps - distinct };
}

const linesOf = (log) => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []);

/** Until the steps that outlived their runner have written what they write. */
async function quiet(log) {
  for (let before = -1, now = linesOf(log).length; before !== now; before = now, now = linesOf(log).length)
    await sleep(100);
}
