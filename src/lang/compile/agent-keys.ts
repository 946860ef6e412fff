/** Compiles what makes a `claude` step an agent: its tools, their bounds, and what they may do. Knows no question. */
import type { MapEntry, Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import type { JsonObject } from '../../core/json.ts';
import { nearest } from '../../core/nearest.ts';
import { matchName } from '../../core/permissions/path-patterns.ts';
import {
  type AgentRequest,
  type AgentWorkflow,
  BUILT_IN_TOOLS,
  MAX_TURNS,
  USUAL_TURNS,
} from '../../core/plan/agent-request.ts';
import { LEAST_MEMORY } from '../../core/sandbox.ts';
import { parseCount } from '../../core/units.ts';
import { agentWorkflow } from './agent-workflows.ts';
import type { StepDraft } from './draft.ts';
import { serverNamed } from './mcp-step.ts';
import { type Permitted, permittedTo } from './permissions.ts';
import { bytesOf, wholeOf } from './quantities.ts';
import { listTemplate, literal } from './text.ts';
import { entryOf, isText, jsonOf, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

/** The field `agent` of a ClaudeRequest; none for a single question. */
export function agentOf(
  scene: Scene,
  step: StepDraft,
  claude: Tree,
  repair: number,
): readonly (readonly [string, Template])[] {
  const tree = valueOf(claude, 'tools');
  const named = valueOf(claude, 'mcp');
  const memory = entryOf(claude, 'memory');
  if (tree === undefined && named === undefined && memory === undefined) {
    for (const key of ['max-turns', 'on-denied', 'sandbox', 'runner', 'context']) refuseAlone(scene, claude, key);
    return step.keepsSession ? conversationOf(repair) : [];
  }
  const permitted = permittedTo(step, scene);
  if (memory !== undefined) checkMemory(scene, memory, permitted);
  const items = itemsOf(tree);
  const tools = items.flatMap((item) => (item.kind === 'map' ? [] : toolOf(scene, item, claude, permitted)));
  const workflows = workflowsOf(scene, step, items, permitted);
  const turns = valueOf(claude, 'max-turns');
  const sandbox = valueOf(claude, 'sandbox');
  const runner = entryOf(claude, 'runner');
  if (runner !== undefined && textOf(runner.value) === 'cli')
    checkCli(scene, claude, tools, { at: runner.keyRange, permitted });
  const { named: hosts, ...lists } = permitted;
  const request: AgentRequest = {
    tools: [...new Set(tools)],
    ...(workflows.length > 0 && { workflows }),
    maxTurns: turns === undefined ? USUAL_TURNS : (wholeOf(scene, turns, 'max-turns', 1, MAX_TURNS) ?? USUAL_TURNS),
    onDenied: textOf(valueOf(claude, 'on-denied')) === 'continue' ? 'continue' : 'fail',
    ...(textOf(sandbox) === 'none' ? { sandbox: 'none' } : {}),
    ...sandboxMemoryOf(scene, sandbox, tools),
    ...(textOf(runner?.value) === 'cli' ? { runner: 'cli' } : {}),
    ...contextOf(scene, claude),
    ...(memory === undefined ? {} : { memory: textOf(memory.value) }),
    permissions: { ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== null)), named: hosts },
  };
  const servers = listTemplate(itemsOf(named).map((item) => serverNamed(scene, step, item)));
  return [
    ['agent', literal(request as unknown as JsonObject)], // plans are plain JSON
    ['servers', servers],
  ];
}

/** A question whose conversation is kept: an agent without tools. It may stop in the middle, and be asked to mend its answer. */
function conversationOf(repair: number): readonly (readonly [string, Template])[] {
  const request: AgentRequest = { tools: [], maxTurns: repair + 1 + MOST_PAUSES, onDenied: 'fail', permissions: {} };
  return [['agent', literal(request as unknown as JsonObject)]]; // plain JSON
}

const MOST_PAUSES = 10;

function workflowsOf(
  scene: Scene,
  step: StepDraft,
  items: readonly Tree[],
  permitted: Permitted,
): readonly AgentWorkflow[] {
  const found: AgentWorkflow[] = [];
  for (const item of items) {
    if (item.kind !== 'map') continue;
    const one = agentWorkflow(scene, step, item, { permitted, taken: new Set(found.map(({ name }) => name)) });
    if (one !== null) found.push(one);
  }
  return found;
}

function sandboxMemoryOf(
  scene: Scene,
  sandbox: Tree | undefined,
  tools: AgentRequest['tools'],
): Pick<AgentRequest, 'sandboxMemory'> {
  const tree = valueOf(sandbox, 'memory');
  const memory = tree === undefined ? undefined : bytesOf(scene, tree, 'memory');
  if (tree === undefined || memory === undefined) return {};
  if (memory < LEAST_MEMORY)
    scene.malformed(tree.range, '`memory` is at least `16MiB`: less than that no program has.');
  if (!tools.includes('run'))
    scene.error('PLAN_CLAUDE', '`memory` bounds the programs of `run`, which this agent does not have.', tree.range, {
      hint: 'Give it the tool `run`, or remove `sandbox`.',
    });
  return { sandboxMemory: memory };
}

/** What giga cannot hold that command line to is not given to it. */
function checkCli(
  scene: Scene,
  claude: Tree,
  tools: AgentRequest['tools'],
  { at, permitted }: { readonly at: MapEntry['keyRange']; readonly permitted: Permitted },
): void {
  if (tools.includes('run') && textOf(valueOf(claude, 'sandbox')) !== 'none')
    scene.error('PLAN_CLAUDE', 'Programs that the command line of Claude starts are in no sandbox.', at, {
      hint: 'Leave out the tool `run`, or say `sandbox: none`.',
    });
  if (permitted.read !== null)
    scene.error(
      'PLAN_CLAUDE',
      'The command line of Claude reads all of the workspace: `permissions: { read }` would not hold.',
      at,
      {
        hint: 'Leave out `read`, or `runner: cli`.',
      },
    );
  const memory = entryOf(claude, 'memory');
  if (memory !== undefined)
    scene.error('PLAN_CLAUDE', 'The command line of Claude gets no notes from giga.', memory.keyRange, {
      hint: 'Leave out `memory`, or `runner: cli`.',
    });
  const fallback = entryOf(claude, 'fallback');
  if (fallback !== undefined)
    scene.error('PLAN_CLAUDE', 'The command line of Claude falls back on no other model.', fallback.keyRange, {
      hint: 'Leave out `fallback`, or `runner: cli`.',
    });
  if (itemsOf(valueOf(claude, 'tools')).some(({ kind }) => kind === 'map'))
    scene.error('PLAN_CLAUDE', 'The command line of Claude calls no workflows of giga.', at, {
      hint: 'Leave out `runner: cli`.',
    });
  const mcp = entryOf(claude, 'mcp');
  if (mcp !== undefined)
    scene.error(
      'PLAN_CLAUDE',
      'The command line of Claude gets no servers from giga: nobody would check their calls.',
      mcp.keyRange,
      {
        hint: 'Leave out `mcp`, or `runner: cli`.',
      },
    );
}

/** YAML 1.1 readers know `off` as false. */
function contextOf(scene: Scene, claude: Tree): Pick<AgentRequest, 'context'> {
  const entry = entryOf(claude, 'context');
  const text = textOf(entry?.value);
  if (entry === undefined || text === 'auto') return {};
  if (text === 'off' || text === 'false') return { context: 'off' };
  const count = parseCount(text);
  if (count !== null && count >= LEAST_CONTEXT) return { context: count };
  scene.malformed(
    entry.value.range,
    `\`context\` is \`auto\`, \`off\` or a number of tokens from ${LEAST_CONTEXT}, such as \`150k\`.`,
  );
  return {};
}

/** In less there is no room for a conversation. */
const LEAST_CONTEXT = 1_000;

/** Its name was held against the schema. */
function checkMemory(scene: Scene, { keyRange }: MapEntry, { tools }: Permitted): void {
  if (tools === null || tools.some((pattern) => matchName(pattern, 'memory'))) return;
  scene.error('PLAN_CLAUDE', '`permissions` do not allow the tool `memory`.', keyRange, {
    hint: `Allowed are: ${tools.join(', ') || 'none'}.`,
  });
}

function itemsOf(tree: Tree | undefined): readonly Tree[] {
  if (tree === undefined) return [];
  return tree.kind === 'list' ? tree.items : [tree];
}

function refuseAlone(scene: Scene, claude: Tree, key: string): void {
  const entry = entryOf(claude, key);
  if (entry === undefined) return;
  scene.error(
    'PLAN_CLAUDE',
    `\`${key}\` is of agents: this step has no \`tools\`, \`mcp\` or \`memory\`.`,
    entry.keyRange,
    {
      hint: `Give it tools, or remove \`${key}\`.`,
    },
  );
}

function textOf(tree: Tree | undefined): string {
  return tree === undefined ? '' : String(jsonOf(tree));
}

/** One of the tools; one that could never do anything is a mistake. */
function toolOf(scene: Scene, item: Tree, claude: Tree, permitted: Permitted): AgentRequest['tools'] {
  const name = isText(item) ? item.value : '';
  const tool = BUILT_IN_TOOLS.find((one) => one === name);
  if (tool === undefined) {
    const near = nearest(name, BUILT_IN_TOOLS);
    scene.error('PLAN_CLAUDE', `There is no tool \`${name}\`.`, item.range, {
      hint: near === null ? `There are ${BUILT_IN_TOOLS.join(', ')}.` : `Did you mean \`${near}\`?`,
    });
    return [];
  }
  const useless = uselessness(tool, claude, permitted);
  if (useless !== null) scene.error('PLAN_CLAUDE', useless.message, item.range, { hint: useless.hint });
  return [tool];
}

function uselessness(tool: AgentRequest['tools'][number], claude: Tree, permitted: Permitted) {
  const { tools, write, net, run } = permitted;
  if (tools !== null && !tools.some((pattern) => matchName(pattern, tool)))
    return {
      message: `\`permissions\` do not allow the tool \`${tool}\`.`,
      hint: `Allowed are: ${tools.join(', ') || 'none'}.`,
    };
  if (tool === 'edit' && (write ?? []).length === 0)
    return { message: '`edit` may write nothing.', hint: 'Say what: `permissions: { write: [src] }`.' };
  if (tool === 'fetch' && (net ?? []).length === 0)
    return {
      message: '`fetch` may reach no host.',
      hint: 'Say which: `permissions: { net: [example.com] }`, or `*` for all public ones.',
    };
  if (tool === 'run' && textOf(valueOf(claude, 'sandbox')) === 'none' && run === null)
    return {
      message: 'Without a sandbox `run` may start nothing that is not named.',
      hint: 'Name programs: `permissions: { run: [npm, git] }`.',
    };
  return null;
}
