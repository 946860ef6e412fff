/** Joins what a run may spend: its ledger, the budget of the day, and what both are told. All of it is loaded for the first call that is asked for. */
import type { Spender } from '../core/money/spender.ts';
import type { Clock, StepType } from '../core/ports.ts';
import { capsOf } from '../core/run/budget.ts';
import type { Path, Recorded } from '../core/run/event.ts';
import type { Run } from '../core/run/run.ts';
import { spentBySteps } from '../core/run/spend.ts';
import { configKeys } from './config/config.ts';
import type { Project } from './project.ts';
import type { RunSpender } from './spender.ts';

export interface Spending extends Spender {
  /** What a step has not settled when it answers is spent at its worst case. */
  watch(types: ReadonlyMap<string, StepType>): ReadonlyMap<string, StepType>;
  /** Whether anything bounds what a step may spend. */
  isBounded(node: Path): boolean;
  /** Every record of the run, as it is published. */
  hear(record: Recorded): void;
}

/** `state`: as it was folded, before anything of this process. */
export function spendingOf(project: Project, id: string, state: Run, clock: Clock): Spending {
  let made: Promise<RunSpender> | undefined;
  const make = async (): Promise<RunSpender> => {
    const [{ createSpender }, { dayLimits }] = await Promise.all([import('./spender.ts'), import('./config/money.ts')]);
    const limits = dayLimits(project.config);
    const day =
      limits === null
        ? null
        : (await import('../host/store/file/day-budget.ts')).createDayBudget({
            layout: project.store.layout,
            limits,
            run: id,
            clock,
          });
    return createSpender({
      run: id,
      spent: spentBySteps(state.spend),
      capsOf: (node) => capsOf(state, node),
      ...(day && { day }),
    });
  };
  const watched = (type: StepType): StepType => ({
    name: type.name,
    async perform(request, context) {
      try {
        return await type.perform(request, context);
      } finally {
        void made?.then((spender) => spender.over(context.work.node));
      }
    },
  });
  return {
    reserve: async (ask, signal) => (await (made ??= make())).reserve(ask, signal),
    isBounded: (node) =>
      capsOf(state, node).length > 0 || configKeys(project.config).some((key) => key.startsWith('budget.day.')),
    watch: (types) => new Map([...types].map(([name, type]) => [name, name === 'run' ? type : watched(type)])),
    hear(record) {
      if (record.type === 'budget.raised') void made?.then((spender) => spender.review());
    },
  };
}
