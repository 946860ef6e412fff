/**
 * `npm run fuzz -- [--target NAME]… (--seconds N | --runs N) [--seed N] [--kept FOLDER] [--findings FOLDER]`: gives hostile texts to everything that
 * reads texts from outside (test/fuzz/targets.ts). Every input must be read or refused within the limit of processor time; an error that
 * is no diagnostic, an abort and a hang are findings, written as files and told with the command that tries them again.
 *
 * With `--seconds` the search is guided by coverage (docs/adr/0045), and `--kept` remembers what it found worth keeping. With `--runs`
 * the inputs are the same each time. `--input FILE` only tries one.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import * as esbuild from 'esbuild';

const { values: flags } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string' },
    kept: { type: 'string' },
    findings: { type: 'string', default: 'fuzz-findings' },
    input: { type: 'string' },
    'limit-ms': { type: 'string', default: '1000' },
    'hang-ms': { type: 'string', default: '120000' },
    targets: { type: 'string', default: 'test/fuzz/targets.ts' },
  },
});
/** Nothing that is read takes so long on the busiest machine: the process is ended, and its input is a finding. */
const HANG_MS = Number(flags['hang-ms']);
const MEMORY_MB = 2_048;

const folder = mkdtempSync(join(tmpdir(), 'giga-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const bundle = join(folder, 'fuzz-targets.cjs');
await esbuild.build({
  entryPoints: [flags.targets],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  logLevel: 'error',
  define: { GIGA_VERSION: '"fuzz"', 'import.meta.url': '__filename', 'import.meta.dirname': '__dirname' },
});
const { targets } = createRequire(import.meta.url)(bundle);
const chosen = flags.target ?? targets.map(({ name }) => name);
const strange = chosen.filter((name) => !targets.some((one) => one.name === name));
if (strange.length > 0) {
  console.error(`No target is called ${strange.join(', ')}. There are: ${targets.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const isGuided = flags.seconds !== undefined && flags.input === undefined;
let findings = 0;
// What is guided by coverage has a process to itself; the others go on after one that died.
for (let rest = chosen; rest.length > 0; ) rest = await fuzz(isGuided ? rest.slice(0, 1) : rest, rest);
console.log(findings === 0 ? 'nothing found' : `${findings} found`);
process.exitCode = findings === 0 ? 0 : 1;

/** Gives the targets that are left. */
async function fuzz(names, all) {
  const current = join(folder, 'current');
  const asked = join(folder, 'asked.json');
  writeFileSync(current, '');
  writeFileSync(asked, JSON.stringify(optionsOf(names, current)));
  const given = [`--max-old-space-size=${MEMORY_MB}`, resolve('scripts/fuzz/loop.mjs'), asked];
  const child = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'pipe'] });
  const state = { name: names[0], stderr: '', progress: '' };
  child.stderr.on('data', (chunk) => (state.stderr = `${state.stderr}${chunk}`.slice(-4_000)));
  createInterface({ input: child.stdout }).on('line', (line) => take(state, JSON.parse(line)));
  let isHung = false;
  const watch = setInterval(() => {
    isHung = Date.now() - statSync(current).mtimeMs > HANG_MS;
    if (isHung) child.kill('SIGKILL');
  }, 500);
  const [code, signal] = await once(child, 'close');
  clearInterval(watch);
  if (code === 0) return all.slice(names.length);
  const message = `exit ${code ?? signal}\n${state.stderr}`;
  tell(state.name, { kind: isHung ? 'hang' : 'abort', message, input: readFileSync(current).toString('base64') });
  return all.slice(all.indexOf(state.name) + 1);
}

function optionsOf(names, current) {
  return {
    bundle,
    current,
    asked: names.map((name) => ({ name, inputs: inputsOf(name) })),
    seed: Number(flags.seed ?? 1),
    limitMs: Number(flags['limit-ms']),
    kept: flags.kept !== undefined,
    ...(isGuided ? { seconds: Number(flags.seconds) } : { runs: flags.input ? 0 : Number(flags.runs ?? 1_000) }),
  };
}

function take(state, { target, finding, kept, progress, end }) {
  if (target !== undefined) Object.assign(state, { name: target, progress: '' });
  if (finding !== undefined) tell(state.name, finding);
  if (kept !== undefined) write(join(flags.kept, state.name), Buffer.from(kept, 'base64'));
  if (progress !== undefined) state.progress = `, ${progress.blocks} blocks and counts, ${progress.kept} kept`;
  if (end !== undefined) console.log(`${state.name.padEnd(16)} ${end.done} inputs, ${end.cpuMs} ms${state.progress}`);
}

function tell(name, { kind, message, label, input }) {
  findings++;
  const bytes = Buffer.from(input, 'base64');
  const path = write(flags.findings, bytes, `${name}-${kind}-`);
  console.log(`\n${name}: ${kind}${label === undefined ? '' : ` (${label})`}\n  ${message.replaceAll('\n', '\n  ')}`);
  console.log(`  input: ${JSON.stringify(bytes.subarray(0, 300).toString())}${bytes.length > 300 ? '…' : ''}`);
  console.log(`  again: npm run fuzz -- --target ${name} --input ${path}\n`);
}

function write(into, bytes, before = '') {
  mkdirSync(into, { recursive: true });
  const path = join(into, `${before}${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`);
  writeFileSync(path, bytes);
  return path;
}

/** Beside its seeds: real cases where they are at hand, what was kept before, or the one input that is asked for. */
function inputsOf(name) {
  if (flags.input !== undefined) return [readFileSync(flags.input).toString('base64')];
  if (!isGuided) return [];
  const target = targets.find((one) => one.name === name);
  const folders = [...target.cases, ...(flags.kept === undefined ? [] : [join(flags.kept, name)])];
  return folders.flatMap((one) => filesIn(one).map((file) => readFileSync(file).toString('base64')));
}

function filesIn(path) {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    console.log(`skipped: ${path} is not here`);
    return [];
  }
}
