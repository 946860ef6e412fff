/** The workflows of this repository survive a kill at every record of their journals; those that do not are named with what they read. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorkplace, type Workplace } from '../cli/giga.ts';

const FOLDERS = ['workflows', 'workflows/examples', 'workflows/examples/library', 'workflows/examples/library/lib'];
const all = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? `${folder}/${entry.name}` : [])),
);
const files = all.filter((file) => !file.endsWith('.test.yaml') && !file.includes('/lib/'));

/** What differs after a kill: all of these read how often a step was tried, and a cut-off attempt counts. */
const OTHER_ENDS: Readonly<Record<string, string>> = {
  'workflows/examples/nightly.yaml': 'finally/report request',
  'workflows/examples/retry-and-timeout.yaml': 'the run text',
};

let place: Workplace;
beforeAll(() => {
  place = openWorkplace();
  for (const file of all) place.put(file, readFileSync(file, 'utf8'));
  cpSync('workflows/examples/prompts', join(place.folder, 'workflows/examples/prompts'), { recursive: true });
}, 60_000);
afterAll(() => place.remove());

interface Found {
  readonly type: string;
  readonly failures?: readonly {
    readonly differences: readonly { step: string | null; what: string; name?: string }[];
  }[];
  readonly once?: number;
}

test.each(files)('%s', async (file) => {
  const { code, out, err } = await place.giga('prove', file, '--json');
  const found = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Found); // our own
  const [first] = found.flatMap(({ failures = [] }) => failures.flatMap(({ differences }) => differences));
  const differs = first && `${first.step ?? 'the run'} ${first.what === 'output' ? (first.name ?? '') : first.what}`;
  expect({ differs, code }, err).toEqual({ differs: OTHER_ENDS[file], code: file in OTHER_ENDS ? 1 : 0 });
  expect(found.some(({ once = 0 }) => once > 0)).toBe(true);
});
