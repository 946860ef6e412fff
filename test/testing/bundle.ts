/** The simulation as one script, as fast as it is shipped; with a planted bug, where one is given. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { shrinkLife, simulateSeed, tellFailure } from '../../src/testing/index.ts';

export interface Mutant {
  readonly bug: string;
  /** In `src`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Simulation {
  readonly simulateSeed: typeof simulateSeed;
  readonly shrinkLife: typeof shrinkLife;
  readonly tellFailure: typeof tellFailure;
}

/** Refuses a bug whose text does not stand exactly once in its file. */
export async function bundleSimulation(folder: string, name: string, mutant: Mutant | null): Promise<Simulation> {
  const outfile = join(folder, `${name}.mjs`);
  const changed = mutant === null ? null : resolve('src', mutant.file);
  let isPlanted = mutant === null;
  await build({
    entryPoints: ['src/testing/index.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    define: { GIGA_VERSION: '"0.0.0-test"' },
    logLevel: 'silent',
    plugins: [
      {
        name: 'mutant',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const text = readFileSync(path, 'utf8');
            if (mutant === null || path !== changed) return { contents: text, loader: 'ts' };
            if (text.split(mutant.from).length !== 2)
              throw new Error(`\`${mutant.from}\` does not stand exactly once in ${mutant.file}`);
            isPlanted = true;
            return { contents: text.replace(mutant.from, () => mutant.to), loader: 'ts' };
          }),
      },
    ],
  });
  if (!isPlanted) throw new Error(`${mutant?.file} is no part of the simulation`);
  return (await import(pathToFileURL(outfile).href)) as Simulation; // what was just built
}
