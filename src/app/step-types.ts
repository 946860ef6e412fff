/** The step types of a run, by their names. All but the commonest are loaded when a run meets its first step of them. */

import type { Clock, Mask, StepType } from '../core/ports.ts';
import type { RunStepOptions } from '../steps/run/run.ts';
import type { Project } from './project.ts';

export interface StepTools {
  readonly clock: Clock;
  readonly mask: Mask;
  readonly secrets: ReadonlyMap<string, string>;
  readonly project: Project;
}

export function stepTypes(
  run: StepType,
  { clock, mask, secrets, project }: StepTools,
  programs: RunStepOptions,
): ReadonlyMap<string, StepType> {
  const agents = { project, mask, secrets, inherited: programs.inherited };
  const types = [
    run,
    lateStep('http', async () => (await import('./io-steps.ts')).httpStep(clock, secrets)),
    lateStep('claude', async () => (await import('./claude-step.ts')).claudeStep({ clock, env: project.env, agents })),
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
