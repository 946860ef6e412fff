/** Random words of a shell with a known meaning: what is written, and what the program then sees. */
import { hostileValue, type Random } from './random.ts';

export interface Piece {
  readonly source: string;
  readonly expected: string;
}

export interface Maker {
  readonly random: Random;
  readonly bash: boolean;
  /** The values of the holes: hole `v3` gets the fourth. */
  readonly values: string[];
  readonly corpus: readonly string[];
  /** For names that may not repeat. */
  count: number;
}

export function valueOf(maker: Maker): Piece {
  return hole(maker, hostileValue(maker.random, maker.corpus));
}

export function hole(maker: Maker, value: string): Piece {
  maker.values.push(value);
  return { source: `\${{ v${maker.values.length - 1} }}`, expected: value };
}

export const plain = (source: string, expected = source): Piece => ({ source, expected });

export function join(pieces: readonly Piece[]): Piece {
  return { source: pieces.map((p) => p.source).join(''), expected: pieces.map((p) => p.expected).join('') };
}

export function sequence({ random }: Maker, most: number, make: () => Piece): Piece {
  return join(random.many(1 + random.below(most), make));
}

export function word(maker: Maker, depth: number): Piece {
  const { random } = maker;
  const first = segment(maker, depth);
  return random.below(2) > 0 ? join([first, sequence(maker, 2, () => segment(maker, depth))]) : first;
}

const BARE: readonly Piece[] = [
  plain('lit'),
  plain('a\\ b', 'a b'),
  plain('\\$', '$'),
  plain("\\'", "'"),
  plain('\\"', '"'),
  plain('%'),
  plain('x#y'),
  plain('\\#', '#'),
  plain('@'),
  plain('a\\\nb', 'ab'),
  plain('x=y'),
  plain('\\`', '`'),
  plain('+'),
];

function segment(maker: Maker, depth: number): Piece {
  const { random, bash } = maker;
  switch (random.below(bash ? 8 : 7)) {
    case 0:
    case 1:
      return valueOf(maker);
    case 2:
      return quoted(sequence(maker, 3, () => insideDouble(maker, depth)));
    case 3:
      return insideSingle(maker);
    case 4:
      return random.pick(BARE);
    case 5:
      return bash ? defaulted(maker, depth) : random.pick(BARE);
    case 6:
      return depth > 0 ? quoted(substitution(maker, depth - 1)) : valueOf(maker);
    default:
      return insideAnsi(maker);
  }
}

function quoted(piece: Piece): Piece {
  return { source: `"${piece.source}"`, expected: piece.expected };
}

/** `${UNSET:-…}` outside of quotes: a value in it is one word. */
function defaulted(maker: Maker, depth: number): Piece {
  const inner = sequence(maker, 2, () =>
    maker.random.pick([valueOf, (m: Maker) => quoted(insideDouble(m, depth - 1)), () => plain('q')])(maker),
  );
  return { source: `\${UNSET:-${inner.source}}`, expected: inner.expected };
}

const DOUBLE_TEXT: readonly string[] = [
  'a',
  ' ',
  "'",
  '(',
  ')',
  '#',
  ';',
  '*',
  'é',
  '\n',
  '|',
  '&',
  '<',
  '<<',
  '[',
  ']',
  '{',
  '}',
  '%',
  '$ ',
  "$'",
  '!',
];
const DOUBLE_ESCAPES: readonly Piece[] = [
  plain('\\"', '"'),
  plain('\\\\', '\\'),
  plain('\\$', '$'),
  plain('\\`', '`'),
  plain('\\x'),
  plain('\\\n', ''),
  plain("\\'"),
];

export function insideDouble(maker: Maker, depth: number): Piece {
  const { random, bash } = maker;
  switch (random.below(depth > 0 ? 9 : 5)) {
    case 0:
    case 1:
    case 2:
      return valueOf(maker);
    case 3:
      return plain(`${random.many(1 + random.below(4), () => random.pick(DOUBLE_TEXT)).join('')}z`);
    case 4:
      return join([random.pick(DOUBLE_ESCAPES), plain('z')]);
    case 5:
    case 6:
      return substitution(maker, depth - 1);
    case 7: {
      const inner = sequence(maker, 2, () => (random.below(2) > 0 ? valueOf(maker) : plain('q r')));
      return { source: `\${UNSET:-${inner.source}}`, expected: inner.expected };
    }
    default:
      return bash
        ? random.pick([
            plain('`echo "b" # x`', 'b'),
            plain("`echo 'b' \\`echo c\\``", 'b c'),
            plain('$((1 + (2 * 3)))', '7'),
          ])
        : plain('$((1 + (2 * 3)))', '7');
  }
}

function insideSingle(maker: Maker): Piece {
  const { random } = maker;
  const text = (): string =>
    random
      .many(1 + random.below(4), () => random.pick(['a', ' ', '"', '$x', '`', '\\', '(', '#', '\n', 'é', '$(', '${']))
      .join('');
  const inner = sequence(maker, 3, () => (random.below(2) > 0 ? valueOf(maker) : plain(text())));
  return { source: `'${inner.source}'`, expected: inner.expected };
}

function insideAnsi(maker: Maker): Piece {
  const texts = [
    plain("\\'", "'"),
    plain('\\n', '\n'),
    plain('\\\\', '\\'),
    plain('"'),
    plain('$x'),
    plain('\\x41 ', 'A '),
    plain('`'),
  ];
  const inner = sequence(maker, 3, () => (maker.random.below(2) > 0 ? valueOf(maker) : maker.random.pick(texts)));
  return { source: `$'${inner.source}'`, expected: inner.expected };
}

/** `$( … )`, which takes newlines from the end of what it gives, so that it ends with an x. */
export function substitution(maker: Maker, depth: number): Piece {
  const { random, bash } = maker;
  const w = word(maker, depth);
  const print = `printf %s ${w.source}x`;
  const open = bash && random.below(2) > 0 ? '(' : '';
  const bodies: readonly Piece[] = [
    plain(print, w.expected),
    plain(`case y in n) false;; ${open}y) ${print};; esac`, w.expected),
    plain(`# it's ) a "comment\n${print}`, w.expected),
    plain(` ( ${print} )`, w.expected),
    plain(`cat <<E2\n(\nE2\n${print}`, `(\n${w.expected}`),
    plain(`if true; then ${print}; fi`, w.expected),
    plain(`true && ${print} # ) done\n`, w.expected),
    plain(`g() { ${print}; }; g`, w.expected),
  ];
  const body = random.pick(bodies);
  return { source: `$(${body.source})`, expected: `${body.expected}x` };
}
