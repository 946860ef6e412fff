/** Joins the step type `claude` with the Messages API, or with what stands for it. Only connects; loaded when a run meets its first step of it. */
import { DEFAULT_MODEL } from '../core/claude/models.ts';
import type { Clock, Mask, StepType } from '../core/ports.ts';
import { createBatchClient } from '../host/claude/batches.ts';
import { recordTo, replayFrom } from '../host/claude/cassettes.ts';
import { apiSchema, createClaudeClient, USUAL_BASE_URL } from '../host/claude/client.ts';
import { keepAnswers } from '../host/claude/kept-answers.ts';
import { createTurns } from '../host/claude/turns.ts';
import { createAttachmentReader } from '../host/workspace/read-attachments.ts';
import type { AgentMeans } from '../steps/claude/agent-step.ts';
import { NO_USAGE } from '../steps/claude/ask.ts';
import { createBatchDesk } from '../steps/claude/batch-desk.ts';
import { type ClaudeStepOptions, createClaudeStep } from '../steps/claude/claude.ts';
import { meterOf, type Purse } from '../steps/claude/pay.ts';
import { createSampler } from '../steps/claude/sampling.ts';
import type { SamplerSource } from '../steps/mcp/sampler.ts';
import type { AgentSurroundings } from './agent-means.ts';
import type { Config } from './config/config.ts';
import { configuredModels, modelLimits } from './config/models.ts';
import { fakeModels } from './fake-models.ts';

/** Where answers come from when models are not simply asked. */
export type ModelSource = 'fake' | 'record' | 'replay';

export interface Models {
  /** Giga's own environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly source?: ModelSource;
  /** The folder of recorded answers, and that of kept ones; absolute. */
  readonly cassettes: string;
  readonly answers: string;
  readonly agents: AgentSurroundings;
  /** Of the configuration. */
  readonly model?: string;
  readonly config: Config;
}

export function claudeStep(models: Models, clock: Clock, mask: Mask, purse: Purse): StepType {
  let means: AgentMeans | undefined;
  const { known } = configuredModels(models.config);
  return createClaudeStep({
    ...clientsOf(models, clock, mask, purse),
    files: createAttachmentReader(),
    clock,
    apiSchema,
    ...(models.model === undefined ? {} : { model: models.model }),
    ...(known === undefined ? {} : { known }),
    agent: async () => {
      means ??= (await import('./agent-means.ts')).agentMeans(models.agents, models.source !== undefined);
      return models.source === undefined ? means : { ...means, cli: null };
    },
  });
}

/** Whom MCP servers ask for model calls: the steps that call them pay. */
export function samplerSource(models: Models, clock: Clock, mask: Mask, purse: Purse): SamplerSource {
  const { client, purse: payer } = clientsOf(models, clock, mask, purse);
  const asked = { client, model: models.model ?? DEFAULT_MODEL, mask };
  return async (server, context) => {
    const meter = meterOf(context);
    const own = { client, meter, clock, context, usage: NO_USAGE, by: null, keeps: [], ...(payer && { purse: payer }) };
    return createSampler(server, asked, own);
  };
}

function clientsOf(
  models: Models,
  clock: Clock,
  mask: Mask,
  purse: Purse,
): Pick<ClaudeStepOptions, 'client' | 'kept' | 'purse' | 'desk'> {
  const { env, source, cassettes, answers } = models;
  if (source === 'fake') return { client: fakeModels() };
  if (source === 'replay') return { client: replayFrom(cassettes, mask) };
  const baseUrl = env['ANTHROPIC_BASE_URL'] || USUAL_BASE_URL;
  const access = { apiKey: env['ANTHROPIC_API_KEY'] || null, baseUrl, clock };
  const client = createClaudeClient(access);
  const paid = { ...purse, turns: createTurns(modelLimits(models.config), clock) };
  if (source === 'record') return { client: recordTo(client, cassettes, mask), purse: paid };
  const desk = createBatchDesk(createBatchClient(access), clock);
  return { client, kept: (asked) => keepAnswers(asked, answers, baseUrl, clock), purse: paid, desk };
}
