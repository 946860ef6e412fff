/** What a `claude` step with tools asks for beside its question. */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { STORE_NAME } from '../memory/bounds.ts';
import type { McpServer } from './mcp-request.ts';
import type { Plan } from './plan.ts';

/** Tools that giga brings. */
export const BUILT_IN_TOOLS = ['read', 'search', 'edit', 'run', 'fetch'] as const;
export type BuiltInTool = (typeof BUILT_IN_TOOLS)[number];

/** A workflow that the agent calls as a tool, with its inputs as arguments. */
export interface AgentWorkflow {
  readonly name: string;
  readonly description: string;
  /** As it was compiled under the permissions of the step. */
  readonly plan: Plan;
}

export interface AgentRequest {
  readonly tools: readonly BuiltInTool[];
  /** Absent: none. */
  readonly workflows?: readonly AgentWorkflow[];
  /** Answers of the model. */
  readonly maxTurns: number;
  readonly onDenied: 'fail' | 'continue';
  /** Programs run as giga's user. Absent: in a sandbox, or not at all. */
  readonly sandbox?: 'none';
  /** Bytes that programs in the sandbox may have. */
  readonly sandboxMemory?: number;
  /** The command line of Claude is the agent, with tools of its own that answer to these. */
  readonly runner?: 'cli';
  /** Tokens of a prompt, beyond which old results of tools are left out; `off`: they never are. Absent: what the model has room for. */
  readonly context?: number | 'off';
  /** The store of notes that it has. */
  readonly memory?: string;
  /** For `readPermissions`. */
  readonly permissions: JsonObject;
}

/** Turns when `max-turns` says nothing, and the most that it may say. */
export const USUAL_TURNS = 30;
export const MAX_TURNS = 1_000;

/** Null for what is none. */
export function readAgentRequest(json: Json): AgentRequest | null {
  if (!isJsonObject(json)) return null;
  const { tools, workflows, maxTurns, onDenied, sandbox, sandboxMemory, runner, context, memory, permissions } = json;
  const names = Array.isArray(tools) ? tools.map((name) => BUILT_IN_TOOLS.find((one) => one === name)) : [];
  const isWhole = !names.includes(undefined) && typeof maxTurns === 'number';
  if (!isWhole || !isJsonObject(permissions)) return null;
  return {
    tools: names.filter((name) => name !== undefined),
    // The compiler made them, and a plan is not looked at again where it is taken from the disk.
    ...(Array.isArray(workflows) ? { workflows: workflows as unknown as readonly AgentWorkflow[] } : {}),
    maxTurns,
    onDenied: onDenied === 'continue' ? 'continue' : 'fail',
    ...(sandbox === 'none' ? { sandbox } : {}),
    ...(typeof sandboxMemory === 'number' ? { sandboxMemory } : {}),
    ...(runner === 'cli' ? { runner } : {}),
    ...(context === 'off' || Number.isSafeInteger(context)
      ? { context: context === 'off' ? context : Number(context) }
      : {}),
    ...(typeof memory === 'string' && STORE_NAME.test(memory) ? { memory } : {}),
    permissions,
  };
}

/** Whether it has a tool by which it touches more than its notes. */
export function hasTools({ tools, workflows = [] }: AgentRequest, servers: readonly McpServer[] = []): boolean {
  return tools.length + workflows.length + servers.length > 0;
}
