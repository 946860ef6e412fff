/** Whether two values of plain JSON are equal. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [one, other] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>]; // any object has keys
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length || Array.isArray(a) !== Array.isArray(b)) return false;
  for (const key of keys) if (!same(one[key], other[key])) return false;
  return true;
}
