/** Lives one run of a given plan through, in a world that is told as far as it matters. Knows no files. */
import { digest, type Json, type JsonObject } from '../core/json.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { Script } from '../sim/simulate.ts';
import { type Lived, liveThrough } from './simulation.ts';
import { type Blow, NO_TROUBLE, PEACE, type Troubles } from './trouble.ts';

export interface RunInWorld {
  readonly plan: Plan;
  readonly inputs?: JsonObject;
  /** What is not told goes well: attempts succeed after a second and say nothing, and nothing comes from outside. */
  readonly script?: Partial<Script>;
  readonly troubles?: Troubles;
  /** Of what a disk keeps that lost its power, and of small delays. Default: 1. */
  readonly seed?: number;
}

const GOES_WELL: Script = {
  attempt: () => ({ outcome: 'succeeded', outputs: { stdout: '', stderr: '', 'exit-code': 0 }, takesMs: 1_000 }),
  wait: () => null,
  capture: ({ captures }) => ({ values: Object.fromEntries(captures.map(({ key }) => [key, null])) }),
};

/** All lives of the run, until one brings it to its end, or nothing more would happen. Rejects for a bug only. */
export function simulateRun({
  plan,
  inputs = {},
  script,
  troubles = NO_TROUBLE,
  seed = 1,
}: RunInWorld): Promise<Lived> {
  const hash = digest(plan as unknown as Json); // a Plan is plain JSON
  const of = { run: 'run', plan, hash, inputs, script: { ...GOES_WELL, ...script } };
  return liveThrough(of, { seed, troubles, storesPlan: true });
}

/** One blow, at a moment of the first life: moments are the operations of its disk, and the beginnings of attempts. */
export function troubleAt(moment: number, blow: Blow): Troubles {
  return { shortWrites: false, lives: [{ ...PEACE, blows: [{ moment, blow }] }] };
}
