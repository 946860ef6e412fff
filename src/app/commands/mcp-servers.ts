/** The MCP servers that a command can name: those of the configuration, and those that the steps of a workflow name. Starts nothing. */
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Template } from '../../core/expr/ast.ts';
import { evaluateTemplate } from '../../core/expr/evaluate.ts';
import { isJsonObject, type JsonObject, jsonObject } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import type { McpServer } from '../../core/plan/mcp-request.ts';
import { serversIn } from '../../core/plan/member-of.ts';
import { type Plan, type PlanNode, partsOf } from '../../core/plan/plan.ts';
import { SecretsContext } from '../../core/run/contexts.ts';
import { compilerSettings } from '../config/config.ts';
import { loadWorkflow } from '../load.ts';
import type { Project } from '../project.ts';
import { findWorkflow } from '../workspace.ts';

export interface ServerBook {
  readonly servers: ReadonlyMap<string, McpServer>;
  /** Servers that cannot be used, with what is wrong with them. */
  readonly faults: ReadonlyMap<string, string>;
  /** Values of the secrets that the workflow declares, as far as they are there. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** `workflow`: a file or a name, whose servers win over those of the configuration. */
export async function serverBook(project: Project, workflow: string | undefined): Promise<Result<ServerBook>> {
  const servers = new Map<string, McpServer>();
  const faults = new Map<string, string>();
  for (const [name, given] of Object.entries(compilerSettings(project.config).config.mcp ?? {})) {
    if (!isJsonObject(given)) continue;
    const { fault, from } = given;
    if (typeof fault === 'string') faults.set(name, `The server \`${name}\` of \`${String(from)}\` ${fault}.`);
    else servers.set(name, given as unknown as McpServer); // as it was read
  }
  if (workflow === undefined) return { ok: true, value: { servers, faults, secrets: new Map() } };
  const file = findWorkflow(project.cwd, workflow);
  if (!file.ok) return file;
  const { value, diagnostics } = await loadWorkflow(project, file.value);
  if (value === null) return { ok: false, diagnostics };
  for (const template of serverTemplates(value.plan)) {
    const server = evaluated(template, value.plan);
    if (typeof server !== 'string') servers.set(server.name, server);
    else faults.set(nameIn(template), server);
  }
  const secrets = value.plan.secrets.flatMap((name) => {
    const secret = project.env[name];
    return secret === undefined ? [] : [[name, secret] as const];
  });
  return { ok: true, value: { servers, faults, secrets: new Map(secrets) } };
}

/** The servers of these names, or all of them; the first name that cannot be used is refused. */
export function named({ servers, faults }: ServerBook, names: readonly string[]): Result<readonly McpServer[]> {
  if (names.length === 0) return { ok: true, value: [...servers.values()] };
  const found: McpServer[] = [];
  for (const name of names) {
    const server = servers.get(name);
    if (server === undefined) return { ok: false, diagnostics: [unknown(name, { servers, faults })] };
    found.push(server);
  }
  return { ok: true, value: found };
}

function unknown(name: string, { servers, faults }: Pick<ServerBook, 'servers' | 'faults'>): Diagnostic {
  const fault = faults.get(name);
  if (fault !== undefined) return problem('CLI_MCP_SERVER', fault);
  const all = [...servers.keys()];
  return problem('CLI_MCP_SERVER', `There is no MCP server \`${name}\` in the configuration.`, {
    hint:
      all.length === 0
        ? 'One of a workflow is named with `--workflow FILE`; others stand in `giga.yaml` and `.mcp.json`.'
        : `There are: ${all.join(', ')}. One of a workflow is named with \`--workflow FILE\`.`,
    ...similarHint('a server', name, all),
  });
}

/** What the steps and the agents of a plan name, but for those of other workflows, which have inputs of their own. */
function serverTemplates(plan: Plan): readonly Template[] {
  const found: Template[] = [];
  const left: PlanNode[] = [plan.root];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node.kind === 'action' && (node.action === 'mcp' || node.action === 'claude'))
      found.push(...serversIn(node.with));
    if (node.kind !== 'workflow')
      for (const [, part] of partsOf(node)) for (const member of part.nodes) left.push(member);
  }
  return found.toReversed();
}

function nameIn(template: Template): string {
  const entries = template.kind === 'object' ? template.entries : [];
  const name = entries.find(([key]) => key === 'name')?.[1];
  return name?.kind === 'literal' ? String(name.value) : '';
}

/** With the defaults of the inputs; or what it needs beside them. */
function evaluated(template: Template, plan: Plan): McpServer | string {
  const inputs = Object.entries(plan.inputs).flatMap(([name, { default: usual }]) =>
    usual === undefined ? [] : [[name, usual] as const],
  );
  const env = Object.entries(plan.env).flatMap(([name, value]) =>
    value.kind === 'literal' ? [[name, value.value] as const] : [],
  );
  const contexts: Readonly<Record<string, JsonObject>> = {
    inputs: jsonObject(inputs),
    vars: plan.vars,
    env: jsonObject(env),
  };
  const secrets = new SecretsContext(plan.secrets);
  const end = evaluateTemplate(template, {
    context: (name) => (name === 'secrets' ? secrets : contexts[name]),
    captured: () => undefined,
    status: { success: true, failure: false, cancelled: false },
  });
  if (end.kind === 'value' && isJsonObject(end.value)) return end.value as unknown as McpServer; // as the compiler made it
  const why = end.kind === 'error' ? ` ${end.error.message}` : '';
  return `The server \`${nameIn(template)}\` of the workflow depends on what only a run knows.${why}`;
}
