/**
 * Counts that do not vary from run to run: bytes and files of what is built, what a start loads, system calls of a step. Each is
 * `{ value, where?, why }`: `where` names the surroundings that it holds for (Node, bash), `why` how to see what it is made of.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const program = resolve('dist/giga.cjs');
const NODE = `node ${process.versions.node.split('.')[0]}`;

/** All counts by name, and lines about what could not be counted here. */
export function countAll() {
  const folder = mkdtempSync(join(tmpdir(), 'giga-budget-'));
  try {
    const calls = countCalls(folder);
    return {
      counts: { ...countBytes(), ...countPackage(), ...countStart(folder), ...calls.counts },
      skipped: calls.skipped,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countBytes() {
  const why = 'npm run budget -- --why';
  const counts = {};
  for (const name of ['giga.cjs', 'command.js', 'language.js', 'rest.js', 'mcp.js', 'serve.js', 'claude.js'])
    counts[`bytes of dist/${name}`] = { value: statSync(`dist/${name}`).size, why };
  const library = ['dist/index.js', ...readdirSync('dist/chunks').map((name) => `dist/chunks/${name}`)];
  const total = library.reduce((sum, path) => sum + statSync(path).size, 0);
  counts['bytes of the library'] = { value: total, why };
  return counts;
}

function countPackage() {
  const quiet = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], quiet));
  // The types are one file for each file of src.
  const files = packed.files.filter(({ path }) => !path.startsWith('dist/types/'));
  return { 'files of the package, without types': { value: files.length, why: 'npm pack --dry-run --ignore-scripts' } };
}

/** Scripts of the bundle, and modules of Node's own beside those of `node -e 0`, that a start loads when the text was seen before. */
function countStart(folder) {
  const file = join(folder, 'one.yaml');
  writeFileSync(file, "steps:\n  one: { run: 'true' }\n");
  const starts = { 'giga --version': ['--version'], 'giga run': ['run', file, '--state', join(folder, 'state')] };
  const counts = {};
  for (const [name, args] of Object.entries(starts)) {
    startOnce(folder, args); // the text is compiled, and byte code kept
    // A machine that stands still for a moment makes a run last longer, which loads more: the least counts.
    const seen = Array.from({ length: 3 }, () => startOnce(folder, args));
    const why = `node --require ./scripts/budget/loaded.cjs dist/giga.cjs ${args[0]} …`;
    counts[`scripts loaded by ${name}`] = { value: Math.min(...seen.map(({ scripts }) => scripts.length)), why };
    const modules = Math.min(...seen.map(({ modules: all }) => all.length));
    counts[`modules of Node loaded by ${name}`] = { value: modules, where: NODE, why };
  }
  return counts;
}

function startOnce(folder, args) {
  const result = join(folder, 'loaded.json');
  const env = { ...process.env, GIGA_LOADED: result, XDG_CACHE_HOME: join(folder, 'cache') };
  mkdirSync(join(folder, 'cache'), { recursive: true });
  const preload = resolve('scripts/budget/loaded.cjs');
  execFileSync(process.execPath, ['--require', preload, program, ...args], { cwd: folder, env, stdio: 'ignore' });
  return JSON.parse(readFileSync(result, 'utf8'));
}

const STEPS = [100, 200];
/** Calls whose number depends on the program alone; reads, writes, waits and syncs depend on how work fell together. */
const STEADY = ['newfstatat', 'stat', 'lstat', 'rt_sigaction', 'rt_sigprocmask', 'ioctl', 'lseek', 'chdir'];
const FORKS = ['clone', 'clone3', 'fork', 'vfork'];

/** What a step runs, by what it is called in the budget: a shared shell does the first by itself. */
const COMMANDS = { 'a shell step': 'true', 'a step of one program': '/bin/true' };

/** System calls of a step: those of a fan of 200 over those of one of 100. */
function countCalls(folder) {
  const { status } = spawnSync('strace', ['-c', 'true'], { stdio: 'ignore' });
  if (status !== 0) return { counts: {}, skipped: ['system calls of a step: there is no strace that works'] };
  const counts = Object.entries(COMMANDS).map(([name, command]) => callsOf(folder, name, command));
  return { counts: Object.assign({}, ...counts), skipped: [] };
}

function callsOf(folder, name, command) {
  const [few, many] = STEPS.map((steps) => tracedFan(folder, steps, command));
  const each = (names) => {
    const sum = (calls) => names.reduce((total, call) => total + (calls.get(call) ?? 0), 0);
    return Math.round(((sum(many) - sum(few)) / (STEPS[1] - STEPS[0])) * 10) / 10;
  };
  const bash = /\d+\.\d+/.exec(spawnSync('bash', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[0] ?? 'none';
  const why = 'strace -f -c node dist/giga.cjs run …';
  return {
    [`processes started by ${name}`]: { value: each(FORKS), why },
    [`programs started by ${name}`]: { value: each(['execve']), why },
    [`steady system calls of ${name}`]: { value: each(STEADY), where: `${NODE}, bash ${bash}`, why },
  };
}

/** Calls by name. */
function tracedFan(folder, steps, command) {
  const file = join(folder, `fan-${steps}.yaml`);
  const lines = Array.from({ length: steps }, (_, index) => `  s${index}: { run: '${command}' }`);
  writeFileSync(file, `concurrency: 8\nsteps:\n${lines.join('\n')}\n`);
  const table = join(folder, 'strace');
  const run = [process.execPath, program, 'run', file, '--state', join(folder, 'state')];
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  execFileSync('strace', ['-f', '-c', '-o', table, ...run], { cwd: folder, env, stdio: 'ignore' });
  const rows = readFileSync(table, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return new Map(rows.filter((row) => /^\d+$/.test(row[3] ?? '')).map((row) => [row.at(-1), Number(row[3])]));
}
