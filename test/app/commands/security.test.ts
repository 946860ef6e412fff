import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { securityOf } from '../../../src/app/commands/security.ts';
import { loadWorkflow } from '../../../src/app/load.ts';
import { openProject } from '../../../src/app/project.ts';
import { securityLines } from '../../../src/cli/render/security-lines.ts';
import { painter } from '../../../src/cli/render/text.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'giga-'));
});
afterEach(() => rmSync(root, { recursive: true }));

async function lines(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  const project = await openProject({ cwd: root, env: { XDG_CONFIG_HOME: root } });
  if (!project.ok) throw new Error(project.diagnostics[0]?.message);
  const file = join(root, 'main.yaml');
  const { value } = await loadWorkflow(project.value, file);
  const found = await securityOf(project.value, file, value?.plan ?? null);
  return [...securityLines(found, painter(false)), ...found.diagnostics.map(({ code }) => code)];
}

const ALL = `inputs: { dir: { type: string, required: true } }
mcp: { known: { command: node }, other: { command: node }, open: { command: node, pin: false } }
steps:
  ask: { claude: Which? }
  tell: { run: 'echo "\${{ steps.ask.outputs.text }}"', cwd: "\${{ inputs.dir }}" }
  hand: { set: { v: "\${{ steps.ask.outputs.text }}" } }
  group: { steps: { inner: { for-each: [1, 2], run: ls } } }
  child: { workflow: child.yaml, with: { word: "\${{ steps.hand.outputs.v }}" } }
  a: { mcp: { server: known, tool: t } }
  b: { mcp: { server: other, tool: t } }
  c: { mcp: { server: open, tool: t } }
  wide:
    claude: { prompt: hi, tools: [read, edit, run, fetch], sandbox: none }
    permissions: { write: ['**'], run: [git], net: ['*'] }
  narrow:
    claude: { prompt: hi, tools: [read, edit, fetch] }
    permissions: { read: [src], write: [src], net: [example.com] }
  cli: { claude: { prompt: hi, tools: [read], runner: cli } }
`;
const CHILD = 'inputs: { word: { type: string } }\nsteps: { say: { run: \'echo "${{ inputs.word }}"\' } }\n';
const LOCK = JSON.stringify({ version: 1, mcp: { known: { tools: {} } }, plugins: {} });

it('says what somebody should know who trusts a workflow', async () => {
  expect(await lines({ 'main.yaml': ALL, 'child.yaml': CHILD, 'giga.lock': LOCK })).toEqual([
    'unchecked text as data',
    '  tell.run    ← steps.ask.outputs.text',
    '  child.with  ← steps.hand.outputs.v ← steps.ask.outputs.text',
    'inputs that decide something',
    '  tell.cwd  ← inputs.dir   decides a path',
    'agents that may do much',
    '  wide: runs programs in no sandbox: git, writes all of the workspace, reaches all public hosts, reads all of the workspace and reaches hosts',
    '  cli: is the command line of Claude, which reads all of the workspace',
    'programs in no sandbox',
    '  tell',
    '  group/inner',
    '  child/say',
    'MCP servers that giga.lock does not know',
    '  other',
  ]);
});

it('lists what is refused, too, and a lock that cannot be read', async () => {
  const main = 'steps:\n  ask: { claude: Which? }\n  use: { run: ls, cwd: "${{ steps.ask.outputs.text }}" }\n';
  expect(await lines({ 'main.yaml': main, 'giga.lock': 'x' })).toEqual([
    'unchecked text that decides something',
    '  use.cwd  ← steps.ask.outputs.text   decides a path',
    'CONFIG_LOCK',
  ]);
});

it('has nothing to say where there is nothing', async () => {
  expect(await lines({ 'main.yaml': 'steps: { a: { set: { v: 1 } } }\n' })).toEqual([
    'no text of models, servers or the web; no programs, no agents, no servers',
  ]);
});
