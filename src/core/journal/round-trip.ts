/** Makes sure that an event is equal to what a reader of the journal gets back: JSON drops what it cannot say. Knows no events. */

/** The deepest nesting in a record. */
export const RECORD_DEPTH_LIMIT = 1000;

/**
 * The value itself when JSON keeps it as it is (no undefined, hole, -0, NaN, Date …), else what JSON makes of it.
 * Null when it is nested too deeply to be written.
 */
export function asJournaled<T extends object>(value: T): T | null {
  if (survives(value, RECORD_DEPTH_LIMIT)) return value;
  // What JSON drops was optional in T, or is a bug that every later reader would meet too.
  return isTooDeep(value, RECORD_DEPTH_LIMIT) ? null : (JSON.parse(JSON.stringify(value)) as T);
}

function survives(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || depth <= 0) return false;
  return Array.isArray(value) ? listSurvives(value, depth - 1) : objectSurvives(value, depth - 1);
}

function listSurvives(list: readonly unknown[], depth: number): boolean {
  for (let i = 0; i < list.length; i++) if (!survives(list[i], depth)) return false; // by index: a hole reads as undefined
  return true;
}

function objectSurvives(object: object, depth: number): boolean {
  const fields = object as Readonly<Record<string, unknown>>; // any object may be asked for its keys
  if (typeof fields['toJSON'] === 'function') return false;
  for (const key in fields) if (!survives(fields[key], depth)) return false;
  return true;
}

function isTooDeep(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth <= 0 || Object.values(value).some((inner) => isTooDeep(inner, depth - 1));
}
