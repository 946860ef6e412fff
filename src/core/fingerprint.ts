/** Fingerprints: digests of named parts, and what changed between two of them in words. Knows no nodes and no runs. */
import { canonical, type Json, sha256 } from './json.ts';

/** What a fingerprint was made of: readable names to short hashes, or to short values. */
export type FingerprintParts = Readonly<Record<string, string>>;

export interface Fingerprint {
  readonly fingerprint: string;
  readonly parts: FingerprintParts;
}

/** Parts beyond are told apart only all together. */
const MAX_PARTS = 24;
/** Characters of a value that is shown as it is. */
const MAX_SHOWN = 40;

/** A value as a part carries it: 32 bits (FNV-1a) that tell two texts apart and prove nothing; the fingerprint proves. */
export function shortHash(value: Json): string {
  const text = typeof value === 'string' ? value : canonical(value);
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** A value as a part shows it: itself when it is short, else its hash. */
export function shownValue(value: Json): string {
  const text = canonical(value);
  return text.length <= MAX_SHOWN ? text : `#${shortHash(text)}`;
}

/**
 * The fingerprint of values by name. `notes` are carried along for explanations and are no part of the digest.
 * Names: `definition`, `run`, `cwd`, `env.NAME`, `input NAME`, `needs STEP`, `within`.
 */
export function fingerprintOf(values: Readonly<Record<string, Json>>, notes: FingerprintParts = {}): Fingerprint {
  const parts: Record<string, string> = {};
  const rest: Json[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (Object.keys(parts).length < MAX_PARTS)
      parts[name] = name.startsWith('needs ') ? String(value) : shortHash(value);
    else rest.push([name, value]);
  }
  if (rest.length > 0) parts.others = shortHash(rest);
  return { fingerprint: sha256(canonical(values)), parts: { ...parts, ...notes } };
}

/**
 * What changed, most telling first: `env.NODE_ENV changed`, `input version changed: 1 → 2`, `needs build, which changed`.
 * Empty when nothing that is known of did.
 */
export function explainFingerprint(before: FingerprintParts, after: FingerprintParts): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => valueOf(before, name) !== valueOf(after, name));
  const telling = changed.filter((name) => rankOf(name) < VAGUE);
  return (telling.length > 0 ? telling : changed)
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .map((name) => sayChange(name, valueOf(before, name), valueOf(after, name)));
}

function valueOf(parts: FingerprintParts, name: string): string | null {
  return Object.hasOwn(parts, name) ? (parts[name] ?? null) : null;
}

/** From here on, names only repeat what a more telling one says. */
const VAGUE = 10;

function rankOf(name: string): number {
  if (name === 'values' || name === 'definition') return VAGUE;
  if (name === 'others' || name === 'within') return VAGUE - 1;
  return name === 'run' ? 0 : name.startsWith('input ') ? 1 : name.startsWith('needs ') ? 3 : 2;
}

function sayChange(name: string, before: string | null, after: string | null): string {
  if (name.startsWith('needs ')) {
    if (before === null) return `${name}, which is new`;
    return after === null ? `no longer ${name}` : `${name}, which changed`;
  }
  if (name.startsWith('input ') && isShown(before) && isShown(after)) return `${name} changed: ${before} → ${after}`;
  return `${SAYINGS[name] ?? name} changed`;
}

function isShown(value: string | null): boolean {
  return value !== null && !value.startsWith('#');
}

const SAYINGS: Readonly<Record<string, string>> = {
  run: 'the text of `run`',
  values: 'a value in `run`',
  within: 'something that the group around it needs',
  others: 'one of many variables or needs',
  definition: 'its definition',
};
