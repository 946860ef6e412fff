/** Makes a new input from known ones: changes of bytes, words of the target's language, pieces of other inputs, repetition. Knows no target. */

/** What has broken readers before, whatever they read. */
const HOSTILE = (
  '\0¦\ufeff¦\u202e¦\u2028¦\r\n¦\r¦\t¦\x1b[31m¦\x85¦\u00a0¦😀¦e\u0301¦__proto__¦constructor¦toString¦hasOwnProperty¦length¦null¦true¦NaN¦undefined' +
  '¦-0¦1e999¦9007199254740993¦0x1F¦1_000¦.5¦5.¦-1¦2147483648¦${{ x }}¦${{¦}}¦"¦\'¦`¦\\¦\\u0000¦\\x¦{¦}¦[¦]¦(¦)¦<<¦>>¦&a¦*a¦!¦#¦%¦@'
)
  .split('¦')
  .map((text) => Buffer.from(text));
/** Bytes that are no UTF-8. */
const BROKEN = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]].map((bytes) =>
  Buffer.from(bytes),
);
const MAX_BYTES = 64 * 1024;
const MAX_CHANGES = 5;

/** One to five changes to one of the `known` inputs. `words` are those of the target. */
export function mutate(chance, known, words) {
  let input = chance.pick(known);
  for (let left = 1 + chance.below(MAX_CHANGES); left > 0; left--) input = change(chance, input, known, words);
  return input.length > MAX_BYTES ? input.subarray(0, MAX_BYTES) : input;
}

const CHANGES = [insertWord, insertWord, insertWord, flip, setByte, cut, double, repeat, splice, swapLines, moveLines];

function change(chance, input, known, words) {
  return chance.pick(CHANGES)(chance, input, { known, words });
}

function insertWord(chance, input, { words }) {
  const kind = chance.below(8);
  const word = words.length > 0 && kind < 5 ? chance.pick(words) : chance.pick(kind === 7 ? BROKEN : HOSTILE);
  const at = place(chance, input);
  return join(input.subarray(0, at), word, input.subarray(chance.below(3) === 0 ? chance.below(3) + at : at));
}

function flip(chance, input) {
  return withByte(chance, input, (byte) => byte ^ (1 << chance.below(8)));
}

function setByte(chance, input) {
  return withByte(chance, input, () => chance.below(256));
}

function withByte(chance, input, make) {
  if (input.length === 0) return Buffer.from([make(0)]);
  const copy = Buffer.from(input);
  const at = chance.below(copy.length);
  copy[at] = make(copy[at]);
  return copy;
}

function cut(chance, input) {
  const [from, to] = stretch(chance, input);
  return join(input.subarray(0, from), input.subarray(to));
}

function double(chance, input) {
  const [from, to] = stretch(chance, input);
  return join(input.subarray(0, to), input.subarray(from));
}

/** The same stretch very often: what takes more than linear time, or a level of the stack each, shows here. */
function repeat(chance, input) {
  const [from, to] = stretch(chance, input);
  const piece = input.subarray(from, Math.min(to, from + 1 + chance.below(16)));
  if (piece.length === 0) return input;
  const times = Math.min(2 << chance.below(13), Math.floor(MAX_BYTES / piece.length));
  return join(input.subarray(0, from), Buffer.concat(Array.from({ length: times }, () => piece)), input.subarray(from));
}

function splice(chance, input, { known }) {
  const other = chance.pick(known);
  const [from, to] = stretch(chance, other);
  const at = place(chance, input);
  return join(
    input.subarray(0, at),
    other.subarray(from, to),
    input.subarray(chance.below(2) === 0 ? at : input.length),
  );
}

function swapLines(chance, input) {
  const lines = linesOf(input);
  const [a, b] = [chance.below(lines.length), chance.below(lines.length)];
  [lines[a], lines[b]] = [lines[b], lines[a]];
  return Buffer.concat(lines);
}

/** Some lines deeper or less deep: structure, in what is written by indentation. */
function moveLines(chance, input) {
  const lines = linesOf(input);
  const from = chance.below(lines.length);
  const to = Math.min(lines.length, from + 1 + chance.below(5));
  const by = Buffer.from(' '.repeat(1 + chance.below(4)));
  const isDeeper = chance.below(2) === 0;
  for (let at = from; at < to; at++)
    lines[at] = isDeeper ? join(by, lines[at]) : lines[at].subarray(lines[at].indexOf(by) === 0 ? by.length : 0);
  return Buffer.concat(lines);
}

function linesOf(input) {
  const lines = [];
  for (let from = 0; from <= input.length; ) {
    const newline = input.indexOf(10, from);
    const end = newline === -1 ? input.length : newline + 1;
    lines.push(input.subarray(from, end));
    if (newline === -1) break;
    from = end;
  }
  return lines;
}

function place(chance, input) {
  return chance.below(input.length + 1);
}

/** Short ones are likelier. */
function stretch(chance, input) {
  const from = place(chance, input);
  const most = chance.below(3) === 0 ? input.length - from : Math.min(24, input.length - from);
  return [from, from + chance.below(most + 1)];
}

function join(...parts) {
  return Buffer.concat(parts);
}
