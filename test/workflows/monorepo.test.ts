/** The example of a monorepo: the second run does nothing, and a change is built as far as it reaches. */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorkplace, type Workplace } from '../cli/giga.ts';

const ROOT = 'workflows/examples/monorepo';
let place: Workplace;
beforeAll(() => {
  place = openWorkplace();
  place.put('workflows/examples/monorepo.yaml', readFileSync('workflows/examples/monorepo.yaml', 'utf8'));
  cpSync(ROOT, join(place.folder, ROOT), { recursive: true });
});
afterAll(() => place.remove());

/** What was built, in a run that went well. */
async function built(): Promise<readonly string[]> {
  const { code, err, out } = await place.giga('run', 'workflows/examples/monorepo.yaml', '--json');
  expect([code, err]).toEqual([0, expect.anything()]);
  const records = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly type: string; readonly node?: string });
  return records.flatMap(({ type, node = '' }) => (type === 'attempt.started' ? [node] : [])).toSorted();
}

test('only what a change reaches is built', async () => {
  expect(await built()).toEqual(['apps[api]', 'apps[web]', 'libs[core]', 'libs[text]']);
  expect(await built()).toEqual([]);
  rmSync(join(place.folder, ROOT, 'apps/web/dist'), { recursive: true });
  expect(await built()).toEqual([]);
  place.put(`${ROOT}/libs/text/src/words.txt`, 'other words\n');
  expect(await built()).toEqual(['apps[web]', 'libs[text]']);
  place.put(`${ROOT}/libs/core/src/rules.txt`, '# another remark\nshared rules\n');
  expect(await built()).toEqual(['libs[core]']);
  place.put(`${ROOT}/libs/core/src/rules.txt`, 'changed rules\n');
  expect(await built()).toEqual(['apps[api]', 'apps[web]', 'libs[core]']);
  const { out } = await place.giga('cache', 'why', 'apps[web]');
  expect(out).toContain(`${ROOT}/libs/core/dist/lib.txt:1 changed`);
});
