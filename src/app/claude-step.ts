/** Joins the step type `claude` with the Messages API. Only connects; loaded when a run meets its first step of it. */
import type { Clock, StepType } from '../core/ports.ts';
import { apiSchema, createClaudeClient, USUAL_BASE_URL } from '../host/claude/client.ts';
import { createAttachmentReader } from '../host/workspace/read-attachments.ts';
import type { AgentMeans } from '../steps/claude/agent-step.ts';
import { createClaudeStep } from '../steps/claude/claude.ts';
import type { AgentSurroundings } from './agent-means.ts';

export interface ClaudeTools {
  readonly clock: Clock;
  /** Giga's own environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly agents: AgentSurroundings;
  /** Of the configuration. */
  readonly model?: string;
}

export function claudeStep({ clock, env, agents, model }: ClaudeTools): StepType {
  const client = createClaudeClient({
    apiKey: env['ANTHROPIC_API_KEY'] || null,
    baseUrl: env['ANTHROPIC_BASE_URL'] || USUAL_BASE_URL,
    clock,
  });
  let means: AgentMeans | undefined;
  return createClaudeStep({
    client,
    files: createAttachmentReader(),
    clock,
    apiSchema,
    agent: async () => (means ??= (await import('./agent-means.ts')).agentMeans(agents)),
    ...(model === undefined ? {} : { model }),
  });
}
