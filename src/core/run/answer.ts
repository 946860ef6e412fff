/** Grants or refuses a verdict on what an approval asks. Knows the question and the rules of the form, not who people are. */
import { type Diagnostic, problem } from '../diagnostic/diagnostic.ts';
import type { Json, JsonObject } from '../json.ts';
import { nearest } from '../nearest.ts';
import { type ApprovalRequest, requestsOf } from './approval.ts';
import type { Path, RunEvent } from './event.ts';
import { BY_TIMEOUT, REJECT } from './rework-cause.ts';
import type { Run } from './run.ts';

/** A verdict, by whoever says that they are `by`. */
export interface Answer {
  readonly kind: 'answer';
  readonly node: Path;
  /** Of the question that was shown. */
  readonly digest: string;
  readonly verdict: string;
  readonly by: string;
  readonly form: Json;
  readonly comment: string | null;
  /** Wall clock, ms since 1970: a verdict that comes too late is none. */
  readonly at: number;
  /** By which whoever sent it finds what became of it. */
  readonly id?: string;
  /** Proof that `by` said so: a signed verdict, see app. */
  readonly proof?: Json;
}

export type Judged =
  | { readonly ok: true; readonly events: readonly RunEvent[] }
  | { readonly ok: false; readonly diagnostic: Diagnostic; readonly events: readonly RunEvent[] };

/** Names that people have: what a line of a log can hold. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u;
/** Characters. */
const MAX_COMMENT = 10_000;

/** The events that a verdict comes to. A refusal of who answered, or of what was shown, is told in the journal as well. */
export function judge(run: Run, answer: Answer): Judged {
  const request = requestsOf(run).find(({ node }) => node === answer.node);
  if (request === undefined) return { ok: false, diagnostic: notAsked(run, answer.node), events: [] };
  const malformed = faultOf(run, request, answer);
  if (malformed !== null) return { ok: false, diagnostic: malformed, events: [] };
  const refused = refusalOf(run, request, answer);
  if (refused !== null) return { ok: false, diagnostic: refused, events: [received(answer, refused)] };
  const { verdict, by, form, comment } = answer;
  const outputs: JsonObject = { verdict, by, form, comment };
  return {
    ok: true,
    events: [received(answer, null), { type: 'wait.ended', node: request.node, op: request.op, outputs }],
  };
}

function received({ node, verdict, by, digest, id }: Answer, refused: Diagnostic | null): RunEvent {
  const why = refused === null ? {} : { code: refused.code, message: refused.message };
  const data: JsonObject = { node, verdict, digest, ...(id !== undefined && { id }), ...why };
  return { type: 'command.received', command: 'approve', by, accepted: refused === null, data };
}

function notAsked(run: Run, path: Path): Diagnostic {
  const waiting = requestsOf(run).map(({ node }) => node);
  const similar = nearest(path, waiting);
  const settled = run.byPath.get(path)?.result;
  const message = settled
    ? `Step \`${path}\` waits for no verdict: it has ended, ${settled}.`
    : `Step \`${path}\` waits for no verdict.`;
  const hint =
    similar === null
      ? waiting.length === 0
        ? 'Nothing in this run does.'
        : `What does: ${waiting.map((one) => `\`${one}\``).join(', ')}.`
      : `Did you mean \`${similar}\`?`;
  return problem('RUN_NOT_ASKED', message, { hint });
}

/** What is wrong with the verdict as such. */
function faultOf(run: Run, request: ApprovalRequest, { verdict, by, form, comment }: Answer): Diagnostic | null {
  if (!request.options.includes(verdict))
    return problem('RUN_VERDICT_UNKNOWN', `\`${verdict}\` is no verdict of step \`${request.node}\`.`, {
      hint: `It is one of ${request.options.map((option) => `\`${option}\``).join(', ')}.`,
    });
  if (!NAME.test(by) || by === BY_TIMEOUT)
    return problem('RUN_APPROVER_NAME', `\`${by}\` is no name that an approver can have.`, {
      hint: 'Give a name of letters, digits and `._@+-` with --as.',
    });
  if (comment !== null && comment.length > MAX_COMMENT)
    return problem('RUN_FORM_INVALID', `The comment is longer than ${MAX_COMMENT} characters.`);
  return faultOfForm(run, request, verdict, form);
}

/** A form goes with every verdict but with the one that rejects, where it may be left out. */
function faultOfForm(
  run: Run,
  { node, form: schema }: ApprovalRequest,
  verdict: string,
  form: Json,
): Diagnostic | null {
  if (form === null && (schema === null || verdict === REJECT)) return null;
  if (schema === null)
    return problem('RUN_FORM_INVALID', `Step \`${node}\` asks for no form.`, {
      hint: 'Leave --form out; --comment says why.',
    });
  const wrong = run.surroundings.validate?.(schema, form) ?? null;
  return wrong === null ? null : problem('RUN_FORM_INVALID', `The form of step \`${node}\` does not fit: ${wrong}.`);
}

function refusalOf(run: Run, request: ApprovalRequest, answer: Answer): Diagnostic | null {
  if (answer.digest !== request.digest)
    return problem(
      'POLICY_APPROVAL_CHANGED',
      `What step \`${request.node}\` asks is not what this verdict was given on.`,
      {
        hint: 'The plan or what is shown has changed since: look at it again with `giga approve`.',
      },
    );
  if (request.dueAt !== null && request.dueAt <= answer.at)
    return problem('POLICY_APPROVAL_LATE', `The time for a verdict on step \`${request.node}\` is over.`, {
      hint: '`giga resume` goes on with what the workflow says for that.',
    });
  return run.surroundings.admit?.(answer, request.approvers) ?? null;
}
