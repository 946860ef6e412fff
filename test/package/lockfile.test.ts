/** The lockfile is whole: an entry that is missing, also for another platform, makes `npm ci` refuse to install. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Entry {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> }; // npm's format
const root = JSON.parse(readFileSync('package.json', 'utf8')) as Entry; // our own

/** Where Node would find a package from the folder of another. */
function find(from: string, name: string): Entry | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const found = packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`];
    if (found !== undefined || folder === '') return found;
  }
}

test('every dependency of every package has its entry', () => {
  const missing = Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys({ ...entry.dependencies, ...entry.devDependencies, ...entry.optionalDependencies })
      .filter((name) => find(path, name)?.version === undefined)
      .map((name) => `${path} needs ${name}`),
  );
  expect(missing).toEqual([]);
});

test('every dependency of the project is pinned to the locked version', () => {
  const wanted = { ...root.dependencies, ...root.devDependencies };
  const locked = Object.fromEntries(Object.keys(wanted).map((name) => [name, find('', name)?.version]));
  expect(wanted).toEqual(locked);
});
