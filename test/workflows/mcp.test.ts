/** The examples that talk MCP: with a real server of files, and with another giga. */
import { chmodSync, cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorkplace, type Workplace } from '../cli/giga.ts';
import { eventsOf, outputsOf } from '../e2e/place.ts';

let place: Workplace;
beforeAll(() => {
  place = openWorkplace();
  cpSync('workflows/examples', join(place.folder, 'workflows/examples'), { recursive: true });
  symlinkSync(resolve('node_modules'), join(place.folder, 'node_modules'));
  place.put('bin/giga', `#!/bin/sh\nexec '${process.execPath}' '${place.program}' "$@"\n`);
  chmodSync(join(place.folder, 'bin/giga'), 0o755);
  place.env['PATH'] = `${join(place.folder, 'bin')}:${place.env['PATH']}`;
});
afterAll(() => place.remove());

test('research.yaml asks a server of files, and writes what it found', async () => {
  const run = await place.giga('run', 'workflows/examples/research.yaml', '--json');
  expect(outputsOf(run)).toEqual({ notes: 'Caching, Retries' });
  expect(readFileSync(join(place.folder, 'out/research.md'), 'utf8')).toBe(
    [
      '# What the notes say of retries\n',
      '- Caching: Retries do not read the cache.',
      '- Retries: Retries and interruptions are counted apart: a crash spends no attempt.\n',
    ].join('\n'),
  );
});

test('served.yaml calls a workflow that another giga serves', async () => {
  const run = await place.giga('run', 'workflows/examples/served.yaml', '--json', '-i', 'text=a b c d');
  expect(outputsOf(run)).toEqual({ words: 4, state: 'succeeded' });
  const counted = eventsOf(run).find((event) => event['type'] === 'attempt.ended' && event['node'] === 'count');
  expect(counted).toMatchObject({ outputs: { structured: { verdict: 'succeeded', run: expect.any(String) } } });
  const runs = readdirSync(join(place.folder, '.giga/runs'));
  expect(runs.filter((id) => JSON.stringify(counted).includes(`"run":"${id}"`))).toHaveLength(1);
});
