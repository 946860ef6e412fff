/**
 * `npm run bench [-- --quick] [-- --only cold,fan] [-- --json FILE]`: measures giga against GNU make and ninja (where installed) in one run,
 * with `node -e 0` and a bare spawn as floor, and prints ratios beside times. Only ratios carry over to another machine.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeCopies, writeGiga, writeMake, writeNinja } from './graphs.mjs';
import { isInstalled, measureInTurn, pairedRatio } from './measure.mjs';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, json: { type: 'string' } },
});
const program = resolve('dist/giga.cjs');
const folder = mkdtempSync(join(tmpdir(), 'giga-bench-'));
const state = join(folder, 'state');
mkdirSync(state); // without one, `giga validate` would remember nothing
const inFolder = { cwd: folder, env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache'), MAKEFLAGS: '' } };
const runs = flags.quick ? 3 : 7;
const major = Number(process.versions.node.split('.')[0]);
const rows = [];

/**
 * Prints and keeps one line. `value` is what the target `{ most, unit, text? }` is about; without a target it only informs.
 * `quietest` is the ratio of the fastest runs of both, which a busy machine disturbs least.
 */
function report(what, result, value, { most, unit, against, text, quietest } = {}) {
  rows.push({
    what,
    value,
    quietest,
    unit,
    most,
    against,
    reached: most === undefined ? null : value <= most,
    ...result,
  });
  const times = `${result.median.toFixed(0).padStart(6)} ms (${result.min.toFixed(0)}-${result.max.toFixed(0)})`;
  const memory = `${result.peakMB.toFixed(0).padStart(4)} MB`;
  const best = quietest === undefined ? '' : ` (${quietest.toFixed(2)})`;
  const figure = value === undefined ? '' : `${value.toFixed(2)}${best} ${unit}${against ? ` ${against}` : ''}`;
  const target = most === undefined ? (text ?? '') : `target <= ${most}   ${value <= most ? 'reached' : 'MISSED'}`;
  console.log(`${what.padEnd(46)}${times.padEnd(24)}${memory}   ${figure.padEnd(32)}${target}`);
}

function forgetRuns() {
  const all = join(state, 'runs');
  for (const run of existsSync(all) ? readdirSync(all) : []) rmSync(join(all, run), { recursive: true });
}
const forgetTexts = () => rmSync(join(state, 'cache'), { recursive: true, force: true });

const giga = (args, before) => ({
  name: 'giga',
  command: process.execPath,
  args: [program, ...args, '--state', state],
  options: inFolder,
  before,
});
const runGiga = (file) => giga(['run', file], forgetRuns);
const node = { name: 'node -e 0', command: process.execPath, args: ['-e', '0'] };
const make = (file) => ({ name: 'make', command: 'make', args: ['-s', '-j8', '-f', file], options: inFolder });
const ninja = (file) => ({
  name: 'ninja',
  command: 'ninja',
  args: ['--quiet', '-j8', '-f', file],
  options: inFolder,
  before: () => rmSync(join(folder, '.ninja_log'), { force: true }),
});
const spawnFloor = (count) => ({
  name: 'bare spawn',
  command: process.execPath,
  args: [resolve('scripts/bench/spawn-floor.mjs'), String(count), '8'],
});

const SET = 'set: { v: 1 }';
const TRUE = "run: 'true'";

const suites = {
  async cold() {
    const file = join(folder, 'one.yaml');
    writeFileSync(file, `steps:\n  one: { ${TRUE} }\n`);
    const results = await measureInTurn([node, runGiga(file)], runs * 5);
    const [one, floor] = [results.get('giga'), results.get('node -e 0')];
    report('node -e 0', floor);
    const most = major < 24 ? 1.6 : 2.0;
    const quietest = one.min / floor.min;
    report('cold run of one step', one, pairedRatio(one, floor), { most, quietest, unit: 'x', against: 'node -e 0' });
  },
  fan: () => againstPeers('fan', TRUE, 'true;', 'make', 'target later: 0.8'),
  chain: () => againstPeers('chain', TRUE, 'true;', 'make', 'target later: 0.8'),
  external: () => againstPeers('fan', 'run: [/bin/true]', '/bin/true', 'ninja', 'target later: 1.0'),
  async growth() {
    for (const [action, sizes] of [
      [SET, [1_000, 10_000, 100_000]],
      [TRUE, [1_000, 10_000]],
    ]) {
      for (const shape of ['chain', 'fan', 'layered']) await growthOf(shape, action, sizes);
    }
  },
  async graph() {
    const file = writeGiga(folder, 'layered', 10_000, TRUE);
    const first = await measureInTurn([giga(['validate', file], forgetTexts)], runs);
    report('10,000-step graph ready, first time', first.get('giga'));
    const again = (await measureInTurn([giga(['validate', file])], runs)).get('giga');
    report('10,000-step graph ready, text seen before', again, again.median, { most: 300, unit: 'ms' });
    report('  its memory', again, again.peakMB, { most: 120, unit: 'MB' });
  },
  async inprocess() {
    const file = writeGiga(folder, 'fan', 100_000, SET);
    const first = await measureInTurn([giga(['run', file], () => [forgetTexts(), forgetRuns()])], 1);
    report('100,000 set steps, first time', first.get('giga'));
    const again = (await measureInTurn([runGiga(file)], Math.min(runs, 3))).get('giga');
    report('100,000 set steps, text seen before', again, again.median / 1000, { most: 2, unit: 's' });
    report('  its memory', again, again.peakMB, { most: 400, unit: 'MB' });
    report('  one in-process step', again, again.median / 100, { unit: 'us', text: 'target later: 30' });
  },
  /** A fan-out beside as many steps that the file names: what an item costs over a step. */
  async items() {
    const count = 10_000;
    for (const [action, of] of [
      [SET, 'set items'],
      [TRUE, "items of run: 'true'"],
    ]) {
      const named = { ...runGiga(writeGiga(folder, 'fan', count, action)), name: 'steps' };
      const items = { ...runGiga(writeItems('items.yaml', count, action)), name: 'items' };
      const results = await measureInTurn([named, items], Math.min(runs, 3));
      const own = results.get('items');
      const ratio = pairedRatio(own, results.get('steps'));
      report(`${count} ${of}`, own, ratio, { unit: 'x', against: `${count} steps of the file` });
    }
    const file = writeItems('failing.yaml', count, "run: 'test ${{ item }} != 5000 || test -e mended'");
    const failOnce = () => {
      forgetRuns();
      rmSync(join(folder, 'mended'), { force: true });
      spawnSync(process.execPath, [program, 'run', file, '--state', state], { ...inFolder, stdio: 'ignore' });
      writeFileSync(join(folder, 'mended'), '');
    };
    const again = (await measureInTurn([giga(['resume', '--failed-items'], failOnce)], 1)).get('giga');
    report(`resume of the one of ${count} items that failed`, again);
  },
  /** The second run of steps whose results are all kept, beside make that has nothing to do for as many files. */
  async cached() {
    const count = 1_000;
    const file = writeCopies(folder, count);
    const peers = isInstalled('make')
      ? [{ name: 'make', command: 'make', args: ['-s', '-f', 'copies.mk'], options: inFolder }]
      : [];
    forgetTexts();
    await measureInTurn([runGiga(file), ...peers], 1);
    const results = await measureInTurn([...peers, runGiga(file)], runs);
    const own = results.get('giga');
    const ratio = peers.length > 0 ? pairedRatio(own, results.get('make')) : undefined;
    const quietest = peers.length > 0 ? own.min / results.get('make').min : undefined;
    report(`cached second run of ${count} steps`, own, own.median / 1000, { most: 1, unit: 's' });
    if (ratio !== undefined)
      report('  beside make with nothing to do', own, ratio, { unit: 'x', quietest, against: 'make' });
    report('  one cached step, all included', own, own.median, { unit: 'us' });
  },
  async resume() {
    forgetRuns();
    const file = writeGiga(folder, 'fan', 10_000, TRUE);
    await measureInTurn([runGiga(file)], 1);
    const again = (await measureInTurn([giga(['resume'])], runs)).get('giga');
    report('resume of 10,000 finished steps', again, again.median, { most: 250, unit: 'ms' });
  },
  /** What a resume would do, of a run that was killed in its middle; and what a run would do. */
  async plan() {
    forgetRuns();
    const file = join(folder, 'killed.yaml');
    await killInTheMiddle(file, 10_000);
    const results = await measureInTurn(
      [node, { ...giga(['resume', '--plan']), name: 'resume' }, giga(['plan', file])],
      runs,
    );
    const floor = results.get('node -e 0');
    const resume = results.get('resume');
    const quietest = resume.min / floor.min;
    report('node -e 0', floor);
    report('resume --plan of 10,000 steps, half of them done', resume, resume.median, { most: 400, unit: 'ms' });
    report('  its memory', resume, resume.peakMB, { most: 160, unit: 'MB' });
    report('  over the floor', resume, pairedRatio(resume, floor), { quietest, unit: 'x', against: 'node -e 0' });
    report('plan of 10,000 steps, text seen before', results.get('giga'), results.get('giga').median, {
      most: 400,
      unit: 'ms',
    });
  },
};

/** Runs a fan and kills giga in the middle of it, as a machine that goes down would. */
async function killInTheMiddle(file, count) {
  const half = join(folder, 'half');
  const lines = Array.from(
    { length: count },
    (_, i) => `  s${i}: { run: '${i === count / 2 ? `: > ${half}` : 'true'}' }`,
  );
  writeFileSync(file, `concurrency: 8\nsteps:\n${lines.join('\n')}\n`);
  const child = spawn(process.execPath, [program, 'run', file, '--state', state], { ...inFolder, stdio: 'ignore' });
  while (!existsSync(half)) await sleep(5);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function writeItems(name, count, action) {
  const file = join(folder, name);
  const list = `[${Array.from({ length: count }, (_, index) => index).join(',')}]`;
  writeFileSync(file, `steps:\n  one: { for-each: { items: ${list}, fail-fast: false, max: 64 }, ${action} }\n`);
  return file;
}

async function againstPeers(shape, action, command, against, text) {
  const steps = 1_000;
  const peers = [
    isInstalled('make') && make(writeMake(folder, shape, steps, command)),
    isInstalled('ninja') && ninja(writeNinja(folder, shape, steps, command)),
    spawnFloor(steps),
  ].filter(Boolean);
  const results = await measureInTurn([...peers, runGiga(writeGiga(folder, shape, steps, action))], runs);
  const own = results.get('giga');
  for (const { name } of peers) {
    const ratio = pairedRatio(own, results.get(name));
    report(`${shape} of ${steps}: ${action}`, own, ratio, {
      unit: 'x',
      quietest: own.min / results.get(name).min,
      against: name,
      text: name === against ? text : '',
    });
  }
}

async function growthOf(shape, action, sizes) {
  let before;
  for (const steps of sizes) {
    const results = await measureInTurn([runGiga(writeGiga(folder, shape, steps, action))], steps >= 10_000 ? 2 : runs);
    const now = results.get('giga');
    const target = before ? { most: 11, unit: 'x', against: 'per decade' } : {};
    report(`${steps} x ${action} (${shape})`, now, before ? now.median / before.median : undefined, target);
    before = now;
  }
}

const machine = `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${(totalmem() / 2 ** 30).toFixed(0)} GB`;
console.log(`${machine}, load ${loadavg()[0].toFixed(1)}, medians of ${runs} and more\n`);
try {
  for (const [name, suite] of Object.entries(suites))
    if (!flags.only || flags.only.split(',').includes(name)) await suite();
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ machine, load: loadavg()[0], rows }, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
