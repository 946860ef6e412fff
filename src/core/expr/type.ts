/** What the static check knows of a value before there is one. Knows no nodes. */

export type Type =
  | { readonly kind: 'any' }
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'number' }
  /** `words` are the only texts that it can be, where that is known. */
  | { readonly kind: 'string'; readonly words?: readonly string[] }
  | { readonly kind: 'list'; readonly of: Type }
  /** `isOpen`: other fields than these may exist; otherwise another name is an error. */
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Type>; readonly isOpen: boolean }
  | { readonly kind: 'secret' }
  | { readonly kind: 'union'; readonly of: readonly Type[] };

export const ANY: Type = { kind: 'any' };
export const NULL: Type = { kind: 'null' };
export const BOOLEAN: Type = { kind: 'boolean' };
export const NUMBER: Type = { kind: 'number' };
export const STRING: Type = { kind: 'string' };
export const SECRET: Type = { kind: 'secret' };
/** An object of which nothing is known. */
export const OBJECT: Type = { kind: 'object', fields: new Map(), isOpen: true };
export const LIST: Type = { kind: 'list', of: ANY };

export function listOf(of: Type): Type {
  return { kind: 'list', of };
}

/** An object with exactly these fields. */
export function closedObject(fields: Readonly<Record<string, Type>> | ReadonlyMap<string, Type>): Type {
  return { kind: 'object', fields: asMap(fields), isOpen: false };
}

/** An object with these fields and perhaps more. */
export function openObject(fields: Readonly<Record<string, Type>> | ReadonlyMap<string, Type>): Type {
  return { kind: 'object', fields: asMap(fields), isOpen: true };
}

/** One of these words. */
export function wordOf(...words: readonly string[]): Type {
  return { kind: 'string', words };
}

/** More lists and objects in a union than these say nothing any more. */
const MAX_ALTERNATIVES = 20;
const MAX_WORDS = 50;

/** A value of any of these types. Equal simple types are one, and texts are one type with the words of all. */
export function unionOf(...types: readonly Type[]): Type {
  const simple = new Map<Type['kind'], Type>();
  const composite = new Set<Type>();
  for (const type of types.flatMap(alternatives)) {
    if (type.kind === 'any') return ANY;
    if (type.kind === 'list' || type.kind === 'object') composite.add(type);
    else simple.set(type.kind, joinWords(simple.get(type.kind), type));
  }
  const [first, ...rest] = [...simple.values(), ...composite];
  if (!first || composite.size > MAX_ALTERNATIVES) return ANY;
  return rest.length === 0 ? first : { kind: 'union', of: [first, ...rest] };
}

function joinWords(known: Type | undefined, type: Type): Type {
  if (known?.kind !== 'string' || type.kind !== 'string') return type;
  if (!known.words || !type.words) return STRING;
  const words = new Set([...known.words, ...type.words]);
  return words.size > MAX_WORDS ? STRING : wordOf(...words);
}

/** The type's members, one for a type that is no union. */
export function alternatives(type: Type): readonly Type[] {
  return type.kind === 'union' ? type.of : [type];
}

/** The type as messages name it: `a text`, `a number or null`. */
export function describeType(type: Type): string {
  return [...new Set(alternatives(type).map((alternative) => TYPE_NAMES[alternative.kind]))].join(' or ');
}

const TYPE_NAMES: Readonly<Record<Type['kind'], string>> = {
  any: 'anything',
  null: 'null',
  boolean: 'a boolean',
  number: 'a number',
  string: 'a text',
  list: 'a list',
  object: 'an object',
  secret: 'a secret',
  union: 'one of several',
};

function asMap(fields: Readonly<Record<string, Type>> | ReadonlyMap<string, Type>): ReadonlyMap<string, Type> {
  return fields instanceof Map ? fields : new Map(Object.entries(fields));
}
