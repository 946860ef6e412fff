/** Gathers all that the result of a step depends on: its text, its files, its environment, the machine, and whom it is for. Keeps nothing. */
import { isSecretText } from '../../core/expr/value.ts';
import { isJsonObject, type Json, sha256 } from '../../core/json.ts';
import type { CacheWork } from '../../core/run/effect.ts';
import type { FilePrints } from './file-prints.ts';
import { findFiles, type Globs, NotCached } from './find-files.ts';
import type { FilePrint, KeyParts } from './result.ts';

export interface KeySource {
  readonly root: string;
  readonly state: string;
  readonly trust: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly prints: FilePrints;
}

/** `made`: files that match the outputs of the step, which are no inputs, whatever globs they match. */
export async function keyParts(
  source: KeySource,
  work: CacheWork,
  made: readonly string[],
  signal: AbortSignal,
): Promise<KeyParts> {
  const { request, of, parts } = work.cache;
  const found = await findFiles({ ...placeOf(source, work), globs: request.inputs ?? [] });
  const own = new Set(made);
  const files: [string, FilePrint][] = [];
  for (const path of found) {
    if (own.has(path)) continue;
    const print = await source.prints.print(path, true, signal);
    if (print !== null) files.push([path, print]);
  }
  return {
    trust: source.trust,
    file: work.file,
    step: work.node,
    machine: `${process.platform}-${process.arch}`,
    of,
    parts,
    env: Object.fromEntries(request.env.map((name) => [name, hashOf(source.env[name])])),
    files: Object.fromEntries(files),
  };
}

export function placeOf(
  { root, state }: Pick<KeySource, 'root' | 'state'>,
  { attempt }: CacheWork,
): Omit<Globs, 'globs'> {
  const { request } = attempt;
  return { root, state, cwd: isJsonObject(request) && typeof request['cwd'] === 'string' ? request['cwd'] : '' };
}

/** An unset variable is no empty one. */
function hashOf(value: string | undefined): string {
  return value === undefined ? '' : sha256(value);
}

/** The value of a secret is no part of a key, and what a step makes of it may hold it: such a step is done every time. */
export function refuseSecrets({ attempt }: CacheWork): void {
  const [name] = [...attempt.secrets, ...secretsIn(attempt.request), ...Object.values(attempt.env).flatMap(secretsIn)];
  if (name !== undefined) throw new NotCached(`it gets the secret ${name}`);
}

function secretsIn(value: Json | object): readonly string[] {
  if (isSecretText(value)) return value.secretText.flatMap((part) => (typeof part === 'string' ? [] : [part.secret]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner: Json) => secretsIn(inner));
}
