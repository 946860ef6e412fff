/** Which internet addresses lead to the machine itself, to a private network or nowhere. Pure: texts in, an answer out. */
import { known } from '../known.ts';

/** Bytes of an address, 4 or 16 of them; null for a text that is none. Zone ids (`%eth0`) say nothing about where it leads. */
export function addressBytes(text: string): readonly number[] | null {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  return bare.includes(':') ? sixBytes(bare) : fourBytes(bare);
}

function fourBytes(text: string): readonly number[] | null {
  // A number that begins with 0 is octal to some and decimal to others: no address.
  if (!/^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text)) return null;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

const GROUPS = 8;

function sixBytes(text: string): readonly number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = [groupsOf(known(halves[0])), groupsOf(halves[1] ?? '')];
  if (head === null || tail === null) return null;
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return groups.flatMap((group) => [group >> 8, group & 255]);
}

/** Groups of 16 bits; the last may be written as an IPv4 address. */
function groupsOf(text: string): readonly number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const four = fourBytes(known(parts.at(-1)));
  const words = four === null ? parts : parts.slice(0, -1);
  if (!words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return null;
  const [a = 0, b = 0, c = 0, d = 0] = four ?? [];
  return [...words.map((word) => Number.parseInt(word, 16)), ...(four === null ? [] : [a * 256 + b, c * 256 + d])];
}

/** What is not the public internet, as registered by IANA. */
const CLOSED_FOUR: readonly string[] = (
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 ' +
  '192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4'
).split(' ');
const CLOSED_SIX: readonly string[] =
  '64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8'.split(
    ' ',
  );

/** Ranges in which an IPv4 address is packed, and the byte at which it begins: compatible, mapped, translated, NAT64, 6to4. */
const PACKED: readonly (readonly [range: string, at: number])[] = [
  ['::/96', 12],
  ['::ffff:0:0/96', 12],
  ['::ffff:0:0:0/96', 12],
  ['64:ff9b::/96', 12],
  ['2002::/16', 2],
];

/** Whether an address is of the public internet. A text that is no address is not. */
export function isPublicAddress(text: string): boolean {
  const bytes = addressBytes(text);
  return bytes !== null && isPublic(bytes);
}

function isPublic(bytes: readonly number[]): boolean {
  if (bytes.length === 4) return !CLOSED_FOUR.some((range) => isIn(bytes, range));
  const packed = PACKED.find(([range]) => isIn(bytes, range));
  if (packed !== undefined) return isPublic(bytes.slice(packed[1], packed[1] + 4));
  return !CLOSED_SIX.some((range) => isIn(bytes, range));
}

function isIn(bytes: readonly number[], range: string): boolean {
  const [base, length] = range.split('/');
  const wanted = known(addressBytes(known(base))); // a range is one of those above
  let bits = Number(length);
  for (let at = 0; bits > 0; at++, bits -= 8) {
    const shift = Math.max(0, 8 - bits);
    if (known(bytes[at]) >> shift !== known(wanted[at]) >> shift) return false;
  }
  return true;
}
