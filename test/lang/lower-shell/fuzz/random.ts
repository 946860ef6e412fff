/** Chance from a seed, and hostile values made by it. */
export interface Random {
  /** A whole number from 0 to below `n`. */
  below(n: number): number;
  pick<T>(items: readonly T[]): T;
  many<T>(count: number, make: () => T): T[];
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32
  const below = (n: number): number => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
  const pick = <T>(items: readonly T[]): T => {
    const item = items[below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  return { below, pick, many: (count, make) => Array.from({ length: count }, make) };
}

/** Each would do harm, or fall apart, if a shell parsed it. */
const HOSTILE: readonly string[] = [
  '$(touch PWNED)',
  '`touch PWNED`',
  'a[$(touch PWNED)]',
  'a[$(touch PWNED)]=1',
  'x=$(touch PWNED)',
  '; touch PWNED;',
  '\ntouch PWNED\n',
  "'; touch PWNED; '",
  '"; touch PWNED; "',
  '| touch PWNED |',
  '&& touch PWNED',
  '<(touch PWNED)',
  '$((a[$(touch PWNED)]))',
  '${x:-$(touch PWNED)}',
  '${IFS}',
  '$PATH',
  "'",
  '"',
  '\\',
  '\\\\',
  '\n',
  '\t',
  ' ',
  '  ',
  ';',
  '&',
  '|',
  '<',
  '>',
  '(',
  ')',
  '((',
  '))',
  '{a,b}',
  '*',
  '?',
  '[a-z]*',
  '~',
  '~root',
  '!',
  '!!',
  '#',
  ' # ',
  '%s%n',
  'EOF',
  '\nEOF\n',
  '\nE2\n',
  '\nD0_\n',
  '-n',
  '-e',
  '--',
  '=',
  'é',
  '日本',
  '🎉',
  '\u202E',
  '\u00A0',
  '\u0001',
  '\u007F',
  '\u001B[31m',
  '\r',
  "$'x'",
  '$"x"',
  '}}',
  '${',
  '$((1+1))',
  'esac',
  '&x',
  '\\1',
  '@Q',
  'file*',
  'a b',
  '',
  '$',
  '$$',
  '0',
  '-1',
];

export function hostileValue(random: Random, corpus: readonly string[]): string {
  const kind = random.below(12);
  if (kind === 0 && corpus.length > 0) return random.pick(corpus);
  const part = (): string => (random.below(4) > 0 ? random.pick(HOSTILE) : String.fromCharCode(1 + random.below(126)));
  return random.many(random.below(5), part).join('');
}
