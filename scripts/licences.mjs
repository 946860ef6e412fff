/** Collects the licence texts of the packages whose code a bundle holds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The text of all licences, from the `inputs` of an esbuild metafile. */
export function licencesOf(inputs) {
  const folders = new Set(
    Object.keys(inputs)
      .map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
      .filter(Boolean),
  );
  return [...folders]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map(licenceOf)
    .join('\n\n');
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text =
    file && existsSync(join(folder, file))
      ? readFileSync(join(folder, file), 'utf8').trim()
      : 'No licence text is in the package.';
  return `${name} ${version} (${license})\n\n${text}`;
}
