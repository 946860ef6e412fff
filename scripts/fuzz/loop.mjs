/**
 * The process in which inputs are read. It is expected to die: before each input it writes down which one it is, so that
 * fuzz.mjs knows what hung or aborted it. What it finds it writes to stdout, a line of JSON each.
 *
 * Inputs are made from the seeds alone (`runs`: the same ones each time), or, guided, also from every input before that reached new
 * blocks of the program.
 */
import { ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { chanceFrom } from './chance.mjs';
import { watchCoverage } from './coverage.mjs';
import { mutate } from './mutate.mjs';

const { bundle, asked, seed, runs, seconds, limitMs, current, kept } = JSON.parse(
  readFileSync(process.argv[2], 'utf8'),
);
const isGuided = seconds !== undefined;
const coverage = isGuided ? watchCoverage(basename(bundle)) : null;
const { targets } = createRequire(import.meta.url)(bundle);
const currentFile = openSync(current, 'w');
/** How many inputs are read before it is asked what they reached: asking takes longer than reading. */
const BATCH = 32;
const REPORT_MS = 5_000;
const MAX_FINDINGS = 5;
/** Of the target at work. */
let target;
let words;
let chance;
let seen;
let found;
let done;

function tell(message) {
  writeSync(1, `${JSON.stringify(message)}\n`);
}

/** What is wrong with the reading of one input; null for nothing. */
async function problemOf(input) {
  const before = process.cpuUsage();
  try {
    const promise = target.run(input);
    if (promise !== undefined) await promise;
  } catch (error) {
    return { kind: error?.name ?? 'thrown', message: String(error?.stack ?? error).slice(0, 2_000) };
  }
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  // What is larger than a megabyte may take longer, in proportion.
  return cpuMs > limitMs * Math.max(1, input.length / 1e6)
    ? { kind: 'slow', message: `${Math.round(cpuMs)} ms of processor time` }
    : null;
}

function writeDown(input) {
  ftruncateSync(currentFile);
  writeSync(currentFile, input, 0, input.length, 0);
}

/** Where two findings are most likely one: the same kind of error from the same place. */
function whatIs({ kind, message }) {
  if (kind === 'slow') return kind;
  return `${kind} ${/\n\s+at [^\n]+/.exec(message)?.[0].trim() ?? message.slice(0, 60)}`;
}

async function read(input, label) {
  writeDown(input);
  done++;
  let problem = await problemOf(input);
  // A garbage collection, or the compiler, may have been what took the time.
  if (problem?.kind === 'slow') problem = await problemOf(input);
  if (problem === null || found.has(whatIs(problem)) || found.size >= MAX_FINDINGS) return;
  found.add(whatIs(problem));
  const small = await minimised(input, problem);
  tell({ finding: { ...problem, label, input: small.toString('base64') } });
}

/** Pieces are taken away, ever smaller ones, as long as the same goes wrong. */
async function minimised(input, problem) {
  let small = input;
  const deadline = performance.now() + 10_000;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < small.length && performance.now() < deadline; ) {
      const without = Buffer.concat([small.subarray(0, at), small.subarray(at + size)]);
      writeDown(without);
      const again = await problemOf(without);
      if (again !== null && whatIs(again) === whatIs(problem)) small = without;
      else at += size;
    }
  return small;
}

/** Whether something ran that had not run before. */
function isNew(keys) {
  let result = false;
  for (const key of keys)
    if (!seen.has(key)) {
      seen.add(key);
      result = true;
    }
  return result;
}

async function readBatch(batch, known) {
  for (const input of batch) await read(input);
  const isNewBlock = coverage.take().blocks.some((block) => !seen.has(-block));
  // How often something ran is looked at for some batches only.
  if (!isNewBlock && chance.below(8) > 0) return;
  for (const input of batch) {
    await problemOf(input);
    const { blocks, counts } = coverage.take();
    const isNewBlock = isNew(blocks.map((block) => -block));
    if (isNew(counts) || isNewBlock) keep(input, known);
  }
}

function keep(input, known) {
  known.push(input);
  if (kept) tell({ kept: input.toString('base64') });
}

async function guided(known) {
  const end = performance.now() + seconds * 1000;
  let reported = performance.now();
  await readBatch(known.slice(), []);
  while (performance.now() < end) {
    await readBatch(
      Array.from({ length: BATCH }, () => mutate(chance, known, words)),
      known,
    );
    if (performance.now() - reported < REPORT_MS) continue;
    reported = performance.now();
    report(known);
  }
  report(known);
}

function report(known) {
  tell({ progress: { done, blocks: seen.size, kept: known.length } });
}

async function fuzz(seeds) {
  for (const [label, make] of target.large) await read(Buffer.from(make()), label);
  coverage?.take();
  for (const input of seeds) await read(input);
  if (isGuided) await guided(seeds);
  else for (let left = runs; left > 0; left--) await read(mutate(chance, seeds, words));
}

for (const { name, inputs } of asked) {
  target = targets.find((one) => one.name === name);
  words = target.words.map((word) => Buffer.from(word));
  chance = chanceFrom(seed);
  [seen, found, done] = [new Set(), new Set(), 0];
  tell({ target: name });
  const before = process.cpuUsage();
  const given = inputs.map((input) => Buffer.from(input, 'base64'));
  await fuzz([...target.seeds.map((one) => Buffer.from(one)), ...given]);
  tell({ end: { done, cpuMs: Math.round(process.cpuUsage(before).user / 1000) } });
}
