/** Brings verdicts to a run that goes on in this process: from its inbox, and those that were given beforehand. Decides nothing. */
import type { Diagnostic } from '../core/diagnostic/diagnostic.ts';
import { problem } from '../core/diagnostic/diagnostic.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { isDeeper, MAX_GIVEN_DEPTH } from '../core/json-depth.ts';
import type { Clock, Mask } from '../core/ports.ts';
import type { Answer } from '../core/run/answer.ts';
import { type ApprovalRequest, requestsOf } from '../core/run/approval.ts';
import type { WaitWork } from '../core/run/effect.ts';
import type { Run } from '../core/run/run.ts';
import type { SignedVerdict } from './verdict-file.ts';

/** Characters of a digest, a name or an id. */
const MAX_WORD = 128;

/** A command of the inbox as an answer, which came at `at`; null when it is none. */
export function readAnswer(command: JsonObject, at: number): Answer | null {
  const { node, digest, verdict, by, form = null, comment = null, id, proof } = command;
  if (typeof node !== 'string' || typeof digest !== 'string' || typeof verdict !== 'string' || typeof by !== 'string')
    return null;
  if (comment !== null && typeof comment !== 'string') return null;
  if (isDeeper(command, MAX_GIVEN_DEPTH)) return null;
  // What is refused is written down: no more of it than a digest and an id can be.
  if (digest.length > MAX_WORD || by.length > MAX_WORD || (typeof id === 'string' && id.length > MAX_WORD)) return null;
  return {
    kind: 'answer',
    node,
    digest,
    verdict,
    by,
    form,
    comment,
    at,
    ...(typeof id === 'string' && { id }),
    ...(proof !== undefined && { proof }),
  };
}

/** What a signed verdict says, given now. */
function answerOf(signed: SignedVerdict, at: number): Answer {
  const { step: node, digest, verdict, by, form, comment } = signed;
  return { kind: 'answer', node, digest, verdict, by, form, comment, at, proof: signed as unknown as Json }; // plain JSON
}

/** A secret in a form or a comment is written nowhere. A mask keeps the shape of what it hides in. */
export function maskedAnswer(answer: Answer, mask: Mask): Answer {
  return mask.active
    ? { ...answer, form: mask.json(answer.form), comment: mask.json<string | null>(answer.comment) }
    : answer;
}

interface Going {
  readonly state: Run;
  readonly clock: Clock;
  answer(answer: Answer): Diagnostic | null;
}

/** Verdicts that were given beforehand: each answers where the run asks just that. */
export interface Beforehand {
  hear(asked: WaitWork): void;
  /** Why some do not fit what is asked. */
  unused(): readonly Diagnostic[];
}

export function answerBeforehand(verdicts: readonly SignedVerdict[], { state, clock, answer }: Going): Beforehand {
  const refused: Diagnostic[] = [];
  return {
    hear({ purpose, node, data }) {
      const fitting = purpose === 'approval' && verdicts.find((one) => one.step === node && one.digest === data.digest);
      const diagnostic = fitting ? answer(answerOf(fitting, clock.wallMs())) : null;
      if (diagnostic !== null) refused.push(diagnostic);
    },
    unused: () => [...refused, ...requestsOf(state).flatMap((request) => others(verdicts, request))],
  };
}

/** Verdicts on the step of a request that were given on something else. */
function others(verdicts: readonly SignedVerdict[], { node, digest }: ApprovalRequest): readonly Diagnostic[] {
  return verdicts
    .filter((one) => one.step === node && one.digest !== digest)
    .map(({ by }) =>
      problem(
        'POLICY_APPROVAL_CHANGED',
        `The signed verdict of ${by} on \`${node}\` was given on something else than this run asks.`,
        {
          hint: 'Look at what it asks now, and sign anew.',
        },
      ),
    );
}
