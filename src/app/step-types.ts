/** The step types of a run, by their names. All but the commonest are loaded when a run meets its first step of them. */

import type { PluginHost } from '../core/plugin.ts';
import type { Clock, Mask, StepType } from '../core/ports.ts';
import type { Purse } from '../steps/claude/pay.ts';
import type { RunStepOptions } from '../steps/run/run.ts';
import type { Models } from './claude-step.ts';
import type { Mcp } from './mcp-steps.ts';

export interface StepTools {
  readonly clock: Clock;
  readonly mask: Mask;
  readonly secrets: ReadonlyMap<string, string>;
  /** What calls of models are paid from. */
  readonly purse: Purse;
  readonly models: Models;
  /** The MCP servers of the run; made when a step asks for the first one. */
  readonly servers: () => Promise<Mcp>;
  /** The plugins of the run; likewise. */
  readonly plugins: () => Promise<PluginHost>;
}

export function stepTypes(
  run: StepType,
  { clock, mask, secrets, models, servers, plugins, purse }: StepTools,
  programs: RunStepOptions,
): ReadonlyMap<string, StepType> {
  const types = [
    run,
    lateStep('http', async () => (await import('./io-steps.ts')).httpStep(clock, secrets)),
    lateStep('claude', async () => (await import('./claude-step.ts')).claudeStep(models, clock, mask, purse)),
    lateStep('mcp', async () =>
      (await import('./mcp-steps.ts')).mcpStep(await servers(), clock, async () =>
        (await import('./claude-step.ts')).samplerSource(models, clock, mask, purse),
      ),
    ),
    lateStep('uses', async () => (await import('./io-steps.ts')).usesStep(plugins)),
    lateStep('service', async () => (await import('./io-steps.ts')).serviceStep(clock, programs)),
    lateStep('write', async () => (await import('./io-steps.ts')).writeStep(mask)),
  ];
  return new Map(types.map((type) => [type.name, type]));
}

function lateStep(name: string, load: () => Promise<StepType>): StepType {
  let loaded: Promise<StepType> | undefined;
  return {
    name,
    async perform(request, context) {
      loaded ??= load();
      return (await loaded).perform(request, context);
    },
  };
}
