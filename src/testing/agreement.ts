/** Whether a run came to the end that the reference tells. Knows results and outputs by path, and no rules. */
import { canonical, type JsonObject } from '../core/json.ts';
import type { Path, Recorded } from '../core/run/event.ts';
import { endOf } from '../sim/run-end.ts';
import type { Simulated } from '../sim/simulate.ts';
import type { RandomCase } from './random-plan.ts';
import { referenceEnd } from './reference.ts';

/** What differs, a line each. Null where the reference does not tell, or the rules do not say what comes first. */
export function disagreements(testCase: RandomCase, simulated: Simulated): readonly string[] | null {
  if (testCase.isBeyond || hasTie(simulated.journal)) return null;
  const told = referenceEnd(testCase);
  if (told.isOpen) return null;
  const { verdict, steps } = endOf(simulated);
  const found = verdict === told.verdict ? [] : [`the run: ${verdict}, not ${told.verdict}`];
  const paths = new Set([...steps.keys(), ...told.steps.keys()]);
  paths.delete('');
  for (const path of [...paths].toSorted()) {
    const step = steps.get(path);
    const result = step?.result === 'kept' ? 'succeeded' : (step?.result ?? 'not there');
    const wanted = told.steps.get(path);
    if (result !== (wanted?.result ?? 'not there')) found.push(`${path}: ${result}, not ${wanted?.result ?? 'there'}`);
    else if (result === 'succeeded') found.push(...ofOutputs(path, step?.outputs ?? {}, wanted?.outputs ?? {}));
  }
  return found;
}

/** Measured, or a matter of an order that is not told. */
const UNTOLD: readonly string[] = ['waited-ms', 'undone'];

/** Of what the journal says was given: of a group that is what its members gave. */
function ofOutputs(path: Path, given: JsonObject, wanted: JsonObject): readonly string[] {
  const names = Object.keys(given).filter((name) => !UNTOLD.includes(name));
  return names.flatMap((name) => {
    const [is, should] = [canonical(given[name] ?? null), canonical(wanted[name] ?? null)];
    return is === should ? [] : [`${path}: its output ${name} is ${is}, not ${should}`];
  });
}

const ANSWERS: readonly Recorded['type'][] = ['attempt.ended', 'timer.ended', 'wait.ended', 'check.ended'];

/** Something was cut short at the very moment at which it began, or at which several things ended in it. */
function hasTie(journal: readonly Recorded[]): boolean {
  return journal.some((cut) => {
    if (cut.type !== 'cancel.requested' && cut.type !== 'race.won') return false;
    const around = journal.filter((one) => one.at === cut.at && 'node' in one && one.node.startsWith(cut.node));
    const isCut = (one: Recorded): boolean => one.type === 'attempt.ended' && one.outcome === 'cancelled';
    const answers = around.filter((one) => ANSWERS.includes(one.type) && !isCut(one));
    return answers.length > 1 || around.some((one) => one.type === 'scope.opened' && one.node === cut.node);
  });
}
