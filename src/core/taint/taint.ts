/**
 * Where in a value there may be text that nobody has checked, and where that text came from. A lattice: null is clean, and
 * joining only ever adds. Knows no expressions and no steps.
 */

import type { Span } from '../diagnostic/diagnostic.ts';

/** One place from which untrusted text came. */
export interface Origin {
  /**
   * `given`: the value of an input or a variable of the file itself. Whether it is trusted is known to whoever gives it.
   * The others are text from outside of the project.
   */
  readonly kind: 'model' | 'server' | 'web' | 'event' | 'given';
  /** As a workflow names it: `steps.find.outputs.file`, `inputs.path`. */
  readonly of: string;
  /** The step that gave it. */
  readonly at?: Span;
  /** What it has passed through since, the earliest first: `steps.pick.outputs.first`. */
  readonly via: readonly string[];
  /** It was encoded for a URL: it holds no `/ ? # : @`. */
  readonly encoded?: true;
}

export type Taint =
  | null
  /** Any text in the value, names of members included. */
  | { readonly kind: 'text'; readonly from: readonly Origin[] }
  /** By member; `rest` is of all members that `fields` does not name. Names of members in `fields` are clean. */
  | { readonly kind: 'parts'; readonly fields: ReadonlyMap<string, Taint>; readonly rest: Taint };

/** More origins of one value say nothing more; those that are given are always kept, since each is asked for by name. */
const MAX_ORIGINS = 8;
const MAX_HOPS = 4;
const MAX_NAME = 100;

const NO_FIELDS: ReadonlyMap<string, Taint> = new Map();

export function text(...from: readonly Origin[]): Taint {
  return from.length === 0 ? null : { kind: 'text', from };
}

/** Clean where nothing in it is tainted. */
export function parts(fields: Iterable<readonly [string, Taint]>, rest: Taint = null): Taint {
  const made = new Map(fields);
  if (rest === null && [...made.values()].every((taint) => taint === null)) return null;
  return { kind: 'parts', fields: made, rest };
}

/** A list, or an object of which no member is known. */
export function listOf(item: Taint): Taint {
  return item === null ? null : { kind: 'parts', fields: NO_FIELDS, rest: item };
}

export function join(...taints: readonly Taint[]): Taint {
  return taints.reduce(joinTwo, null);
}

function joinTwo(a: Taint, b: Taint): Taint {
  if (a === null || b === null) return a ?? b;
  if (a.kind === 'text' || b.kind === 'text') return text(...union([...origins(a), ...origins(b)]));
  const names = new Set([...a.fields.keys(), ...b.fields.keys()]);
  return parts(
    [...names].map((name) => [name, joinTwo(member(a, name), member(b, name))] as const),
    joinTwo(a.rest, b.rest),
  );
}

/** One of each, those that are not encoded before the same ones that are. */
function union(from: readonly Origin[]): readonly Origin[] {
  const found = new Map<string, Origin>();
  for (const origin of from) {
    const known = found.get(origin.of);
    if (known === undefined || (known.encoded && !origin.encoded)) found.set(origin.of, origin);
  }
  const all = [...found.values()];
  const given = all.filter(({ kind }) => kind === 'given');
  return [...all.filter(({ kind }) => kind !== 'given').slice(0, MAX_ORIGINS), ...given];
}

/** Where any text in the value came from. */
export function origins(taint: Taint): readonly Origin[] {
  if (taint === null) return [];
  if (taint.kind === 'text') return taint.from;
  return union([...taint.fields.values(), taint.rest].flatMap(origins));
}

/** The value as one text. */
export function flat(taint: Taint): Taint {
  return taint?.kind === 'text' ? taint : text(...origins(taint));
}

/** The value where a text is made of it, or wanted: a list or an object is an error there. */
export function asText(taint: Taint): Taint {
  return taint?.kind === 'text' ? taint : null;
}

/** A member by its name, found without regard to case, as expressions find it. */
export function member(taint: Taint, name: string): Taint {
  if (taint === null) return null;
  if (taint.kind === 'text') return { kind: 'text', from: taint.from.map((origin) => inside(origin, name)) };
  const exact = taint.fields.get(name);
  if (exact !== undefined) return exact;
  const folded = name.toLowerCase();
  for (const key of taint.fields.keys()) if (key.toLowerCase() === folded) return taint.fields.get(key) ?? null;
  return taint.rest;
}

/** A member of which it is not known which. */
export function anyMember(taint: Taint): Taint {
  if (taint === null || taint.kind === 'text') return taint;
  return join(...taint.fields.values(), taint.rest);
}

/** The names of the members. */
export function namesIn(taint: Taint): Taint {
  return taint?.kind === 'parts' ? flat(taint.rest) : taint;
}

/** As long as it is where it came from, the name says which part of it is meant. */
function inside(origin: Origin, name: string): Origin {
  if (origin.kind === 'given' || origin.via.length > 0 || origin.of.length + name.length > MAX_NAME) return origin;
  return { ...origin, of: /^\d+$/.test(name) ? `${origin.of}[${name}]` : `${origin.of}.${name}` };
}

/** The value as it is read under another name. */
export function through(taint: Taint, hop: string): Taint {
  return mapOrigins(taint, (origin) => {
    if (origin.of.startsWith(hop) || origin.via.includes(hop) || origin.via.length >= MAX_HOPS) return origin;
    return { ...origin, via: [...origin.via, hop] };
  });
}

/** The value encoded for a URL, or no longer so. */
export function asEncoded(taint: Taint, isEncoded: boolean): Taint {
  return mapOrigins(taint, ({ encoded: _before, ...origin }) => (isEncoded ? { ...origin, encoded: true } : origin));
}

function mapOrigins(taint: Taint, change: (origin: Origin) => Origin): Taint {
  if (taint === null) return null;
  if (taint.kind === 'text') return { kind: 'text', from: taint.from.map(change) };
  return {
    kind: 'parts',
    fields: new Map([...taint.fields].map(([name, one]) => [name, mapOrigins(one, change)] as const)),
    rest: mapOrigins(taint.rest, change),
  };
}

/** The value of a file as its user sees it: for each input, what the user gave; the rest by the name of the file. */
export function substitute(taint: Taint, file: string, given: (name: string) => Taint): Taint {
  if (taint === null) return null;
  if (taint.kind === 'text') {
    const own = taint.from.filter(({ kind }) => kind !== 'given').map((origin) => named(origin, file));
    return join(text(...own), ...taint.from.filter(({ kind }) => kind === 'given').map(({ of }) => flat(given(of))));
  }
  return parts(
    [...taint.fields].map(([name, one]) => [name, substitute(one, file, given)] as const),
    substitute(taint.rest, file, given),
  );
}

/** In another file its name would mean a step of that. */
function named(origin: Origin, file: string): Origin {
  return origin.of.includes(':') ? origin : { ...origin, of: `${file}: ${origin.of}` };
}

/** Whether two values have taint in the same places, and of the same things that were given. Names of origins grow, and are not compared. */
export function isSame(a: Taint, b: Taint): boolean {
  if (a === null || b === null) return a === b;
  if (a.kind === 'text') return b.kind === 'text' && kindsOf(a.from) === kindsOf(b.from);
  if (b.kind === 'text' || a.fields.size !== b.fields.size || !isSame(a.rest, b.rest)) return false;
  return [...a.fields].every(([name, one]) => b.fields.has(name) && isSame(one, b.fields.get(name) ?? null));
}

function kindsOf(from: readonly Origin[]): string {
  const names = from.map(({ kind, of, encoded }) => `${kind === 'given' ? of : kind} ${encoded === true}`);
  return [...new Set(names)].toSorted().join();
}
