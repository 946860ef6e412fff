/** Fingerprints: digests of named parts, and what changed between two of them in words. Knows no nodes and no runs. */

import { canonical, type Json, sha256 } from './json.ts';
import { known } from './known.ts';

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

/** A text as a part carries it: 32 bits (FNV-1a) that tell two texts apart and prove nothing; the fingerprint proves. */
export function shortHash(text: string): string {
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
 * Names: `definition`, `run`, `cwd`, `files`, `file PATH`, `env.NAME`, `input NAME`, `needs STEP`, `within`.
 */
export function fingerprintOf(values: Readonly<Record<string, Json>>, notes: FingerprintParts = {}): Fingerprint {
  const parts: Record<string, string> = {};
  const rest: Json[] = [];
  const texts: Record<string, string> = {};
  let count = 0;
  for (const [name, value] of Object.entries(values)) {
    const text = (texts[name] = canonical(value));
    if (count++ >= MAX_PARTS) rest.push([name, value]);
    else if (name.startsWith('needs ')) parts[name] = String(value);
    else parts[name] = shortHash(typeof value === 'string' ? value : text);
  }
  if (rest.length > 0) parts.others = shortHash(canonical(rest));
  return { fingerprint: sha256(joined(texts)), parts: { ...parts, ...notes } };
}

/** The canonical text of an object of values, from those of its values: each is made once. */
function joined(texts: Readonly<Record<string, string>>): string {
  const names = Object.keys(texts).toSorted();
  return `{${names.map((name) => `${JSON.stringify(name)}:${known(texts[name])}`).join(',')}}`;
}

/**
 * What changed, most telling first: `env.NODE_ENV changed`, `input version changed: 1 → 2`, `needs build, which changed`.
 * Empty when nothing that is known of did.
 */
export function explainFingerprint(before: FingerprintParts, after: FingerprintParts): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => valueOf(before, name) !== valueOf(after, name));
  const telling = changed.filter((name) => rankOf(name) < VAGUE);
  const isFile = (name: string): boolean => name.startsWith(FILE_PART);
  const said = (telling.length > 0 ? telling : changed)
    .filter((name) => !isFile(name))
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .map((name) => sayChange(name, valueOf(before, name), valueOf(after, name)));
  const files = changed.filter(isFile).toSorted();
  return files.length === 0 ? said : [sayFiles(files, before, after), ...said];
}

/** The parts that tell of one file, or of a folder, that the step reads. */
export const FILE_PART = 'file ';
const FILES_NAMED = 3;

/** `src/a.ts changed`; `4 files changed: a.ts, b.ts (new), c.ts (gone) …`. */
function sayFiles(names: readonly string[], before: FingerprintParts, after: FingerprintParts): string {
  const isOne = names.length === 1;
  const said = names.slice(0, FILES_NAMED).map((name) => {
    const path = name.slice(FILE_PART.length);
    if (valueOf(before, name) === null) return isOne ? `${path} is new` : `${path} (new)`;
    if (valueOf(after, name) === null) return isOne ? `${path} is gone` : `${path} (gone)`;
    const place = `${path}${lineOf(known(valueOf(before, name)), known(valueOf(after, name)))}`;
    return isOne ? `${place} changed` : place;
  });
  return isOne
    ? said.join('')
    : `${names.length} files changed: ${said.join(', ')}${names.length > FILES_NAMED ? ' …' : ''}`;
}

/** `:7` where digests of lines are known, and the seventh is the first that changed. */
function lineOf(before: string, after: string): string {
  const [old, lines] = [before.split('.'), after.split('.')];
  if (old.length === 1 && lines.length === 1) return '';
  const same = lines.findIndex((line, index) => line !== old[index]);
  return `:${(same < 0 ? lines.length : same) + 1}`;
}

function valueOf(parts: FingerprintParts, name: string): string | null {
  return Object.hasOwn(parts, name) ? known(parts[name]) : null;
}

/** From here on, names only repeat what a more telling one says. */
const VAGUE = 10;

function rankOf(name: string): number {
  if (name === 'values' || name === 'definition' || name === 'files') return VAGUE;
  if (name === 'others' || name === 'within') return VAGUE - 1;
  return name === 'run' ? 0 : name.startsWith('input ') ? 1 : name.startsWith('needs ') ? 3 : 2;
}

function sayChange(name: string, before: string | null, after: string | null): string {
  if (name.startsWith('needs ')) {
    if (before === null) return `${name}, which is new`;
    return after === null ? `no longer ${name}` : `${name}, which changed`;
  }
  if (name.startsWith('input ') && isShown(before) && isShown(after)) return `${name} changed: ${before} → ${after}`;
  return `${SAYINGS.get(name) ?? name} changed`;
}

function isShown(value: string | null): boolean {
  return value !== null && !value.startsWith('#');
}

const SAYINGS: ReadonlyMap<string, string> = new Map([
  ['run', 'the text of `run`'],
  ['values', 'a value in `run`'],
  ['files', 'a file named in `files`'],
  ['within', 'something that the group around it needs'],
  ['others', 'one of many variables or needs'],
  ['definition', 'its definition'],
]);
