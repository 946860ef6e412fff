/** Says whether a message is the answer that was asked for, and why not. Pure; blocks are read by their type, never by their place. */
import type { ModelMessage } from '../../core/claude/model-client.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { depthOfText } from '../../core/json-depth.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { type Fault, validateJson } from '../../core/schema/validate.ts';
import { plainJson } from '../run/output-file.ts';

const MAX_DEPTH = 64;
const SHOWN_CHARACTERS = 300;

export type Judged =
  | { readonly kind: 'text'; readonly text: string }
  /** The model stopped in the middle, and goes on when it is sent back what it said. */
  | { readonly kind: 'paused' }
  | { readonly kind: 'failed'; readonly error: AttemptError };

/** Only the stop reasons that mean "finished as asked" are a success; one that nobody knows is none. */
export function judge(message: ModelMessage): Judged {
  const text = textOf(message);
  switch (message.stop) {
    case 'end_turn':
    case 'stop_sequence':
      return text.trim() === '' ? failed(empty(message)) : { kind: 'text', text };
    case 'pause_turn':
      return { kind: 'paused' };
    case 'max_tokens':
      return failed(truncated(message, text));
    case 'refusal':
      return failed(refused(message, text));
    case 'model_context_window_exceeded':
      return failed(
        never(
          problem('STEP_CLAUDE_CONTEXT', 'Question and answer are longer than the model can hold.', {
            hint: 'Send fewer or shorter `files`, or split the step.',
          }),
        ),
      );
    default:
      return failed(
        never(
          problem(
            'STEP_CLAUDE_ANSWER',
            `The answer ended with \`${message.stop ?? 'nothing'}\`, which this step did not ask for.`,
          ),
        ),
      );
  }
}

export function textOf({ content }: Pick<ModelMessage, 'content'>): string {
  return content.flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : [])).join('');
}

/** The value that a text holds for a schema, or what is wrong with it, in words for the model as well. */
export function valueIn(
  text: string,
  schema: JsonObject,
): { readonly value: Json } | { readonly faults: readonly string[] } {
  const value = jsonIn(text);
  if (value === undefined) return { faults: ['The answer is not JSON.'] };
  const faults = validateJson(value, schema);
  return faults.length === 0 ? { value } : { faults: faults.map(said) };
}

function said({ path, message }: Fault): string {
  return `${path === '' ? 'The answer' : `\`${path}\``} ${message}.`;
}

function jsonIn(text: string): Json | undefined {
  if (depthOfText(text) > MAX_DEPTH) return undefined;
  try {
    return plainJson(JSON.parse(text) as Json); // JSON.parse gives Json
  } catch {
    return undefined;
  }
}

export function unsatisfied(faults: readonly string[], tries: number): AttemptError {
  const after = tries === 0 ? '' : `, also after ${tries === 1 ? 'a try' : `${tries} tries`} to mend it`;
  return problem('STEP_CLAUDE_SCHEMA', `The answer does not satisfy \`output\`${after}: ${faults[0] ?? ''}`, {
    hint:
      faults.length > 1 ? faults.slice(1, 4).join('\n') : 'Say in the prompt what the fields mean, or raise `repair`.',
  });
}

/** The fields of an object are outputs of their own. */
export function outputsOf(value: Json, schema: JsonObject): JsonObject {
  return isJsonObject(value) && isJsonObject(schema.properties ?? null) ? value : { value };
}

function failed(error: AttemptError): Judged {
  return { kind: 'failed', error };
}

/** Another attempt would fail in the same way. */
function never(error: AttemptError): AttemptError {
  return { ...error, retryable: false };
}

function empty({ model }: ModelMessage): AttemptError {
  return problem('STEP_CLAUDE_EMPTY', `${model} gave an empty answer.`, {
    hint: 'Ask for more than it could say nothing to.',
  });
}

function truncated({ usage }: ModelMessage, text: string): AttemptError {
  const cut = `The answer was cut after ${usage.output} tokens`;
  const hint = `Raise \`max-tokens\`, or ask for less.${text === '' ? '' : ` It began:\n${shown(text)}`}`;
  return never(problem('STEP_CLAUDE_TRUNCATED', `${cut}: it is longer than \`max-tokens\`.`, { hint }));
}

function refused({ model, stopDetails }: ModelMessage, text: string): AttemptError {
  const reason = stopDetails ?? text;
  const hint = reason.trim() === '' ? 'It said nothing more.' : `It said:\n${shown(reason)}`;
  return never(problem('STEP_CLAUDE_REFUSED', `${model} refused to answer.`, { hint }));
}

function shown(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN_CHARACTERS);
}
