/**
 * Lives random runs through on virtual machines (docs/simulation.md), from the sources as they are now:
 *
 *     npm run simulate -- [--seeds N] [--from SEED] [--seed ONE] [--jobs N]
 *
 * Prints how many seeds a second; of the first that breaks a rule what happened, made smaller, and ends with 1.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

/** After so many seeds whoever watches hears of it, and other work of the process has its turn. */
const SEEDS_AT_ONCE = 500;
const NUMBER = { type: 'string' };
const { values } = parseArgs({ options: { seeds: NUMBER, from: NUMBER, seed: NUMBER, jobs: NUMBER } });

if (process.env.GIGA_SIMULATION !== undefined) await work(JSON.parse(process.env.GIGA_SIMULATION));
else process.exitCode = await main();

async function main() {
  const one = values.seed === undefined ? null : Number(values.seed);
  const from = one ?? Number(values.from ?? 1);
  const count = one === null ? Number(values.seeds ?? 20_000) : 1;
  const jobs = Math.min(count, Number(values.jobs ?? availableParallelism()));
  const folder = mkdtempSync(join(tmpdir(), 'giga-simulate-'));
  const file = join(folder, 'testing.mjs');
  try {
    await bundle(file);
    const started = performance.now();
    const said = await Promise.all(
      Array.from({ length: jobs }, (_, job) => startJob({ file, from: from + job, to: from + count, by: jobs })),
    );
    const failed = said.flatMap(({ failures }) => failures).toSorted((a, b) => a.seed - b.seed)[0];
    const lived = said.reduce((sum, { done }) => sum + done, 0);
    const seconds = (performance.now() - started) / 1000;
    console.log(`${lived} seeds from ${from} in ${seconds.toFixed(1)} s: ${Math.round(lived / seconds)} a second`);
    if (failed === undefined) return 0;
    console.log(`\nseed ${failed.seed}: ${failed.text}\n\nagain: npm run simulate -- --seed ${failed.seed}`);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function bundle(outfile) {
  const entryPoints = ['src/testing/index.ts'];
  const define = { GIGA_VERSION: '"0.0.0-simulated"' };
  return build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', define, sourcemap: 'inline' });
}

/** One process of its own for each share of the seeds; the first failure of each ends it. */
function startJob(share) {
  const env = { ...process.env, GIGA_SIMULATION: JSON.stringify(share), NODE_OPTIONS: '--enable-source-maps' };
  const job = fork(fileURLToPath(import.meta.url), [], { env });
  const said = { done: 0, failures: [] };
  job.on('message', ({ done, failure }) => {
    said.done = done ?? said.done;
    if (failure !== undefined) said.failures.push(failure);
  });
  return new Promise((resolve, reject) =>
    job.on('exit', (code) => (code === 0 ? resolve(said) : reject(new Error(`a job ended with ${code}`)))),
  );
}

async function work({ file, from, to, by }) {
  const { shrinkLife, simulateSeed, tellFailure } = await import(pathToFileURL(file).href);
  let done = 0;
  for (let seed = from; seed < to; seed += by) {
    const failure = await failureOf(seed, simulateSeed, shrinkLife, tellFailure);
    done++;
    if (failure !== null) process.send({ failure });
    if (failure !== null) break;
    if (done % SEEDS_AT_ONCE === 0) await setImmediate(process.send({ done }));
  }
  process.send({ done });
  process.disconnect();
}

async function failureOf(seed, simulateSeed, shrinkLife, tellFailure) {
  try {
    const lived = await simulateSeed(seed);
    return lived.violations.length === 0 ? null : { seed, text: tellFailure(await shrinkLife(lived)) };
  } catch (error) {
    return { seed, text: error.stack };
  }
}
