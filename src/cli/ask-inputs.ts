/** Asks a person for inputs at the terminal. The prompt package is loaded only then. */
import { checkInputs, type GivenInput } from '../core/plan/inputs.ts';
import type { InputSpec } from '../core/plan/plan.ts';
import { harmless } from './render/text.ts';

/** Adds the answers to `given`; false when the person gave up. */
export async function askInputs(
  names: readonly string[],
  inputs: Readonly<Record<string, InputSpec>>,
  given: Map<string, GivenInput>,
): Promise<boolean> {
  for (const name of names) {
    const spec = inputs[name];
    if (!spec) continue;
    const answer = await askValue(name, spec, (value) => faultOf(name, spec, value));
    if (answer === null) return false;
    given.set(name, { value: answer, form: 'text', origin: 'as answered' });
  }
  return true;
}

/** Asks for one value, of a list where there is one to choose from; null when the person gave up. `faultOf` says what is wrong with an answer. */
export async function askValue(
  name: string,
  spec: InputSpec,
  faultOf: (value: string) => string | undefined,
  signal?: AbortSignal,
): Promise<string | null> {
  const { isCancel, select, text } = await import('@clack/prompts');
  const message = spec.description ? `${harmless(name)} (${harmless(spec.description)})` : harmless(name);
  const choices = choicesOf(spec);
  const answer =
    choices === null
      ? await text({
          message,
          placeholder: spec.type,
          output: process.stderr,
          ...(signal && { signal }),
          validate: (value) => faultOf(value ?? ''),
        })
      : await select({
          message,
          output: process.stderr,
          ...(signal && { signal }),
          options: choices.map((value) => ({ value, label: value })),
        });
  return isCancel(answer) ? null : (answer ?? '');
}

function faultOf(name: string, spec: InputSpec, value: string): string | undefined {
  const checked = checkInputs({ [name]: spec }, new Map([[name, { value, form: 'text', origin: 'as answered' }]]));
  return checked.ok ? undefined : checked.diagnostics[0]?.message;
}

/** The texts to choose from, for a boolean or an `enum` of texts. */
export function choicesOf({ type, schema }: InputSpec): readonly string[] | null {
  if (type === 'boolean') return ['true', 'false'];
  const { enum: values } = schema;
  if (type !== 'string' || !Array.isArray(values)) return null;
  return values.every((value): value is string => typeof value === 'string') ? values : null;
}
