/** A signed verdict as a file: for a run of the same plan elsewhere, such as in CI. Knows its form, not what it is about. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Diagnostic, problem, type Result } from '../core/diagnostic/diagnostic.ts';
import { canonical, isJsonObject, type Json } from '../core/json.ts';
import { isDeeper, MAX_GIVEN_DEPTH } from '../core/json-depth.ts';

/** It names no run: another run that asks the very same is answered as well, once. */
export interface SignedVerdict {
  readonly v: 1;
  /** The hash of the plan. */
  readonly plan: string;
  readonly step: string;
  /** Of the question; covers the plan and the step. */
  readonly digest: string;
  readonly verdict: string;
  readonly form: Json;
  readonly comment: string | null;
  readonly by: string;
  /** Both in ISO 8601. */
  readonly at: string;
  readonly expires: string;
  /** Ed25519, base64url, over `signedText`. */
  readonly signature: string;
}

const TEXTS = ['plan', 'step', 'digest', 'verdict', 'by', 'at', 'expires', 'signature'] as const;
const KEYS: readonly string[] = [...TEXTS, 'v', 'form', 'comment'];
const MAX_FILE_BYTES = 65_536;
const MAX_FILES = 100;

/** What is signed: everything but the signature, after a word that nothing else begins with. */
export function signedText(verdict: Omit<SignedVerdict, 'signature'> & { readonly signature?: string }): string {
  const { signature: _signature, ...said } = verdict;
  return `giga verdict 1\n${canonical(said)}`;
}

export function readSigned(value: Json): SignedVerdict | null {
  if (!isJsonObject(value) || value.v !== 1 || Object.keys(value).some((key) => !KEYS.includes(key))) return null;
  if (TEXTS.some((key) => typeof value[key] !== 'string')) return null;
  const { form = null, comment = null } = value;
  if (isDeeper(form, MAX_GIVEN_DEPTH)) return null;
  if (comment !== null && typeof comment !== 'string') return null;
  return { ...value, form, comment } as unknown as SignedVerdict; // every key was looked at
}

/** The verdicts of a file, or of the `.json` files of a folder. */
export function readVerdictFiles(cwd: string, named: readonly string[]): Result<readonly SignedVerdict[]> {
  const verdicts: SignedVerdict[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of named.flatMap((one) => filesAt(resolve(cwd, one)))) {
    const verdict = verdictIn(path);
    if (verdict === null) diagnostics.push(problem('RUN_VERDICT_FILE', `The file "${path}" is no signed verdict.`));
    else verdicts.push(verdict);
  }
  if (verdicts.length > MAX_FILES)
    diagnostics.push(problem('RUN_VERDICT_FILE', `More than ${MAX_FILES} verdicts are given with --verdicts.`));
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: verdicts };
}

function filesAt(path: string): readonly string[] {
  try {
    const names = statSync(path).isDirectory() ? readdirSync(path) : null;
    return names === null
      ? [path]
      : names
          .filter((name) => name.endsWith('.json'))
          .toSorted()
          .map((name) => join(path, name));
  } catch {
    return [path]; // told when it is read
  }
}

function verdictIn(path: string): SignedVerdict | null {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) return null;
    return readSigned(JSON.parse(readFileSync(path, 'utf8')) as Json); // out of JSON
  } catch {
    return null;
  }
}
