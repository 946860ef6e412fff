/** The variables that a step sees, layer by layer; the one place where secrets become text. Pure. */
import type { SecretText } from '../../core/expr/ast.ts';
import { bareObject } from '../../core/json.ts';
import type { Environment } from '../../core/process.ts';
import type { AttemptWork } from '../../core/run/effect.ts';

/** Secrets by name. */
export type Secrets = ReadonlyMap<string, string>;

export const EMPTY_ENVIRONMENT: Environment = Object.freeze(bareObject<string>());

/** Variables of the process that started giga which would run code in a shell, or say where giga was and not where the step is. */
const NOT_INHERITED: ReadonlySet<string> = new Set(['ENV', 'BASH_ENV', 'PWD', 'OLDPWD', '_']);

/** What every step inherits: the process's own variables without secrets, giga's own, and what shells execute by themselves. */
export function inheritedEnvironment(
  processEnv: Readonly<Record<string, string | undefined>>,
  secretNames: Iterable<string>,
): Environment {
  const hidden = new Set(secretNames);
  const kept = Object.entries(processEnv).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !hidden.has(entry[0]) && !NOT_INHERITED.has(entry[0]) && !entry[0].startsWith('GIGA_'),
  );
  return Object.freeze(bareObject(kept));
}

/** Puts the values of secrets into a text. A secret without a value is empty: the run would not have begun without one that is needed. */
export function clearText(text: string | SecretText, secrets: Secrets): string {
  if (typeof text === 'string') return text;
  return text.secretText.map((part) => (typeof part === 'string' ? part : (secrets.get(part.secret) ?? ''))).join('');
}

/** What is laid over the inherited variables: declared ones, secrets, the script's values, giga's own; later wins. */
export function stepVariables(
  work: AttemptWork,
  values: Readonly<Record<string, string | SecretText>>,
  secrets: Secrets,
  run: string,
): Record<string, string> {
  const variables = bareObject<string>();
  for (const name in work.env) variables[name] = clearText(work.env[name] ?? '', secrets);
  for (const name of work.secrets) variables[name] = secrets.get(name) ?? '';
  for (const name in values) variables[name] = clearText(values[name] ?? '', secrets);
  variables['GIGA_STEP_KEY'] = work.stepKey;
  variables['GIGA_ATTEMPT'] = String(work.attempt);
  variables['GIGA_RUN'] = run;
  return variables;
}
