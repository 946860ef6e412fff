/** Steps with `batch` against a server over loopback: one batch of many, few by themselves, kills, and what comes back. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { resumeRun } from '../../src/app/commands/resume.ts';
import { startRun } from '../../src/app/commands/run.ts';
import { loadWorkflow } from '../../src/app/load.ts';
import { openProject } from '../../src/app/project.ts';
import {
  type BatchServer,
  type BatchServerOptions,
  batchServer,
  message,
  promptOf,
} from '../host/claude/batch-server.ts';

const opened: { readonly folder: string; readonly server: BatchServer }[] = [];
afterEach(async () => {
  for (const { folder, server } of opened.splice(0)) {
    await server.close();
    rmSync(folder, { recursive: true });
  }
});

async function world(options: BatchServerOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'giga-batches-'));
  mkdirSync(join(folder, '.git'));
  const server = await batchServer(options);
  opened.push({ folder, server });
  const env = { ...process.env, ANTHROPIC_API_KEY: 'key-for-nobody-4711', ANTHROPIC_BASE_URL: server.url };
  const project = await openProject({ cwd: folder, env });
  if (!project.ok) throw new Error(project.diagnostics[0]?.message);
  return { server, folder, project: project.value };
}

async function start({ folder, project }: Awaited<ReturnType<typeof world>>, text: string) {
  writeFileSync(join(folder, 'w.yaml'), text);
  const loaded = await loadWorkflow(project, join(folder, 'w.yaml'));
  if (loaded.value === null) throw new Error(loaded.diagnostics[0]?.message);
  const live = await startRun(project, loaded.value, new Map());
  if (!live.ok) throw new Error(live.diagnostics[0]?.message);
  return live.value;
}

const fanOut = (count: number, more = '', top = ''): string => `${top}
concurrency: 200
steps:
  ask:
    for-each: { items: '\${{ range(${count}) }}', max-failures: ${count} }
    claude: { prompt: 'Number \${{ item }}.', model: claude-sonnet-5-5, max-tokens: 100, batch: auto${more} }
outputs: { texts: '\${{ steps.ask.outputs }}' }
`;

test('calls that are ready at once are one batch, at half the price, each with its own answer', async () => {
  const place = await world({
    result: (params) => ({ type: 'succeeded', message: message(`to ${/\d+/.exec(promptOf(params))?.[0]}`) }),
  });
  const live = await start(place, fanOut(20));
  const end = await live.ended;
  expect(end).toMatchObject({ kind: 'finished', verdict: 'succeeded' });
  const texts = end.kind === 'finished' ? (end.outputs.texts as readonly { readonly text: string }[]) : []; // of the workflow above
  expect(texts.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, index) => `to ${index}`));
  expect(place.server.made.map(({ requests }) => requests.length)).toEqual([20]);
  expect(place.server.singles).toHaveLength(0);
  // 10 tokens at 2 dollars a million and 5 at 10, halved.
  expect(live.costs.total()).toMatchObject({ calls: 20, nano: 20 * 35_000 });
});

test('few calls are sent by themselves, unless they are always to be part of a batch', async () => {
  const place = await world();
  const few = await start(place, fanOut(3));
  expect(await few.ended).toMatchObject({ verdict: 'succeeded' });
  expect(place.server.made).toHaveLength(0);
  expect(place.server.singles).toHaveLength(3);
  const always = await start(place, fanOut(3, ', cache: off').replace('batch: auto', 'batch: always'));
  expect(await always.ended).toMatchObject({ verdict: 'succeeded' });
  expect(place.server.made.map(({ requests }) => requests.length)).toEqual([3]);
});

test('after Ctrl-C the batch goes on, and a resume fetches from it what it pays for once', async () => {
  const place = await world({ looks: null });
  const live = await start(place, fanOut(12));
  await new Promise<void>((resolve) => {
    live.onProgress((_node, line) => {
      if (line.startsWith('batch msgbatch_1: 0/12')) resolve();
    });
  });
  live.pause('SIGINT');
  expect(await live.ended).toMatchObject({ kind: 'paused' });
  const [batch] = place.server.made;
  if (batch === undefined) throw new Error('there is a batch');
  expect(batch.isCancelled).toBe(false);
  batch.hasEnded = true;
  const resumed = await resumeRun(place.project, { run: live.id });
  if (!resumed.ok || resumed.value.kind !== 'live') throw new Error('it goes on');
  expect(await resumed.value.run.ended).toMatchObject({ verdict: 'succeeded' });
  expect(place.server.made).toHaveLength(1);
  expect(place.server.singles).toHaveLength(0);
  expect(resumed.value.run.costs.total()).toMatchObject({ calls: 12, nano: 12 * 35_000, unended: 0 });
});

test('a run that is cancelled cancels its batch', async () => {
  const place = await world({ looks: null });
  const live = await start(place, fanOut(12));
  await new Promise<void>((resolve) => {
    live.onProgress((_node, line) => {
      if (line.startsWith('batch msgbatch_1: 0/12')) resolve();
    });
  });
  live.cancel('me');
  expect(await live.ended).toMatchObject({ verdict: 'cancelled' });
  await expect.poll(() => place.server.made[0]?.isCancelled, { timeout: 10_000 }).toBe(true);
});

test('what is wrong with some calls of a batch fails those alone, or is asked again', async () => {
  const place = await world({
    result(params) {
      const number = Number(/\d+/.exec(promptOf(params))?.[0]);
      if (number === 1)
        return { type: 'errored', error: { type: 'error', error: { type: 'invalid_request_error', message: 'No.' } } };
      if (number === 2) return { type: 'canceled' };
      if (number === 3) return { type: 'succeeded', message: message('', undefined, 'refusal') };
      if (number === 4) return { type: 'nonsense' };
      return { type: 'succeeded', message: message('fine') };
    },
  });
  const live = await start(place, fanOut(12));
  const end = await live.ended;
  expect(end).toMatchObject({ verdict: 'succeeded with allowed failures' });
  const texts = end.kind === 'finished' ? (end.outputs.texts as readonly ({ readonly text: string } | null)[]) : []; // of the workflow above
  expect(texts.map((one) => one?.text ?? null)).toEqual([
    'fine',
    null,
    null,
    null,
    null,
    ...Array<string>(7).fill('fine'),
  ]);
  expect(live.costs.total()).toMatchObject({ calls: 12 });
});
