/** What the result of a step depends on as far as its text goes, for use in other runs: what it does, not what it comes after. Knows no files. */
import { type FingerprintParts, shortHash, shownValue } from '../fingerprint.ts';
import { canonical, digest, type Json, type JsonObject, sha256 } from '../json.ts';
import type { CacheRequest } from '../plan/cache-request.ts';
import type { ActionNode } from '../plan/plan.ts';
import { requestParts } from './fingerprints.ts';
import type { Resolved } from './resolve.ts';

/** What `cache` of a step evaluates to. */
export interface CacheDetails {
  readonly request: CacheRequest;
  /** What each tool says of its version, by its name. */
  readonly tools: JsonObject;
}

/** What a step asks of the cache, once its texts are evaluated. */
export interface CacheAsked {
  readonly request: CacheRequest;
  /** The digest of all that the key is made of but files, the machine and whom it is for. */
  readonly of: string;
  /** What that was made of, by readable name, for explanations. */
  readonly parts: FingerprintParts;
}

/**
 * Needs are no part of it: what they did shows in the files and values that the step reads; nor is its name, nor what is computed
 * from its result. Of secrets it knows the names.
 */
export function cachePrint(
  plan: ActionNode,
  { request: cache, tools }: CacheDetails,
  { request, env }: Pick<Resolved, 'request' | 'env'>,
): CacheAsked {
  const definition = digest([plan.action, plan.clearEnv ?? false]);
  const values: Record<string, Json> = { definition, ...requestParts(plan, request) };
  for (const [name, value] of Object.entries(env)) values[`env.${name}`] = value as Json; // SecretText is plain JSON with names only
  if (cache.inputs !== null) values['cache.inputs'] = cache.inputs;
  values['cache.outputs'] = cache.outputs;
  const shown: Record<string, Json> = {};
  if (cache.key !== null) shown['cache.key'] = cache.key;
  for (const [name, version] of Object.entries(tools)) shown[`tool ${name}`] = version;
  const parts = [
    ...Object.entries(values).map(
      ([name, value]) => [name, shortHash(typeof value === 'string' ? value : canonical(value))] as const,
    ),
    ...Object.entries(shown).map(([name, value]) => [name, shownValue(value)] as const),
  ];
  return { request: cache, of: sha256(canonical({ ...values, ...shown })), parts: Object.fromEntries(parts) };
}
