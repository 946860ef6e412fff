/** Which answers of a model are none: refused, cut off, or empty. Pure. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { type ModelAnswer, textOf } from './conversation.ts';

type Answered = Extract<ModelAnswer, { readonly kind: 'answered' }>;

/** Why an answer is no result; null where it is one, or where the conversation goes on. */
export function untruth({ stop, content, stopDetails }: Answered): AttemptError | null {
  switch (stop) {
    case 'tool_use':
    case 'pause_turn':
      return null;
    case 'end_turn':
    case 'stop_sequence':
      return textOf(content).trim() === '' ? empty() : null;
    case 'refusal':
      return final(
        problem('STEP_MODEL_REFUSED', `The model refused${stopDetails === undefined ? '' : `: ${stopDetails}`}.`),
      );
    case 'max_tokens':
      return final(
        problem('STEP_MODEL_TRUNCATED', 'The answer reached `max-tokens` before it was whole.', {
          hint: 'Raise `max-tokens`, or ask for less at once.',
        }),
      );
    case 'model_context_window_exceeded':
      return final(
        problem('STEP_MODEL_TRUNCATED', 'The conversation is as long as the model can hold.', {
          hint: 'Give the agent less to read, or a model with a larger context.',
        }),
      );
    default:
      return problem(
        'STEP_MODEL_TRUNCATED',
        `The answer ended in a way that giga does not know: \`${stop ?? 'none'}\`.`,
      );
  }
}

/** Another try may well answer something. */
function empty(): AttemptError {
  return problem('STEP_MODEL_EMPTY', 'The model answered with nothing.');
}

function final(error: AttemptError): AttemptError {
  return { ...error, retryable: false };
}
