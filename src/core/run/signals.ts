/** Events that are sent to a run from outside: kept until a step takes them. Knows no expressions. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { Json, JsonObject } from '../json.ts';
import { isDeeper } from '../json-depth.ts';
import { known } from '../known.ts';
import type { RunEvent } from './event.ts';
import { type Run, touch } from './run.ts';

export interface Signal {
  /** From 1, in the order in which they came. */
  readonly number: number;
  readonly name: string;
  readonly data: Json;
  readonly by: string;
  /** The last op before it came: every wait up to here was open then, or is over. */
  readonly lastOp: number;
  isTaken: boolean;
}

/** So many are kept that no step has taken; as many that were. */
export const MAX_SIGNALS = 100;
/** Characters of the data as JSON. */
const MAX_DATA = 32_768;
const MAX_DEPTH = 100;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$/;
const MAX_BY = 200;

export function isSignalName(name: string): boolean {
  return NAME.test(name);
}

/** What someone sends. It may come from outside, as whatever JSON. */
export interface SignalCommand {
  readonly kind: 'signal';
  readonly name: string;
  readonly data?: Json;
  readonly by?: string;
  /** By which the sender finds what became of it. */
  readonly ticket?: string;
}

/** Why an event cannot be taken as it is; null when it can. */
export function signalProblem(command: SignalCommand): Diagnostic | null {
  const { name, data, by, ticket } = command as unknown as JsonObject; // it may be anything
  if (typeof name !== 'string' || !isSignalName(name))
    return problem('RUN_BAD_EVENT', 'This is not the name of an event.', {
      hint: 'Write 1 to 128 letters, digits, `_`, `-`, `.`, `:` and `/`; the first is a letter or a digit.',
    });
  if (![by, ticket].every((text) => text === undefined || (typeof text === 'string' && text.length <= MAX_BY)))
    return problem('RUN_BAD_EVENT', `Who sends an event is a text of at most ${MAX_BY} characters.`);
  if (data !== undefined && (isDeeper(data, MAX_DEPTH) || JSON.stringify(data).length > MAX_DATA))
    return problem('RUN_BAD_EVENT', `The data of the event \`${name}\` is too large.`, {
      hint: `Send at most ${MAX_DATA} characters of JSON and ${MAX_DEPTH} levels; hand larger things over as a file or an address.`,
    });
  return null;
}

/** Why there is no room for another event; null when there is. */
export function noRoom(run: Run, name: string): Diagnostic | null {
  const kept = run.signals.filter(({ isTaken }) => !isTaken);
  if (kept.length < MAX_SIGNALS) return null;
  return problem(
    'RUN_EVENTS_FULL',
    `The event \`${name}\` was refused: ${MAX_SIGNALS} events are kept that no step has taken.`,
    { hint: 'See with `giga runs show` whether a step waits for them, and whether its `match` lets them through.' },
  );
}

/** The record of an event that was sent. */
export function received(command: SignalCommand, refused: Diagnostic | null): RunEvent {
  const { name, data = null, by = 'unknown', ticket } = command;
  const said = { name, ...(refused ? { code: refused.code } : { data }), ...(ticket !== undefined && { ticket }) };
  return { type: 'command.received', command: 'signal', by, accepted: refused === null, data: said };
}

/** Keeps an event, and asks those that wait for it. */
export function receive(run: Run, event: Extract<RunEvent, { readonly type: 'command.received' }>): void {
  if (event.command !== 'signal' || !event.accepted) return;
  const { name, data } = event.data as { readonly name: string; readonly data: Json }; // as `received` wrote it
  const { lastOp } = run;
  run.signals.push({ number: ++run.signalled, name, data, by: event.by, lastOp, isTaken: false });
  const taken = run.signals.filter(({ isTaken }) => isTaken);
  if (taken.length > MAX_SIGNALS) run.signals.splice(run.signals.indexOf(taken[0] as Signal), 1); // there is one
  for (const open of run.ops.values())
    if (open.kind === 'wait' && open.purpose === 'event' && open.data.event === name) touch(run, open.node);
}

/** The events of a name that a wait may take: those nobody took, and those that came while it was open. */
export function* signalsFor(run: Run, name: string, op: number): Iterable<Signal> {
  for (const signal of run.signals) if (signal.name === name && (!signal.isTaken || op <= signal.lastOp)) yield signal;
}

export function takeSignal(run: Run, number: number): void {
  known(run.signals.find((one) => one.number === number)).isTaken = true;
}
