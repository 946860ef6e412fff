/** What is said of a step that waits: for what, and that it did in vain. Knows no rules. */

import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import { type Json, type JsonObject, unreachable } from '../json.ts';
import { known } from '../known.ts';
import type { Awaited, AwaitNode } from '../plan/plan.ts';
import { formatDuration } from '../units.ts';
import type { CheckEnded, DoubtCause, WaitPurpose } from './event.ts';
import type { Node } from './node.ts';
import type { OpenOp, Run } from './run.ts';

/** What a wait is for, by its `wait.started`: `event \`deployed\``. */
export function waitedFor(purpose: WaitPurpose, data: JsonObject): string {
  const named = (value: Json | undefined): string => `\`${String(value)}\``;
  switch (purpose) {
    case 'event':
      return `event ${named(data.event)}`;
    case 'file':
      return `file ${named(data.file)}`;
    case 'condition':
      return named(data.until ?? data.probe);
    case 'assume':
      return `someone who knows: ${doubtText(data.why as DoubtCause)}`; // written by `askDoubt`
    default:
      return purpose;
  }
}

/** Why it is not known whether an effect has happened. */
export function doubtText(why: DoubtCause): string {
  switch (why) {
    case 'cut-off':
      return 'its attempt was cut off';
    case 'timed-out':
      return 'its attempt took too long';
    case 'failed':
      return 'its attempt failed';
    case 'unproven':
      return 'its attempt succeeded, and what came of it is wrong';
    case 'changed':
      return 'it has succeeded, and is not the same any more';
    default:
      return unreachable(why);
  }
}

/** Why a step fails that waited longer than it may. */
export function waitTimedOut(run: Run, node: Node, { what, timeoutMs }: AwaitNode): Diagnostic {
  const { purpose, data } = run.ops.get(node.op) as OpenOp & { readonly kind: 'wait' }; // it is open until this
  const whatFor = waitedFor(purpose, data);
  const message = `Step \`${node.path}\` waited ${formatDuration(known(timeoutMs))} for ${whatFor}${inVain(what)}.`;
  return problem('STEP_WAIT_TIMEOUT', message, { hint: hintFor(node, what) });
}

function inVain(what: Awaited): string {
  switch (what.kind) {
    case 'event':
      return `, and none came${what.match === undefined ? '' : ' that its `match` lets through'}`;
    case 'file':
      return ', which is not there';
    case 'probe':
      return ' to succeed';
    default:
      return ', which does not hold';
  }
}

function hintFor(node: Node, what: Awaited): string {
  if (what.kind === 'event') return `\`giga runs send RUN ${what.name}\` sends one; or raise \`wait.timeout\`.`;
  if (what.kind === 'file') return 'See what should make it, or raise `wait.timeout`.';
  return lastCheck(node.checks?.last);
}

function lastCheck(last: CheckEnded | null | undefined): string {
  const values = (last?.operands ?? []).map(({ source, value }) => `${source} is ${JSON.stringify(value)}`);
  const found = values.length > 0 ? values.join(', ') : last?.error?.message;
  return found === undefined ? 'Raise `wait.timeout`.' : `At the last look: ${found}`;
}
