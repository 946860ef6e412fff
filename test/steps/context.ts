/** What a step type is told about an attempt, for tests that give it one by hand. */
import { join } from 'node:path';
import type { StepContext } from '../../src/core/ports.ts';
import type { AttemptWork } from '../../src/core/run/effect.ts';

let count = 0;

export type ContextMore = Partial<AttemptWork> & Partial<Pick<StepContext, 'signal' | 'progress' | 'alive' | 'note'>>;

/** A context in the workspace `root`. Every one is of a step of its own. */
export function contextFor(root: string, { signal, progress, alive, note, ...work }: ContextMore = {}): StepContext {
  count++;
  return {
    work: {
      kind: 'attempt',
      node: `step${count}`,
      op: count,
      attempt: 1,
      action: 'run',
      request: {},
      env: {},
      secrets: [],
      clearEnv: false,
      graceMs: 1_000,
      stepKey: `r1/step${count}/1`,
      ...work,
    },
    signal: signal ?? new AbortController().signal,
    kill: new AbortController().signal,
    run: { id: 'r1', folder: join(root, 'logs'), root },
    note: note ?? (async () => true),
    progress: progress ?? (() => {}),
    ...(alive ? { alive } : {}),
  };
}
