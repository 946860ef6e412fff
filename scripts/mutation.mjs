/**
 * Mutates the core, folder by folder, and fails for a mutant that survives without a reason in `test/mutation/survivors.md`:
 * `npm run mutation [-- --mutate GLOB | --since REF] [--concurrency N]`. Knows nothing of how a mutant is made or run.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { globSync } from 'tinyglobby';
import { OPTIONS } from './mutation/options.mjs';
import { explained, isForTypes, written } from './mutation/survivors.mjs';

/** The least share of mutants that have to be killed, in percent, in each folder. */
const LEAST_SCORE = 90;
const KILLED = new Set(['Killed', 'Timeout', 'RuntimeError']);
const COUNTED = new Set([...KILLED, 'Survived', 'NoCoverage']);

/** A folder is held by tests of its own; where others are its best tests, they are named here. */
const TESTS = {
  'src/core': ['test/core/*.test.ts'],
  'src/core/expr': ['test/core/expr/**/*.test.ts', 'test/lang/expr/{check,parse}.test.ts'],
  'src/core/plan': [
    'test/core/plan/**/*.test.ts',
    'test/lang/compile/{approve-step,cache,children,edges,flow,http-step,plan,proof,wait}.test.ts',
  ],
  'src/core/run': ['test/core/run/!(linear|mutants).test.ts'],
};
const testsOf = (folder) => TESTS[folder] ?? [`test/core/${basename(folder)}/**/*.test.ts`];

const { values } = parseArgs({
  options: {
    mutate: { type: 'string', default: 'src/core/**/*.ts' },
    since: { type: 'string' },
    concurrency: { type: 'string', default: '2' },
  },
});

function filesToMutate() {
  const files = globSync(values.mutate, { expandDirectories: false }).filter((file) => file.startsWith('src/core/'));
  if (values.since === undefined) return files;
  const changed = execFileSync('git', ['diff', '--name-only', values.since, '--', 'src/core'], { encoding: 'utf8' });
  return files.filter((file) => changed.split('\n').includes(file));
}

/** `src/core/expr/functions/list.ts` belongs to `src/core/expr`, `src/core/json.ts` to `src/core`. */
const folderOf = (file) => dirname(file).split('/').slice(0, 3).join('/');

async function mutate(folder, files) {
  // Read by `bundle.mjs` and by the tests, which live few and always the same random lives here.
  Object.assign(process.env, { GIGA_MUTATION_TESTS: testsOf(folder).join(' '), GIGA_RUNS: '40', GIGA_SEED: '11' });
  const started = Date.now();
  const results = await new Stryker({
    ...OPTIONS,
    mutate: files,
    concurrency: Number(values.concurrency),
  }).runMutationTest();
  const mutants = results.filter(({ status }) => COUNTED.has(status)).map(asMutant);
  return { folder, mutants, seconds: Math.round((Date.now() - started) / 1_000) };
}

function asMutant({ fileName, location: { start, end }, replacement, status }) {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  lines.push(lines.pop().slice(0, end.column - 1));
  const original = [lines[0].slice(start.column - 1), ...lines.slice(1)].join('\n');
  return { file: relative('src/core', fileName), line: start.line, original, replacement, status };
}

function row({ folder, mutants, seconds }) {
  const count = (status) => mutants.filter((mutant) => mutant.status === status).length;
  const killed = mutants.filter(({ status }) => KILLED.has(status)).length;
  const score = mutants.length === 0 ? 100 : (100 * killed) / mutants.length;
  const survived = count('Survived');
  return {
    folder,
    mutants: mutants.length,
    killed,
    timeout: count('Timeout'),
    survived,
    'no coverage': count('NoCoverage'),
    score: score.toFixed(1),
    seconds,
  };
}

const files = filesToMutate();
const known = explained(readFileSync('test/mutation/survivors.md', 'utf8'));
const rows = [];
const alive = new Set();
let unexplained = 0;
mkdirSync('reports/mutation', { recursive: true });
for (const folder of new Set(files.map(folderOf))) {
  const result = await mutate(
    folder,
    files.filter((file) => folderOf(file) === folder),
  );
  const survivors = result.mutants.filter(({ status }) => !KILLED.has(status));
  const open = survivors.filter((mutant) => !known.has(written(mutant)) && !isForTypes(mutant));
  for (const mutant of survivors) alive.add(written(mutant));
  unexplained += open.length;
  rows.push(row(result));
  writeFileSync(`reports/mutation/${basename(folder)}.txt`, open.map((m) => `${m.line}\t${written(m)}\n`).join(''));
  for (const mutant of open) console.error(`survives unexplained, line ${mutant.line}: ${written(mutant)}`);
  console.log(rows.at(-1));
}
console.table(rows);

// What is explained, and does not survive any more, is no longer true.
const here = new Set(files.map((file) => relative('src/core', file)));
const stale = [...known].filter((line) => here.has(line.slice(0, line.indexOf(':'))) && !alive.has(line));
for (const line of stale) console.error(`explained, but killed: ${line}`);
const low = rows.filter(({ score }) => Number(score) < LEAST_SCORE);
for (const { folder, score } of low) console.error(`${folder}: ${score} % are killed, not ${LEAST_SCORE} %`);
process.exitCode = unexplained + stale.length + low.length > 0 ? 1 : 0;
