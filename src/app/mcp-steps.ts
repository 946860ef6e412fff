/** Joins the step type `mcp` with this machine. Only connects; loaded when a run needs it. */
import { dirname, join } from 'node:path';
import type { Capabilities } from '../core/capability.ts';
import type { Result } from '../core/diagnostic/diagnostic.ts';
import type { Lock } from '../core/lock.ts';
import type { McpFace } from '../core/mcp.ts';
import type { Clock, StepType } from '../core/ports.ts';
import { createMcpConnector } from '../host/mcp/connect.ts';
import { tokenStore } from '../host/mcp/tokens.ts';
import { notedGroups } from '../host/process/noted-groups.ts';
import { createGateway, type Gateway } from '../steps/mcp/gateway.ts';
import { createMcpStep } from '../steps/mcp/mcp.ts';
import { withOwnServers } from '../steps/mcp/own-servers.ts';
import { createMcpPool, type McpPool } from '../steps/mcp/pool.ts';
import type { Answered } from '../steps/mcp/recall.ts';
import type { SamplerSource } from '../steps/mcp/sampler.ts';
import { readLockFile } from './lock-file.ts';

export interface McpTools {
  readonly clock: Clock;
  readonly secrets: ReadonlyMap<string, string>;
  /** Giga's own environment. */
  readonly env: NodeJS.ProcessEnv;
  /** The workspace root. */
  readonly root: string;
  /** Of the run's logs; absent: what is started is not noted. */
  readonly logFolder?: string;
  /** The state folder, in which tokens of servers are kept. */
  readonly state: string;
  readonly elicit?: McpFace['elicit'];
  readonly signIn?: McpFace['signIn'];
  /** What giga's own process offers as servers do. */
  readonly capabilities?: Capabilities;
}
export interface Mcp {
  readonly pool: McpPool;
  readonly gateway: Gateway;
  /** Which calls of agents each server has answered. */
  readonly answered: Answered;
}

/** The servers of one run, or of one command. Whoever asks for them closes the pool. */
export function mcpOf(tools: McpTools): Mcp {
  const { clock, secrets, env, root, elicit, signIn } = tools;
  const others = createMcpConnector({
    ...notesOf(tools.logFolder),
    tokens: tokenStore(join(tools.state, 'mcp-tokens')),
  });
  const { capabilities } = tools;
  const connector = capabilities === undefined ? others : withOwnServers(others, capabilities, clock);
  const face = { roots: [root], ...(elicit && { elicit }), ...(signIn && { signIn }) };
  const pool = createMcpPool({ connector, clock, around: { secrets, env, root }, face });
  let lock: Promise<Result<Lock>> | undefined;
  const gateway = createGateway({ fault: connector.fault, lock: () => (lock ??= readLockFile(root)) });
  return { pool, gateway, answered: new WeakMap() };
}

/** `makeSampler`: called for the first server that may ask for model calls. */
export function mcpStep({ pool, gateway }: Mcp, clock: Clock, makeSampler: () => Promise<SamplerSource>): StepType {
  let made: Promise<SamplerSource> | undefined;
  const sampler: SamplerSource = async (server, context) => (await (made ??= makeSampler()))(server, context);
  return createMcpStep({ pool, gateway, clock, sampler });
}

/** Where whoever takes the run over looks for what a killed giga left. */
function notesOf(logFolder: string | undefined): Parameters<typeof createMcpConnector>[0] {
  if (logFolder === undefined) return {};
  const folder = join(dirname(logFolder), 'services');
  const nameOf = (group: number): string => `mcp-${group}`;
  return {
    groups: {
      started: (group) => notedGroups.note(folder, nameOf(group), group),
      ended: (group) => notedGroups.forget(folder, nameOf(group)),
    },
  };
}
