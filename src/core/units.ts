/** Durations, bytes, counts and shares as people write them (`1h30m`, `10MB`, `400k`, `20%`). Knows no keys and no clock. */
import { known } from './known.ts';

const MS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
]);

const BYTES_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['B', 1],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
]);

const COUNT_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
]);

/** No honest quantity is longer; anything longer is refused unread. */
const MAX_LENGTH = 100;

/** Milliseconds of a text such as `250ms`, `1.5s` or `1h30m`; null if it is none. A bare number is none: it does not say its unit. */
export function parseDuration(text: string): number | null {
  if (text.length > MAX_LENGTH || !/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/.test(text)) return null;
  let total = 0;
  let previous = Number.POSITIVE_INFINITY;
  for (const [, digits, unit] of text.matchAll(/([\d.]+)(ms|[smhdw])/g)) {
    const size = known(MS_PER_UNIT.get(known(unit)));
    // `30m1h` and `1m1m` are slips of the pen rather than durations.
    if (size >= previous) return null;
    previous = size;
    total += Number(digits) * size;
  }
  return wholeOrNull(total);
}

/** Bytes of a text such as `512`, `64KiB` or `1.5GB`; null if it is none. */
export function parseBytes(text: string): number | null {
  return parseScaled(text, BYTES_PER_UNIT);
}

/** The number of a text such as `200`, `400k` or `1.5M`; null if it is none. */
export function parseCount(text: string): number | null {
  return parseScaled(text, COUNT_PER_UNIT);
}

/** The percentage, from 0 to 100, of a text such as `20%`; null if it is none. */
export function parseShare(text: string): number | null {
  const digits = text.length > MAX_LENGTH ? undefined : /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  const percent = Number(digits); // NaN without any
  return percent <= 100 ? percent : null;
}

/** How many of `total` a share of `percent` is, rounded down. */
export function shareOf(total: number, percent: number): number {
  return Math.floor((total * percent) / 100);
}

/** A duration in the largest units that hold it exactly: `1h30m`, `1.5s`, `250ms`. `parseDuration` reads it back. */
export function formatDuration(durationMs: number): string {
  let rest = Math.max(0, Math.round(durationMs));
  if (rest < 1_000) return `${rest}ms`;
  let text = '';
  for (const [unit, size] of MS_PER_UNIT) {
    if (unit === 's' || unit === 'ms' || unit === 'w') continue;
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return rest === 0 ? text : `${text}${rest / 1_000}s`;
}

/** A duration as a screen shows it, in one or two units: `812ms`, `8.1s`, `1m12s`, `2h5m`, `3d4h`. */
export function formatElapsed(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < 1_000) return `${ms}ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return joined(Math.floor(seconds / 60), 'm', seconds % 60, 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1_440) return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'm');
  const hours = Math.floor(minutes / 60);
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

function parseScaled(text: string, units: ReadonlyMap<string, number>): number | null {
  const parts = text.length > MAX_LENGTH ? null : /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text);
  const size = parts && units.get(known(parts[2]));
  return size ? wholeOrNull(Number(parts?.[1]) * size) : null;
}

/** Quantities are whole: `1.5s` is 1500 ms, `0.5ms` is nothing that can be waited for. */
function wholeOrNull(value: number): number | null {
  const rounded = Math.round(value);
  const isWhole = Math.abs(value - rounded) < 1e-6;
  return isWhole && Number.isSafeInteger(rounded) ? rounded : null;
}
