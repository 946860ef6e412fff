/** What somebody who trusts a workflow should know: where text of others goes, what is in no sandbox, what nobody has pinned. Starts nothing. */
import type { Diagnostic, Span } from '../../core/diagnostic/diagnostic.ts';
import type { Template } from '../../core/expr/ast.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { known } from '../../core/known.ts';
import { type AgentRequest, readAgentRequest } from '../../core/plan/agent-request.ts';
import { type ActionNode, isComposite, type Plan, type PlanNode, partsOf } from '../../core/plan/plan.ts';
import type { FoundEnd } from '../../lang/compile/index.ts';
import { taintEndsOf } from '../load.ts';
import { readLockFile } from '../lock-file.ts';
import type { Project } from '../project.ts';

/** Text of a model, a server or the web, or what the user of the workflow gives, at one place. */
export interface TextOfOthers {
  /** What the user gives is listed where it decides: another who may run the workflow decides it, too. */
  readonly by: 'others' | 'user';
  readonly step: string;
  readonly key: string;
  /** Where it comes from, and by what way: `steps.find.outputs.text`, `steps.pick.outputs.first`. */
  readonly way: readonly string[];
  /** What it would decide: refused, if it is not the user's. Null where it is data. */
  readonly decides: string | null;
  readonly at: Span;
}

export interface Security {
  readonly texts: readonly TextOfOthers[];
  /** Paths of the steps whose programs nothing bounds. */
  readonly programs: readonly string[];
  /** Agents that may do much, with what. */
  readonly agents: readonly { readonly step: string; readonly may: readonly string[] }[];
  /** Servers of MCP of which giga.lock has no definitions. */
  readonly unpinned: readonly string[];
  /** What is wrong with giga.lock. */
  readonly diagnostics: readonly Diagnostic[];
}

/** `plan` is null for a file that has errors: then only its texts are known. */
export async function securityOf(project: Project, file: string, plan: Plan | null): Promise<Security> {
  const ends = await taintEndsOf(project, file);
  const lock = await readLockFile(project.root);
  const pinned = lock.ok ? lock.value.mcp : {};
  const actions = plan === null ? [] : actionsOf(plan);
  const servers = new Set(actions.flatMap(({ node }) => serversOf(node)));
  return {
    texts: ends.filter(isUse).map(({ step, key, from, sink, at }) => {
      const first = from.find(({ kind }) => kind !== 'given') ?? known(from[0]); // an end has an origin
      const by = first.kind === 'given' ? 'user' : 'others';
      return { step, key, by, way: [first.of, ...first.via], decides: sink?.decides ?? null, at };
    }),
    programs: actions.flatMap(({ path, node }) => (node.action === 'run' ? [path] : [])),
    agents: actions.flatMap(({ path, node }) => {
      const agent = readAgentRequest(field(node.with, 'agent') ?? null);
      const may = agent === null ? [] : widthOf(agent);
      return may.length === 0 ? [] : [{ step: path, may }];
    }),
    unpinned: [...servers].filter((name) => !Object.hasOwn(pinned, name)).toSorted(),
    diagnostics: lock.ok ? [] : lock.diagnostics,
  };
}

/** What only hands a text on is seen again where it comes to. */
const HANDS_ON: ReadonlySet<string> = new Set(
  'set outputs for-each matrix key filter sort distinct limit include exclude output until while metric'.split(' '),
);

function isUse({ step, key, sink }: FoundEnd): boolean {
  return sink !== null || step === '' || !HANDS_ON.has(key);
}

interface Action {
  readonly path: string;
  readonly node: ActionNode;
}

/** In the order of the text; of child workflows, too. */
function actionsOf(plan: Plan): readonly Action[] {
  const found: Action[] = [];
  const left: { readonly path: string; readonly node: PlanNode }[] = [{ path: '', node: plan.root }];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const { path, node } = at;
    if (node.kind === 'action') found.push({ path, node });
    if (!isComposite(node) && node.hooks === undefined) continue;
    const members = [...partsOf(node)].flatMap(([, part]) => part.nodes);
    for (const member of members.toReversed())
      left.push({ path: member.id === node.id ? path : [path, member.id].filter(Boolean).join('/'), node: member });
  }
  return found;
}

function field(request: Template, name: string): Json | undefined {
  if (request.kind === 'literal') return isJsonObject(request.value) ? request.value[name] : undefined;
  const entry = request.kind === 'object' ? request.entries.find(([key]) => key === name)?.[1] : undefined;
  return entry === undefined ? undefined : plainOf(entry);
}

/** What of it is known before the run. */
function plainOf(template: Template): Json {
  if (template.kind === 'literal') return template.value;
  if (template.kind === 'list') return template.items.map(plainOf);
  if (template.kind !== 'object') return null;
  return Object.fromEntries(template.entries.map(([key, value]) => [key, plainOf(value)]));
}

function serversOf({ with: request }: ActionNode): readonly string[] {
  const given = [field(request, 'server'), field(request, 'servers')].flat();
  return given.flatMap((server) =>
    isJsonObject(server) && typeof server['name'] === 'string' && server['pin'] !== false ? [server['name']] : [],
  );
}

function widthOf({ tools, sandbox, runner, permissions }: AgentRequest): readonly string[] {
  const list = (name: string): readonly Json[] => [permissions[name] ?? []].flat();
  const has = (name: string): boolean => tools.some((tool) => tool === name);
  return [
    ...(runner === 'cli' ? ['is the command line of Claude, which reads all of the workspace'] : []),
    ...(has('run') && sandbox === 'none' ? [`runs programs in no sandbox: ${list('run').join(', ')}`] : []),
    ...(has('edit') && list('write').some((path) => WHOLE.has(String(path))) ? ['writes all of the workspace'] : []),
    ...(list('net').includes('*') && (has('fetch') || has('run')) ? ['reaches all public hosts'] : []),
    ...(has('fetch') && has('read') && permissions['read'] === undefined
      ? ['reads all of the workspace and reaches hosts']
      : []),
  ];
}

const WHOLE: ReadonlySet<string> = new Set(['.', './', '*', '**', '**/*']);
