#!/usr/bin/env node
/**
 * The first file that runs: loads the scripts of the command, with the byte code that V8 kept of an earlier start where there is
 * some (docs/adr/0006). Knows nothing of what they do.
 *
 * The cache is a folder of the user; one that others can write to is left alone. V8 refuses data of another version of itself or
 * of other flags, but trusts the rest: that the text is the same is in the name, and damage is found by a digest in front.
 * Whatever goes wrong is no cache.
 */
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { Script } from 'node:vm';

/** A digest of all scripts; put in at build time. */
declare const GIGA_BUILD: string;

type Require = (name: string) => unknown;
type Load = (script: string, module: string) => Promise<unknown>;
interface Module {
  exports: unknown;
}
type Factory = (
  require: Require,
  module: Module,
  exports: unknown,
  load: Load,
  late: Require,
  dirname: string,
  filename: string,
) => void;

/** What the scripts define, by name; and what of it has run. */
const factories: Record<string, Factory> = {};
const modules: Record<string, Module> = {};

/** The modules of the bundle by `giga:SCRIPT` and `giga:SCRIPT/CHUNK`; everything else is Node's own. */
const demand: Require = (name) => {
  if (!name.startsWith('giga:')) return require(name);
  const known = modules[name];
  if (known) return known.exports;
  if (!factories[name]) loadScript(name.slice('giga:'.length).split('/')[0] ?? '');
  const factory = factories[name];
  if (!factory) throw new Error(`the installation of giga is damaged: ${name} is missing`);
  const module: Module = { exports: {} };
  modules[name] = module;
  factory(demand, module, module.exports, load, late, __dirname, __filename);
  return module.exports;
};

/** What `import()` of a module of the bundle has become. */
const load: Load = (script, module) => Promise.resolve().then(() => entryOf(script).modules[module]);

/** One of Node's modules, loaded when a name in it is first used. */
const late: Require = (name) =>
  new Proxy({}, { get: (_, key) => (require(name) as Record<string | symbol, unknown>)[key] });

/** The modules of a script that others load. */
function entryOf(script: string): { readonly modules: Readonly<Record<string, unknown>> } {
  return demand(`giga:${script}`) as ReturnType<typeof entryOf>; // the build makes entries so
}

function loadScript(name: string): void {
  const filename = join(__dirname, `${name}.js`);
  const source = readFileSync(filename, 'latin1'); // the build writes ASCII only
  const kept = cacheFile(name);
  const cachedData = kept === null ? null : readOrNull(kept);
  const script = new Script(source, { filename, ...(cachedData ? { cachedData } : {}) });
  Object.assign(factories, script.runInThisContext()); // a script is an object of factories
  if (kept === null || (cachedData !== null && !script.cachedDataRejected)) return;
  // When a command has done its work, V8 knows which functions that takes.
  process.on('exit', (code) => {
    if (code === 0 && KEEPING.has(word)) keep(kept, script.createCachedData());
  });
}

/** The commands whose functions are kept, each apart, since they need different ones; all others share what `giga run` left. */
const KEEPING: ReadonlySet<string> = new Set(['run', 'resume', 'validate']);
const word = process.argv[2] ?? '';
const KEPT_FILES = 24;
const OTHERS_MAY_WRITE = 0o022;

/** Where byte code of a script of this build is kept; null where there is no place that is the user's own. */
function cacheFile(script: string): string | null {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local, HOME: home, NODE_DISABLE_COMPILE_CACHE: off } = process.env;
  const base = xdg && isAbsolute(xdg) ? xdg : local || (home ? join(home, '.cache') : null);
  if (base === null || off) return null;
  const use = `${KEEPING.has(word) ? word : 'run'}-${script}`;
  return join(base, 'giga', `${GIGA_BUILD}-${process.version}-${process.arch}-${use}.bin`);
}

const DIGEST_BYTES = 32;

/** What was kept, if it is whole and nobody else can have written it. */
function readOrNull(file: string): Buffer | null {
  try {
    if (!isOwn(file) || !isOwn(dirname(file))) return null;
    const bytes = readFileSync(file);
    const data = bytes.subarray(DIGEST_BYTES);
    return digestOf(data).equals(bytes.subarray(0, DIGEST_BYTES)) ? data : null;
  } catch {
    return null;
  }
}

function digestOf(data: Buffer): Buffer {
  return hash('sha256', data, 'buffer');
}

function isOwn(path: string): boolean {
  const { uid, mode } = statSync(path);
  return process.getuid === undefined || (uid === process.getuid() && (mode & OTHERS_MAY_WRITE) === 0);
}

function keep(file: string, data: Buffer): void {
  try {
    const folder = dirname(file);
    // Not `recursive`: in `/proc` and its like that never comes back, and a home that is not there is not made.
    for (const one of [dirname(folder), folder]) if (!existsSync(one)) mkdirSync(one, { mode: 0o700 });
    if (!isOwn(folder)) return;
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, Buffer.concat([digestOf(data), data]), { mode: 0o600 });
    renameSync(temporary, file);
    removeOldest(folder);
  } catch {
    // The next start takes as long as this one did.
  }
}

function removeOldest(folder: string): void {
  const files = readdirSync(folder).map((name) => join(folder, name));
  if (files.length <= KEPT_FILES) return;
  const dated = files.map((file) => ({ file, at: statSync(file).mtimeMs })).toSorted((a, b) => b.at - a.at);
  for (const { file } of dated.slice(KEPT_FILES)) rmSync(file, { force: true });
}

demand('giga:command');
