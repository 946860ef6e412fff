/** What the types cannot say is there, and is: an item within the bounds of its list, a field that a state always has. Knows no states. */

/** Where it is missing after all giga has a bug, which is told rather than folded on. */
export function known<T>(value: T | null | undefined): NonNullable<T> {
  if (value === null || value === undefined) throw new Error('Bug: what is always there is missing');
  return value;
}
