/** The formats of texts that JSON Schema names and giga checks. Each pattern takes linear time. Knows no schemas. */

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
const BYTE = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const GROUP = /^[0-9a-f]{1,4}$/i;
/** No honest address, name or date is longer. */
const MAX_LENGTH = 2048;

const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['date', isDate],
  ['time', (text: string) => TIME.test(text)],
  [
    'date-time',
    (text: string) => isDate(text.slice(0, 10)) && /[Tt]/.test(text[10] ?? '') && TIME.test(text.slice(11)),
  ],
  ['email', isEmail],
  ['hostname', isHostname],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['uri', (text: string) => /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i.test(text)],
  ['uuid', (text: string) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)],
]);

export const FORMAT_NAMES: readonly string[] = [...FORMATS.keys()];

/** Whether a text has a format; one that is not among `FORMAT_NAMES` is had by none. */
export function hasFormat(text: string, format: string): boolean {
  return text.length <= MAX_LENGTH && FORMATS.get(format)?.(text) === true;
}

function isDate(text: string): boolean {
  const parts = DATE.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day >= 1 && day <= days;
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  return /^[^\s@"(),:;<>[\\\]]{1,64}$/.test(text.slice(0, at)) && isHostname(text.slice(at + 1)) && at > 0;
}

function isHostname(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => LABEL.test(label));
}

function isIpv4(text: string): boolean {
  const bytes = text.split('.');
  return bytes.length === 4 && bytes.every((byte) => BYTE.test(byte));
}

/** Eight groups, the last two perhaps as IPv4, and one `::` at most that stands for groups of zeros. */
function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const all = groups.flat();
  const last = all.at(-1) ?? '';
  const endsInIpv4 = last.includes('.') && text.endsWith(last);
  const plain = endsInIpv4 ? all.slice(0, -1) : all;
  if (!plain.every((group) => GROUP.test(group)) || (endsInIpv4 && !isIpv4(last))) return false;
  const count = plain.length + (endsInIpv4 ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}
