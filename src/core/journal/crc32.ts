/** CRC-32 (the polynomial of zlib and PNG), continued from an earlier value. Eight bytes at a time, which is as fast as zlib for journal lines. */

const SLICES = 8;

/** `TABLES[256 * n + byte]`: what a byte does to the checksum when `n` more bytes follow it in the slice. */
const TABLES = makeTables();

function makeTables(): Uint32Array {
  const tables = new Uint32Array(256 * SLICES);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
    tables[byte] = crc;
  }
  for (let index = 256; index < tables.length; index++) {
    const before = tables[index - 256] as number; // written before
    tables[index] = (tables[before & 0xff] as number) ^ (before >>> 8); // as well
  }
  return tables;
}

/** The checksum of `bytes[start, end)`, continued from `seed`. */
export function crc32(bytes: Uint8Array, seed: number, start = 0, end = bytes.length): number {
  // No index below can miss: tables are masked, `i` stays below `end`.
  const t = (index: number): number => TABLES[index] as number;
  const b = (index: number): number => bytes[index] as number;
  let crc = ~seed;
  let i = start;
  for (; i + SLICES <= end; i += SLICES) {
    const low = crc ^ (b(i) | (b(i + 1) << 8) | (b(i + 2) << 16) | (b(i + 3) << 24));
    crc =
      t(1792 + (low & 0xff)) ^
      t(1536 + ((low >>> 8) & 0xff)) ^
      t(1280 + ((low >>> 16) & 0xff)) ^
      t(1024 + (low >>> 24)) ^
      t(768 + b(i + 4)) ^
      t(512 + b(i + 5)) ^
      t(256 + b(i + 6)) ^
      t(b(i + 7));
  }
  for (; i < end; i++) crc = t((crc ^ b(i)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The checksum of a text's UTF-8 bytes, continued from `seed`. */
export function crc32OfText(text: string, seed: number): number {
  return crc32(Buffer.from(text), seed);
}
