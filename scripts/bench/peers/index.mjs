/** The runners that giga can be measured against: which of them are there, and how each is run on a graph. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { doit } from './doit.mjs';
import { just } from './just.mjs';
import { make } from './make.mjs';
import { ninja } from './ninja.mjs';
import { nx } from './nx.mjs';
import { scons } from './scons.mjs';
import { snakemake } from './snakemake.mjs';
import { wireit } from './wireit.mjs';

const ALL = [make, ninja, just, scons, doit, snakemake, wireit, nx];

/**
 * The peers that were asked for and are there, each with its `version`; `missing` names the others and says why. Those that are npm
 * packages are installed into `folder` for this run and are gone with it.
 */
export function findPeers(names, folder) {
  const unknown = names.filter((name) => !ALL.some((peer) => peer.name === name));
  if (unknown.length > 0)
    throw new Error(`no such peer: ${unknown.join(', ')} (there are ${ALL.map(({ name }) => name).join(', ')})`);
  const wanted = ALL.filter(({ name }) => names.includes(name));
  const packages = wanted.flatMap((peer) => peer.package ?? []);
  const problem = packages.length > 0 ? installPackages(packages, folder) : null;
  const looked = wanted.map((peer) => ({
    ...peer,
    version: peer.package ? packageVersion(peer.package, folder) : programVersion(peer.program),
  }));
  return {
    peers: looked.filter(({ version }) => version !== null),
    missing: looked
      .filter(({ version }) => version === null)
      .map(({ name, package: own }) => `${name} is left out: ${own ? problem : 'it is not installed'}`),
  };
}

/** One contestant: the graph is written into a folder of its own under `folder`, and what was done is forgotten before each run. */
export function contestantOf(peer, graph, folder) {
  const own = mkdtempSync(join(folder, `${peer.name}-`));
  if (peer.package) symlinkSync(join(folder, 'npm', 'node_modules'), join(own, 'node_modules'));
  const { command, args, env, forget } = peer.write(own, graph);
  const options = { cwd: own, env: { ...process.env, ...env } };
  return { name: peer.name, command, args, options, before: forget };
}

/** Null, or what npm said was wrong. */
function installPackages(packages, folder) {
  const home = join(folder, 'npm');
  mkdirSync(home, { recursive: true });
  try {
    execFileSync('npm', ['install', '--prefix', home, '--no-audit', '--no-fund', ...packages], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return null;
  } catch (error) {
    return `npm cannot install it (${String(error.stderr).trim().split('\n').at(-1)})`;
  }
}

function packageVersion(name, folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'npm', 'node_modules', name, 'package.json'), 'utf8')).version;
  } catch {
    return null;
  }
}

function programVersion(program) {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? (/\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? '?') : null;
}
