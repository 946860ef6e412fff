/** Maps that are views: on several maps at once, or on values that are made when asked for. Knows no types and no steps. */

/** Both maps as one; the inner one's values hide those of the outer. */
export function chained<T>(inner: ReadonlyMap<string, T>, outer: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  function* keys(): MapIterator<string> {
    yield* inner.keys();
    for (const key of outer.keys()) if (!inner.has(key)) yield key;
    return undefined;
  }
  return readonlyMap(
    (key) => inner.has(key) || outer.has(key),
    (key) => inner.get(key) ?? outer.get(key),
    keys,
  );
}

/** A map of three questions. */
export function readonlyMap<T>(
  has: (key: string) => boolean,
  get: (key: string) => T | undefined,
  keys: () => MapIterator<string>,
): ReadonlyMap<string, T> {
  function* entries(): MapIterator<[string, T]> {
    for (const key of keys()) {
      const value = get(key);
      if (value !== undefined) yield [key, value];
    }
    return undefined;
  }
  function* values(): MapIterator<T> {
    for (const [, value] of entries()) yield value;
    return undefined;
  }
  const map: ReadonlyMap<string, T> = {
    has,
    get,
    keys,
    entries,
    values,
    [Symbol.iterator]: entries,
    get size(): number {
      return [...keys()].length;
    },
    forEach(visit): void {
      for (const [key, value] of entries()) visit(value, key, map);
    },
  };
  return map;
}
