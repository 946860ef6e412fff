/** Dates as ISO 8601 texts and by patterns, in UTC. Knows no clock, no zone of the machine and no locale. */
import { known } from '../known.ts';

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:([Zz])|([+-])(\d\d):?(\d\d))?)?$/;

/** Milliseconds since 1970 of an ISO text (without a zone it is UTC); null for any other text. */
export function parseDate(text: string): number | null {
  const parts = ISO.exec(text);
  if (!parts) return null;
  const field = (group: number): number => Number(parts[group] ?? 0);
  const [hour, minute, second] = [field(4), field(5), field(6)];
  const fraction = Math.floor(Number(`0.${parts[7] ?? 0}`) * 1_000);
  const time = Date.UTC(field(1), field(2) - 1, field(3), hour, minute, second, fraction);
  // An hour, a day or a month too many leads to another day.
  const isReal =
    new Date(time).toISOString().startsWith(`${parts[1]}-${parts[2]}-${parts[3]}`) && minute < 60 && second < 60;
  if (!isReal) return null;
  const offsetMinutes = field(10) * 60 + field(11);
  return time - (parts[9] === '-' ? -1 : 1) * offsetMinutes * 60_000;
}

/** The time by a pattern of `YYYY MM DD HH mm ss SSS`, other characters standing for themselves; null if it is no time. */
export function formatDate(time: number, pattern?: string): string | null {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return null;
  const iso = date.toISOString();
  if (pattern === undefined) return iso;
  return pattern.replace(/YYYY|MM|DD|HH|mm|ss|SSS/g, (field) => iso.slice(...known(FIELDS.get(field))));
}

/** Where a field is in an ISO text, from its end: a year may have more than four digits. */
const FIELDS: ReadonlyMap<string, readonly [from: number, to: number]> = new Map([
  ['YYYY', [0, -20]],
  ['MM', [-19, -17]],
  ['DD', [-16, -14]],
  ['HH', [-13, -11]],
  ['mm', [-10, -8]],
  ['ss', [-7, -5]],
  ['SSS', [-4, -1]],
]);
