/**
 * `npm run bench [-- --quick] [-- --only cold,fan] [-- --json FILE]`: measures giga against GNU make and ninja (where installed) in one run,
 * with `node -e 0` and a bare spawn as floor, and prints ratios beside times. Only ratios carry over to another machine.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeGiga, writeMake, writeNinja } from './graphs.mjs';
import { installed, measureInTurn } from './measure.mjs';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, json: { type: 'string' } },
});
const giga = resolve('dist/giga.cjs');
const folder = mkdtempSync(join(tmpdir(), 'giga-bench-'));
const runs = flags.quick ? 3 : 7;
const rows = [];

const state = join(folder, 'state');
function forgetRuns() {
  const runs = join(state, 'runs');
  for (const run of existsSync(runs) ? readdirSync(runs) : []) rmSync(join(runs, run), { recursive: true });
}
const runGiga = (file, ...more) => ({
  name: 'giga',
  command: process.execPath,
  args: [giga, 'run', file, '--state', state, ...more],
  options: { cwd: folder, stdio: 'ignore' },
  before: forgetRuns,
});

function report(what, results, against, target) {
  const giga = results.get('giga');
  const peer = results.get(against);
  const ratio = peer ? giga.median / peer.median : null;
  rows.push({ what, giga, against, peer, ratio, target });
  const peerText = peer ? `${against} ${peer.median.toFixed(0)} ms   ratio ${ratio.toFixed(2)}` : '';
  console.log(
    `${what.padEnd(44)} giga ${giga.median.toFixed(0).padStart(6)} ms (${giga.min.toFixed(0)}-${giga.max.toFixed(0)}, ${giga.peakMB.toFixed(0)} MB)   ${peerText}${target ? `   target ${target}` : ''}`,
  );
  return giga.median;
}

const node = { name: 'node -e 0', command: process.execPath, args: ['-e', '0'] };
const make = (file) => ({ name: 'make', command: 'make', args: ['-s', '-j8', '-f', file] });
const ninja = (file) => ({
  name: 'ninja',
  command: 'ninja',
  args: ['--quiet', '-j8', '-f', file],
  options: { cwd: folder, stdio: 'ignore' },
  before: () => rmSync(join(folder, '.ninja_log'), { force: true }),
});

const suites = {
  async cold() {
    writeFileSync(join(folder, 'one.yaml'), "steps:\n  one: { run: 'true' }\n");
    const results = await measureInTurn([node, runGiga(join(folder, 'one.yaml'))], runs * 3);
    report('cold run of one step', results, 'node -e 0', '<= 1.6 (Node 20), 2.0 (24)');
  },
  async fan() {
    await againstPeers('fan', 1_000, "run: 'true'", 'true;', '<= 0.8 of make');
  },
  async chain() {
    await againstPeers('chain', 1_000, "run: 'true'", 'true;', '<= 0.8 of make');
  },
  async external() {
    await againstPeers('fan', 1_000, 'run: /bin/true', '/bin/true', '<= 1.0 of ninja', 'ninja');
  },
  async growth() {
    for (const [action, sizes] of [
      ['set: { v: 1 }', [1_000, 10_000, 100_000]],
      ["run: 'true'", [1_000, 10_000]],
    ]) {
      for (const shape of ['chain', 'fan', 'layered']) {
        let before = null;
        for (const steps of sizes) {
          const file = writeGiga(folder, shape, steps, action);
          const results = await measureInTurn([runGiga(file)], steps >= 10_000 ? 2 : runs);
          const now = report(`${steps} x ${action} (${shape})`, results, null);
          if (before !== null)
            console.log(`${''.padEnd(44)} growth ${(now / before).toFixed(1)} x per decade   target <= 11`);
          before = now;
        }
      }
    }
  },
  async graph() {
    const file = writeGiga(folder, 'layered', 10_000, "run: 'true'");
    const validate = {
      name: 'giga',
      command: process.execPath,
      args: [giga, 'validate', file, '--state', state],
      options: { cwd: folder, stdio: 'ignore' },
    };
    report(
      '10,000-step graph ready, first time',
      await measureInTurn(
        [{ ...validate, before: () => rmSync(join(state, 'cache'), { recursive: true, force: true }) }],
        runs,
      ),
      null,
    );
    report(
      '10,000-step graph ready, text seen before',
      await measureInTurn([validate], runs),
      null,
      '<= 300 ms, 120 MB',
    );
  },
  async resume() {
    const file = writeGiga(folder, 'fan', 10_000, "run: 'true'");
    await measureInTurn([runGiga(file)], 1);
    const again = { ...runGiga(file), args: [giga, 'resume', '--state', state], before: undefined };
    report('resume of 10,000 finished steps', await measureInTurn([again], runs), null, '<= 250 ms');
  },
};

async function againstPeers(shape, steps, action, command, target, against = 'make') {
  const peers = [
    installed('make') && make(writeMake(folder, shape, steps, command)),
    installed('ninja') && ninja(writeNinja(folder, shape, steps, command)),
  ].filter(Boolean);
  const results = await measureInTurn([...peers, runGiga(writeGiga(folder, shape, steps, action))], runs);
  report(`${shape} of ${steps}: ${action}`, results, against, target);
  for (const peer of peers.filter(({ name }) => name !== against))
    report(`  the same against ${peer.name}`, results, peer.name);
}

console.log(
  `node ${process.version} · ${cpus().length} x ${cpus()[0]?.model} · ${(totalmem() / 2 ** 30).toFixed(0)} GB · medians of ${runs}\n`,
);
try {
  for (const [name, suite] of Object.entries(suites))
    if (!flags.only || flags.only.split(',').includes(name)) await suite();
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ node: process.version, rows }, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
