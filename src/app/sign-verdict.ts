/** Signs a verdict with a private key that its approver keeps. Knows keys and files, no run. */
import { resolve } from 'node:path';
import { type Diagnostic, problem, type Result } from '../core/diagnostic/diagnostic.ts';
import type { Json } from '../core/json.ts';
import type { Answer } from '../core/run/answer.ts';
import { parseDuration } from '../core/units.ts';
import { readPrivateKey, signWith, writeNewKey } from '../host/signature.ts';
import { type SignedVerdict, signedText } from './verdict-file.ts';

/** A signed verdict holds for a week. */
const USUAL_LIFE = '7d';

export interface Signing {
  /** The file of the private key, relative to `cwd`. */
  readonly key: string;
  readonly cwd: string;
  /** The hash of the plan. */
  readonly plan: string;
  /** A duration. */
  readonly expires?: string;
}

export function signAnswer(
  answer: Answer,
  { key: file, cwd, plan, expires = USUAL_LIFE }: Signing,
): Result<SignedVerdict> {
  const lifeMs = parseDuration(expires);
  if (lifeMs === null || lifeMs <= 0)
    return refuse(problem('CLI_USAGE', `--expires takes a duration, such as 7d; it was given "${expires}".`));
  const key = readPrivateKey(resolve(cwd, file));
  if (typeof key === 'string') return refuse(problem('RUN_KEY_FILE', `The file "${file}", which --key names, ${key}.`));
  const { node: step, digest, verdict, form, comment, by, at } = answer;
  const [given, until] = [at, at + lifeMs].map((ms) => new Date(ms).toISOString()) as [string, string]; // two of two
  const said = { v: 1, plan, step, digest, verdict, form, comment, by, at: given, expires: until } as const;
  return { ok: true, value: { ...said, signature: signWith(key, signedText(said)) } };
}

/** The answer with its signature as proof. */
export function proven(answer: Answer, signed: SignedVerdict): Answer {
  return { ...answer, proof: signed as unknown as Json }; // plain JSON by its type
}

/** Makes a key in a new file; gives the text of its public half. */
export function makeKey(cwd: string, file: string): Result<string> {
  const made = writeNewKey(resolve(cwd, file));
  if (typeof made !== 'string') return { ok: true, value: made.publicKey };
  return refuse(problem('RUN_KEY_FILE', `No key could be written to "${file}": ${made.replace(/, .*/s, '')}.`));
}

function refuse(diagnostic: Diagnostic): Result<never> {
  return { ok: false, diagnostics: [diagnostic] };
}
