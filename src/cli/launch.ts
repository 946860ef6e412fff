/**
 * The first file that runs: loads the command's scripts, with the machine code that V8 kept from an earlier start where there is
 * some (docs/adr/0006). Knows nothing of what they do.
 *
 * The cache is a folder of the user; one that others can write to is not touched. V8 takes no data of another version, with other
 * flags, or with a wrong checksum; that the text is the same is said by the name. Whatever goes wrong is silently no cache.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { Script } from 'node:vm';

/** A digest of both scripts; put in at build time. */
declare const GIGA_BUILD: string;

type Modules = Record<string, (require: (name: string) => unknown, module: { exports: unknown }) => void>;

/** Modules by name, from scripts that each give an object of functions. */
const factories: Modules = {};
const loaded: Record<string, { exports: unknown }> = {};

/** What `import()` and `import` of a bundled module have become; everything else is Node's own. */
function demand(name: string): unknown {
  const known = loaded[name];
  if (known) return known.exports;
  if (name.startsWith('rest:')) loadScript('rest');
  const factory = factories[name];
  if (!factory) return require(name);
  const module = { exports: {} };
  loaded[name] = module;
  factory(demand, module);
  return module.exports;
}

const KEPT_FILES = 16;

function loadScript(name: string): void {
  const filename = join(__dirname, `${name}.js`);
  const source = readFileSync(filename, 'latin1'); // the build leaves nothing but ASCII
  const cache = cacheFile(name);
  const cachedData = cache === null ? undefined : readOrNothing(cache);
  const script = new Script(source, { filename, ...(cachedData ? { cachedData } : {}) });
  Object.assign(factories, script.runInThisContext() as Modules); // the build made it so
  if (cache === null || (cachedData && !script.cachedDataRejected)) return;
  // At the end V8 knows the functions that were needed.
  process.on('exit', (code) => {
    if (code === 0) keep(cache, script.createCachedData());
  });
}
