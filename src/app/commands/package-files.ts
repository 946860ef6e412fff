/** Finds the files that come with giga: schemas and templates. Works from sources and from the bundle, whose parts lie at different depths. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The text of a file of the package, by its path from the package's root. A missing one is a broken installation. */
export function readPackageFile(path: string): string {
  return readFileSync(join(packageRoot(), path), 'utf8');
}

function packageRoot(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (dirname(at) === at) throw new Error('the files of the package giga are not where its program is');
  }
}
