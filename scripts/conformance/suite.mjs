/** Runs one scenario of the official conformance suite of MCP, and reads what it found. Knows the suite; nothing of giga but where its client is. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as esbuild from 'esbuild';

const MANIFEST = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json');
const { version, bin } = JSON.parse(readFileSync(MANIFEST, 'utf8'));
const SUITE = join(dirname(MANIFEST), Object.values(bin)[0]);
export const VERSION = version;

/** The names of all scenarios: `client` ones test a client, `server` ones a server. */
export function scenariosOf(side) {
  const listed = execFileSync(process.execPath, [SUITE, 'list', `--${side}`], { encoding: 'utf8' });
  return [...listed.matchAll(/^ {2}- (.+)$/gm)].map(([, name]) => name);
}

/** Bundles the client under test into a folder; gives the command that starts it. */
export async function buildClient(folder) {
  const outfile = join(folder, 'client.mjs');
  await esbuild.build({
    entryPoints: ['test/conformance/client.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'error',
    define: { GIGA_VERSION: '"conformance"' },
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
  });
  return `${process.execPath} ${outfile}`;
}

/**
 * `target`: the command of a client, or the address of a server. Gives how many checks passed and failed, and what is wrong in words.
 * A client that should have failed and did not, or the other way round, is a fault as well.
 */
export async function runScenario(side, scenario, target) {
  const folder = mkdtempSync(join(tmpdir(), 'giga-conformance-'));
  try {
    const given = side === 'client' ? ['--command', target] : ['--url', target];
    const code = await exitCode([SUITE, side, '--scenario', scenario, ...given, '-o', folder]);
    const checks = checksIn(folder);
    const count = (status) => checks.filter((check) => check.status === status).length;
    const faults = checks
      .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
      .map(({ id, errorMessage, description }) => `${id}: ${errorMessage ?? description}`);
    const isUntold = code !== 0 && faults.length === 0;
    if (isUntold) faults.push(`the scenario ended with ${code}: ${clientWords(folder)}`);
    return { scenario, passed: count('SUCCESS'), failed: count('FAILURE') + (isUntold ? 1 : 0), faults };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function exitCode(args) {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 26 }, (error) =>
      resolve(error === null ? 0 : (error.code ?? -1)),
    );
  });
}

function filesIn(folder, name) {
  const found = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith(name));
  return found.map((path) => readFileSync(join(folder, path), 'utf8'));
}

function checksIn(folder) {
  return filesIn(folder, 'checks.json').flatMap((text) => JSON.parse(text));
}

function clientWords(folder) {
  return filesIn(folder, 'stderr.txt').join('').trim().slice(0, 500);
}
