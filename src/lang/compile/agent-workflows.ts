/** Compiles workflows that an agent may call as tools: each a whole plan, under what the step may do. Knows no runs. */
import type { ScalarTree, Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import { matchName } from '../../core/permissions/path-patterns.ts';
import { type AgentWorkflow, BUILT_IN_TOOLS } from '../../core/plan/agent-request.ts';
import { memberOf, serversIn } from '../../core/plan/member-of.ts';
import { type PlanNode, type PlanScope, partsOf } from '../../core/plan/plan.ts';
import type { StepDraft } from './draft.ts';
import type { Face } from './family.ts';
import type { Permitted } from './permissions.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

type PathTree = ScalarTree & { readonly value: string };

/** The files that a `claude` step names among its tools. */
export function toolFiles({ tree, action }: StepDraft): readonly PathTree[] {
  if (action !== 'claude') return [];
  const tools = valueOf(entryOf(tree, 'claude')?.value, 'tools');
  const items = tools?.kind === 'list' ? tools.items : [];
  return items.flatMap((item) => {
    const path = valueOf(item, 'workflow');
    return isText(path) && path.value !== '' ? [path] : [];
  });
}

/** The workflow that an item of `tools` names; null, with a problem, where it cannot be one. `taken`: names of other tools. */
export function agentWorkflow(
  scene: Scene,
  step: StepDraft,
  item: Tree,
  { permitted, taken }: { readonly permitted: Permitted; readonly taken: ReadonlySet<string> },
): AgentWorkflow | null {
  const path = valueOf(item, 'workflow');
  if (!isText(path) || path.value === '') {
    scene.malformed(item.range, "A tool is one of giga's by its name, or `{ workflow: FILE }`.");
    return null;
  }
  const face = step.children?.find(({ key }) => key === path.value)?.face ?? null;
  const said = valueOf(item, 'name');
  const name = isText(said) ? said.value : slugOf(path.value);
  const wrong = nameProblem(name, permitted, taken) ?? (face === null ? null : planProblem(scene, face));
  if (wrong !== null) scene.error('PLAN_CLAUDE', wrong.message, (said ?? path).range, { hint: wrong.hint });
  if (wrong !== null || face === null) return null;
  const described = valueOf(item, 'description');
  const { plan } = face;
  const description = isText(described) ? described.value : (plan.description ?? `Runs the workflow ${plan.name}.`);
  return { name, description, plan: { ...plan, root: { ...plan.root, bodies: plan.root.bodies.map(placeless) } } };
}

function slugOf(path: string): string {
  const file = path.split('/').at(-1) ?? '';
  return file.replace(/\.(?:ya?ml|md)$/, '').replaceAll(/[^A-Za-z0-9_-]+/g, '-');
}

interface Wrong {
  readonly message: string;
  readonly hint: string;
}

function nameProblem(name: string, { tools }: Permitted, taken: ReadonlySet<string>): Wrong | null {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name) || name.includes('__'))
    return {
      message: `\`${name}\` cannot be the name of a tool.`,
      hint: 'Give it a `name` of letters, digits, `-` and `_`.',
    };
  if (BUILT_IN_TOOLS.some((one) => one === name) || taken.has(name))
    return { message: `There are two tools \`${name}\`.`, hint: 'Give it another `name`.' };
  if (tools !== null && !tools.some((pattern) => matchName(pattern, name)))
    return {
      message: `\`permissions\` do not allow the tool \`${name}\`.`,
      hint: `Allowed are: ${tools.join(', ') || 'none'}.`,
    };
  return null;
}

/** What would not be held, or never come, in a run that an agent began. */
function planProblem(scene: Scene, { plan }: Face): Wrong | null {
  const secret = plan.secrets.find((name) => !scene.world.secrets.includes(name));
  if (secret !== undefined)
    return {
      message: `"${plan.file}" has the secret \`${secret}\`, which this workflow does not have.`,
      hint: `Name it here as well: \`secrets: [${secret}]\`.`,
    };
  if (plan.workspace !== undefined)
    return {
      message: `"${plan.file}" asks for a \`workspace\` of its own: the agent would not see what it does.`,
      hint: 'Let the workflow of the agent have the worktree.',
    };
  const found = plan.root.bodies.flatMap((body) => (body === null ? [] : nodesIn(body))).find(isUnfit);
  if (found === undefined) return null;
  const why = found.kind === 'approve' ? 'waits for a person' : 'asks a model, which nobody would pay for';
  return {
    message: `The step \`${found.id}\` of "${plan.file}" ${why}.`,
    hint: 'Do it in a step of this workflow, before or after the agent.',
  };
}

function isUnfit(node: PlanNode): boolean {
  if (node.kind === 'approve') return true;
  if (node.kind !== 'action') return false;
  return node.action === 'claude' || (node.action === 'mcp' && mayAsk(node.with));
}

/** A server that may ask models for what it does. */
function mayAsk(request: Template): boolean {
  return serversIn(request).some((server) => memberOf(server, 'sampling') !== null);
}

function nodesIn(scope: PlanScope): readonly PlanNode[] {
  return scope.nodes.flatMap((node) => [node, ...partsOf(node).flatMap(([, part]) => nodesIn(part))]);
}

/** Where a step stands in its file is no part of what the agent is given: a comment there is not to make it anew. */
function placeless(scope: PlanScope | null): PlanScope | null {
  return scope === null ? null : { nodes: scope.nodes.map(withoutPlace) };
}

function withoutPlace(node: PlanNode): PlanNode {
  const hooks = node.hooks?.map((hook) => ({ ...hook, body: { nodes: hook.body.nodes.map(withoutPlace) } }));
  const plain = { ...node, at: NOWHERE, ...(hooks !== undefined && { hooks }) };
  return 'bodies' in plain ? { ...plain, bodies: plain.bodies.map(placeless) } : plain;
}

const NOWHERE: PlanNode['at'] = { line: 1, column: 1 };
