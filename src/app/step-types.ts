/** The step types of a run, by their names. All but the commonest are loaded when a run meets its first step of them. */

import type { PriceTable } from '../core/money/prices.ts';
import type { Spender } from '../core/money/spender.ts';
import type { Clock, Mask, StepType } from '../core/ports.ts';
import type { RunStepOptions } from '../steps/run/run.ts';

export interface StepTools {
  readonly clock: Clock;
  readonly mask: Mask;
  readonly secrets: ReadonlyMap<string, string>;
  /** Whom a step asks before it spends. */
  readonly spender: Spender;
  /** Giga's prices, with those of the project: loaded when they are asked for. */
  prices(): Promise<PriceTable>;
  /** Giga's own environment. */
  readonly env: NodeJS.ProcessEnv;
}

export function stepTypes(
  run: StepType,
  { clock, mask, secrets, env }: StepTools,
  programs: RunStepOptions,
): ReadonlyMap<string, StepType> {
  const types = [
    run,
    lateStep('http', async () => (await import('./io-steps.ts')).httpStep(clock, secrets)),
    lateStep('claude', async () => (await import('./claude-step.ts')).claudeStep({ clock, env })),
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
