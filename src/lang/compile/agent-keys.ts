/** Compiles what makes a `claude` step an agent: its tools, their bounds, and what they may do. Knows no question. */
import type { MapEntry, Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import { nearest } from '../../core/nearest.ts';
import { matchName } from '../../core/permissions/path-patterns.ts';
import { type AgentRequest, BUILT_IN_TOOLS, MAX_TURNS, USUAL_TURNS } from '../../core/plan/agent-request.ts';
import type { StepDraft } from './draft.ts';
import { serverNamed } from './mcp-step.ts';
import { type Permitted, permittedTo } from './permissions.ts';
import { wholeOf } from './quantities.ts';
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
  if (tree === undefined && named === undefined) {
    for (const key of ['max-turns', 'on-denied', 'sandbox', 'runner']) refuseAlone(scene, claude, key);
    return step.keepsSession ? conversationOf(scene, claude, repair) : [];
  }
  const fallback = entryOf(claude, 'fallback');
  if (fallback !== undefined)
    scene.error(
      'PLAN_CLAUDE',
      'An agent has one model: what another one thought is of no use to it.',
      fallback.keyRange,
      {
        hint: 'Remove `fallback`.',
      },
    );
  const permitted = permittedTo(step, scene);
  const tools = itemsOf(tree).flatMap((item) => toolOf(scene, item, claude, permitted));
  const turns = valueOf(claude, 'max-turns');
  const sandbox = valueOf(claude, 'sandbox');
  const runner = entryOf(claude, 'runner');
  if (runner !== undefined && textOf(runner.value) === 'cli')
    checkCli(scene, claude, tools, { at: runner.keyRange, permitted });
  const { named: hosts, ...lists } = permitted;
  const request: AgentRequest = {
    tools: [...new Set(tools)],
    maxTurns: turns === undefined ? USUAL_TURNS : (wholeOf(scene, turns, 'max-turns', 1, MAX_TURNS) ?? USUAL_TURNS),
    onDenied: textOf(valueOf(claude, 'on-denied')) === 'continue' ? 'continue' : 'fail',
    ...(textOf(sandbox) === 'none' ? { sandbox: 'none' } : {}),
    ...(textOf(runner?.value) === 'cli' ? { runner: 'cli' } : {}),
    permissions: { ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== null)), named: hosts },
  };
  const servers = listTemplate(itemsOf(named).map((item) => serverNamed(scene, step, item)));
  return [
    ['agent', literal({ ...request })],
    ['servers', servers],
  ];
}

/** A question whose conversation is kept: an agent without tools. It may stop in the middle, and be asked to mend its answer. */
function conversationOf(scene: Scene, claude: Tree, repair: number): readonly (readonly [string, Template])[] {
  const fallback = entryOf(claude, 'fallback');
  if (fallback !== undefined)
    scene.error(
      'PLAN_CLAUDE',
      'A conversation that is kept has one model: what another one thought is of no use to it.',
      fallback.keyRange,
      { hint: 'Remove `fallback`.' },
    );
  const request: AgentRequest = { tools: [], maxTurns: repair + 1 + MOST_PAUSES, onDenied: 'fail', permissions: {} };
  return [['agent', literal({ ...request })]];
}

const MOST_PAUSES = 10;

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

function itemsOf(tree: Tree | undefined): readonly Tree[] {
  if (tree === undefined) return [];
  return tree.kind === 'list' ? tree.items : [tree];
}

function refuseAlone(scene: Scene, claude: Tree, key: string): void {
  const entry = entryOf(claude, key);
  if (entry === undefined) return;
  scene.error('PLAN_CLAUDE', `\`${key}\` is of agents: this step has no \`tools\` and no \`mcp\`.`, entry.keyRange, {
    hint: `Give it tools, or remove \`${key}\`.`,
  });
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
