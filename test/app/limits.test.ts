/** `claude` steps against servers that enforce limits: nobody runs into one that was told, and connections are used again. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startRun } from '../../src/app/commands/run.ts';
import { loadWorkflow } from '../../src/app/load.ts';
import { openProject } from '../../src/app/project.ts';
import { type Limited, limitedServer } from '../host/claude/limited-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'giga-limits-'));
mkdirSync(join(folder, '.git'));
const servers: Limited[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
  rmSync(folder, { recursive: true });
});

async function run(server: Limited, { items, config = '' }: { readonly items: number; readonly config?: string }) {
  servers.push(server);
  writeFileSync(join(folder, 'giga.yaml'), config);
  writeFileSync(
    join(folder, 'w.yaml'),
    `concurrency: 64
steps:
  ask:
    for-each: { items: '\${{ range(${items}) }}' }
    claude: { prompt: 'Number \${{ item }}.', model: claude-sonnet-5-5, cache: off, max-tokens: 100 }
`,
  );
  const env = { ...process.env, ANTHROPIC_API_KEY: 'key-for-nobody-4711', ANTHROPIC_BASE_URL: server.url };
  const project = await openProject({ cwd: folder, env });
  if (!project.ok) throw new Error(project.diagnostics[0]?.message);
  const loaded = await loadWorkflow(project.value, join(folder, 'w.yaml'));
  if (loaded.value === null) throw new Error(loaded.diagnostics[0]?.message);
  const live = await startRun(project.value, loaded.value, new Map());
  if (!live.ok) throw new Error(live.diagnostics[0]?.message);
  const said = new Set<string>();
  live.value.onProgress((_node, line) => said.add(line.replace(/\d+/g, 'N')));
  return { end: await live.value.ended, said };
}

test('64 at once run into no limit, also of a server whose clock is wrong', async () => {
  const server = await limitedServer({ requestsPerMinute: 40, minuteMs: 4_000 });
  const { end, said } = await run(server, { items: 64 });
  expect(end).toMatchObject({ kind: 'finished', verdict: 'succeeded' });
  expect(server.counts).toMatchObject({ refused: 0, answered: 64 });
  expect(server.counts.most).toBeGreaterThan(4);
  expect([...said]).toContain('waits for the rate limit, behind N others');
});

test('what is configured holds, and connections are used again', async () => {
  const server = await limitedServer({ requestsPerMinute: 100_000, minuteMs: 60_000 });
  const { end } = await run(server, { items: 200, config: 'models: { limits: { concurrent: 6 } }\n' });
  expect(end).toMatchObject({ kind: 'finished', verdict: 'succeeded' });
  expect(server.counts.answered).toBe(200);
  expect(server.counts.most).toBe(6);
  expect(server.connections()).toBeLessThanOrEqual(6);
});
