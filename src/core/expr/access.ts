/** `.name`, `[index]` and `.*`, as GitHub reads them: what does not exist is null, names differ only in more than case. */
import { isPrimitive, toNumber, toText, upper } from './coerce.ts';
import { type Budget, Halt, halt } from './halt.ts';
import {
  entriesOf,
  isList,
  isPlainObject,
  type ListValue,
  LookupObject,
  NeededValue,
  type ObjectValue,
  SecretValue,
  type Value,
} from './value.ts';

/** Lists made by `.*`: access to one reaches into its items. The mark is of the list itself, not of what is in it. */
const wildcardLists = new WeakSet<ListValue>();

/** The value of a member by name. */
export function member(of: Value, name: string, budget: Budget): Value | Halt {
  return index(of, name, budget);
}

/** `of[by]`. */
export function index(of: Value, by: Value, budget: Budget): Value | Halt {
  if (of instanceof SecretValue || by instanceof SecretValue) return secretAccess();
  if (!isList(of) || !wildcardLists.has(of)) return lookUp(of, by, budget) ?? null;
  const found: Value[] = [];
  for (const item of of) {
    const value = budget.step() ?? lookUp(item, by, budget);
    if (value instanceof Halt) return value;
    if (value !== undefined) found.push(value);
  }
  wildcardLists.add(found);
  return found;
}

/** `of.*`: the items of a list or the values of an object, those of every item if `of` came of `.*` itself. */
export function wildcard(of: Value, budget: Budget): ListValue | Halt {
  if (of instanceof SecretValue) return secretAccess();
  const all: Value[] = [];
  for (const container of isList(of) && wildcardLists.has(of) ? of : [of]) {
    const values = valuesOf(container, budget);
    if (values instanceof Halt) return values;
    for (const value of values) all.push(value);
  }
  wildcardLists.add(all);
  return all;
}

/** The items of a list, or the values of an object; none for other values. */
function valuesOf(of: Value, budget: Budget): ListValue | Halt {
  if (isList(of)) return budget.step(of.length) ?? of;
  const entries = readEntries(of, budget);
  return entries instanceof Halt ? entries : entries.map(([, value]) => value);
}

/** The entries of an object; those of other values are none. */
export function readEntries(of: Value, budget: Budget): readonly (readonly [string, Value])[] | Halt {
  const entries: (readonly [string, Value])[] = [];
  let missing: Halt | null = null;
  for (const [key, value] of entriesOf(of)) {
    const stop = budget.step();
    if (stop) return stop;
    if (value instanceof NeededValue) missing = budget.need(value.capture);
    entries.push([key, value]);
  }
  return missing ?? entries;
}

function lookUp(of: Value, by: Value, budget: Budget): Value | Halt | undefined {
  if (isList(of)) {
    const position = Math.floor(toNumber(by));
    return position >= 0 ? of[position] : undefined;
  }
  if (!isPrimitive(by)) return undefined;
  const key = toText(by);
  if (of instanceof LookupObject) return of.get(key);
  if (!isPlainObject(of)) return undefined;
  if (Object.hasOwn(of, key)) return of[key];
  const keys = foldKeys(of, budget);
  if (keys instanceof Halt) return keys;
  const actual = keys.get(upper(key));
  return actual === undefined ? undefined : of[actual];
}

/** The keys of an object by their upper case; of several that differ only in case the first. */
function foldKeys(of: ObjectValue, budget: Budget): ReadonlyMap<string, string> | Halt {
  const known = budget.foldedKeys.get(of);
  if (known) return known;
  const folded = new Map<string, string>();
  for (const key of Object.keys(of)) {
    const name = upper(key);
    if (!folded.has(name)) folded.set(name, key);
  }
  budget.foldedKeys.set(of, folded);
  return budget.step(folded.size) ?? folded;
}

function secretAccess(): Halt {
  return halt('EXPR_SECRET', 'A secret has no members and is no index.');
}
