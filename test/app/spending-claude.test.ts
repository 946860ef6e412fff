/** `claude` steps against a server over loopback, under a budget: many at once, and after a resume. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { resumeRun } from '../../src/app/commands/resume.ts';
import { startRun } from '../../src/app/commands/run.ts';
import { loadWorkflow } from '../../src/app/load.ts';
import { openProject } from '../../src/app/project.ts';
import { messagesServer, textStream } from '../host/claude/messages-server.ts';

let [open, most, sent] = [0, 0, 0];
const server = await messagesServer(async ({ path }) => {
  if (path.includes('count_tokens')) return { status: 200, json: { input_tokens: 100 } };
  sent++;
  open++;
  most = Math.max(most, open);
  await new Promise((resolve) => setTimeout(resolve, 5));
  open--;
  return { stream: textStream('Hi.') };
});
const folder = mkdtempSync(join(tmpdir(), 'giga-spending-'));
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

test('64 at once stay within what is there, and a raised budget does the rest', async () => {
  mkdirSync(join(folder, '.git'));
  // Each sets aside 100 tokens at 2 dollars a million and 1000 at 10, and comes to 10 at 2 and 5 at 10.
  writeFileSync(
    join(folder, 'w.yaml'),
    `budget: { usd: 0.102 }
concurrency: 64
steps:
  ask:
    for-each: { items: '\${{ range(64) }}', max-failures: 64 }
    claude: { prompt: 'Number \${{ item }}.', max-tokens: 1000, model: claude-sonnet-5-5 }
`,
  );
  const env = { ...process.env, ANTHROPIC_API_KEY: 'key-for-nobody-4711', ANTHROPIC_BASE_URL: server.url };
  const project = await openProject({ cwd: folder, env });
  if (!project.ok) throw new Error(project.diagnostics[0]?.message);
  const loaded = await loadWorkflow(project.value, join(folder, 'w.yaml'));
  if (loaded.value === null) throw new Error(loaded.diagnostics[0]?.message);
  const live = await startRun(project.value, loaded.value, new Map());
  if (!live.ok) throw new Error(live.diagnostics[0]?.message);
  expect(await live.value.ended).toMatchObject({ kind: 'finished', verdict: 'succeeded' });
  // 0.102 holds ten worst cases of 0.0102 at once, and all of what they come to.
  expect(most).toBeLessThanOrEqual(10);
  expect(most).toBeGreaterThan(1);
  expect(sent).toBe(64);
  expect(live.value.costs.total()).toMatchObject({ calls: 64, tokens: 64 * 15, nano: 64 * 70_000 });

  writeFileSync(
    join(folder, 'w.yaml'),
    `budget: { usd: 0.01 }\nsteps: { a: { claude: { prompt: x, max-tokens: 1000, model: claude-sonnet-5-5 } } }\n`,
  );
  const second = await loadWorkflow(project.value, join(folder, 'w.yaml'));
  if (second.value === null) throw new Error(second.diagnostics[0]?.message);
  const poor = await startRun(project.value, second.value, new Map());
  if (!poor.ok) throw new Error(poor.diagnostics[0]?.message);
  expect(await poor.value.ended).toMatchObject({ verdict: 'failed' });
  expect(sent).toBe(64);
  const rich = await resumeRun(project.value, { run: poor.value.id, raise: [{ step: '', usd: 0.0102 }] });
  if (!rich.ok || rich.value.kind !== 'live') throw new Error('it goes on');
  expect(await rich.value.run.ended).toMatchObject({ verdict: 'succeeded' });
  expect(sent).toBe(65);
});
