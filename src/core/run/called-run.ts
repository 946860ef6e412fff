/** Names of runs that a step of another run called: by that run and the call, so that the same call is the same run. Pure. */
import { sha256 } from '../json.ts';

const CALLED = /^([A-Za-z0-9]+)-[0-9a-f]{8}$/;

/** `call` names it among all calls of that run. */
export function calledRunId(run: string, call: string): string {
  return `${run}-${sha256(call).slice(0, 8)}`;
}

/** The run that called this one; null for a run that somebody started. */
export function callerOf(id: string): string | null {
  return CALLED.exec(id)?.[1] ?? null;
}
