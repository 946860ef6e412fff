/** Joins the step type `claude` with the Messages API. Only connects; loaded when a run meets its first step of it. */
import type { Clock, StepType } from '../core/ports.ts';
import { apiSchema, createClaudeClient, USUAL_BASE_URL } from '../host/claude/client.ts';
import { createAttachmentReader } from '../host/workspace/read-attachments.ts';
import { createClaudeStep } from '../steps/claude/claude.ts';

export interface ClaudeTools {
  readonly clock: Clock;
  /** Giga's own environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Of the configuration. */
  readonly model?: string;
}

export function claudeStep({ clock, env, model }: ClaudeTools): StepType {
  const client = createClaudeClient({
    apiKey: env['ANTHROPIC_API_KEY'] || null,
    baseUrl: env['ANTHROPIC_BASE_URL'] || USUAL_BASE_URL,
    clock,
  });
  return createClaudeStep({
    client,
    files: createAttachmentReader(),
    clock,
    apiSchema,
    ...(model === undefined ? {} : { model }),
  });
}
