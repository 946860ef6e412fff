/** Random programs that print values, each ended by NUL, between lines that mean nothing and are hard to read. */
import {
  hole,
  insideDouble,
  join,
  type Maker,
  type Piece,
  plain,
  sequence,
  substitution,
  valueOf,
  word,
} from './words.ts';

const NOISE: readonly string[] = [
  ": it\\'s",
  '# don\'t "quote" `me` $( ${ <<EOF',
  ': "${PATH#*:}" ${#PATH} "${UNSET:-a b}"',
  ': "$(echo ")")"',
  ': "\'" \'"\'',
  ': $((1 << 2))',
  ': a \\\n b',
  ': a#b $# $$ $? "$@" $*',
  'case "a)" in "a)") : ;; esac',
  "cat <<'E9' >/dev/null\n' \" ` $( ${ \nE9",
  'cat <<-E8 >/dev/null\n\tit\'s "\n\tE8',
  ': ${UNSET3:=v} "${UNSET2-}"',
  'for i in 1 2; do :; done',
  'while false; do :; done',
  'f() { :; }; f',
  'cat <<A1 <<B1 >/dev/null\n\' (\nA1\n" )\nB1',
  ': `echo "it\'s" \\`echo x\\``',
  'if true; then :; else :; fi',
  ': "a\\\nb"',
  'for v do :; done',
  'until true; do :; done; { :; }',
  ': 2>/dev/null >&2 2>&1',
  'case x in (a|b) :;; x) :;; esac; (:)',
  ': "${PATH%%:*}"',
];
const BASH_NOISE: readonly string[] = [
  "[[ 'a b' =~ ^(a|b)[^x]*\\ .*$ ]] || :",
  '(( 1 << 2 )) || :',
  ": $'it\\'s' $\"x\"",
  'arr=([0]=a [1]="b c"); : "${arr[@]}" ${arr[0]} "${#arr[@]}"',
  'for ((i=0;i<2;i++)); do :; done',
  ': <(echo hi) {a,b} ${PATH//:/ } ${PATH^^} "${PATH:0:2}"',
  'cat <<< "x" >/dev/null',
  'shopt -s extglob\ncase x in @(a|b|x)) : ;; esac',
  '[[ 1 -eq 1 && ( a < b ) ]] && :',
  'declare -A m=([k]=v); : ${m[k]}',
  ': $[1+2]',
  "select_() { echo 'x'; }",
  'function g { :; }',
  'if ((1)) then :; fi',
  'if [[ a ]] then :; fi',
  ': ${PATH/"}"/x} "${PATH%"}"}"',
  'declare -a b=( "x y" [3]=z ) c=1',
  ': "${UNSET:-"a } b"}"',
  'time -p : 2>/dev/null',
  'a[1+1]=x; a["2"]=y',
  ': ${!PATH} "${!UN@}" ${PATH@Q}',
  '! ((0))',
  '((x=(1+2)*3)); : $((x>1?2:3))',
  'case x in a|\'b)\'|"c;;") :;& *) :;; esac',
  'coproc_() ( : ); coproc_',
  '[[ ! a == b ]]',
];

export function program(maker: Maker): Piece {
  const { random } = maker;
  const lines: Piece[] = [];
  for (let k = 1 + random.below(3); k > 0; k--) lines.push(noise(maker), statement(maker, 2));
  lines.push(noise(maker));
  return {
    source: lines.map((line) => `${line.source}\n`).join(''),
    expected: lines.map((line) => line.expected).join(''),
  };
}

function noise(maker: Maker): Piece {
  const { random, bash } = maker;
  if (random.below(8) === 0) return plain(`: # ${valueOf(maker).source} it's`, '');
  return plain(random.pick(bash ? [...NOISE, ...BASH_NOISE] : NOISE), '');
}

function print(w: Piece): Piece {
  return { source: `printf '%s\\0' ${w.source}`, expected: `${w.expected}\0` };
}

function statement(maker: Maker, depth: number): Piece {
  const { random, bash } = maker;
  const makers = [printed, printed, assigned, looped, ...(bash ? BASH_FORMS : [])];
  const nested = [inIf, inSubshell, inGroup, inFunction, inCase, inPipe, document, document, document];
  return random.pick(depth > 0 ? [...makers, ...nested] : makers)(maker, depth);
}

type Form = (maker: Maker, depth: number) => Piece;

const printed: Form = (maker) => print(word(maker, 2));
const assigned: Form = (maker) => {
  const w = word(maker, 2);
  return { source: `v=${w.source}; printf '%s\\0' "$v"`, expected: `${w.expected}\0` };
};
const looped: Form = (maker) => {
  const w = word(maker, 2);
  return { source: `for v in ${w.source}; do printf '%s\\0' "$v"; done`, expected: `${w.expected}\0` };
};

const around =
  (before: string, after: string): Form =>
  (maker, depth) => {
    const inner = statement(maker, depth - 1);
    return { source: `${before}${inner.source}\n${after}`, expected: inner.expected };
  };
const inIf = around('if true; then ', 'fi');
const inSubshell = around('( ', ')');
const inGroup = around('{ ', '}');
const inPipe = around('{ ', '} | cat');
const inFunction: Form = (maker, depth) => {
  const name = `f${maker.count++}`;
  return around(`${name}() { `, `}; ${name}`)(maker, depth);
};
const inCase: Form = (maker, depth) => {
  const w = word(maker, 2);
  const inner = statement(maker, depth - 1);
  const open = maker.random.below(2) > 0 ? '(' : '';
  // The word stands twice, with the same value in its holes.
  const source = `case ${w.source} in ${open}nope) false;; ${w.source}) ${inner.source}\n;; *) printf MISS;; esac`;
  return { source, expected: inner.expected };
};

const document: Form = (maker) => {
  const { random } = maker;
  const end = `D${maker.count++}_`;
  const texts = [
    plain(' "q" \'s\' # ( '),
    plain('\n'),
    plain('\\$x', '$x'),
    plain('${UNSET:-z}', 'z'),
    plain('\\\\', '\\'),
    plain('\\q "'),
    plain('$((2+3))', '5'),
  ];
  const part = (): Piece => {
    const kind = random.below(5);
    if (kind < 2) return valueOf(maker);
    if (kind === 2) return substitution(maker, 1);
    if (kind === 3 && maker.bash) return { ...defaultIn(maker) };
    return random.pick(texts);
  };
  const body = sequence(maker, 4, part);
  const tail = random.below(2) > 0 ? print(word(maker, 1)) : null;
  const first = tail === null ? '' : `; printf '\\0'; ${tail.source}`;
  const last = tail === null ? "\nprintf '\\0'" : '';
  return {
    source: `cat <<${end}${first}\n${body.source}\n${end}${last}`,
    expected: `${body.expected}\n\0${tail?.expected ?? ''}`,
  };
};

function defaultIn(maker: Maker): Piece {
  const inner = join([valueOf(maker), plain('q')]);
  return { source: `\${UNSET:-${inner.source}}`, expected: inner.expected };
}

const NUMBERS: readonly string[] = [
  "printf '%s\\0' $(( N + 1 ))",
  "x=0; (( x = N + 1 )); printf '%s\\0' $x",
  "declare -i q=N+1; printf '%s\\0' $q",
  "let q=N+1; printf '%s\\0' $q",
  'z[ N + 1 ]=1; printf \'%s\\0\' "${!z[@]}"; unset z',
  'z=( [ N + 1 ]=1 ); printf \'%s\\0\' "${!z[@]}"; unset z',
  'if [[ N -ge 0 ]]; then printf \'%s\\0\' $(( "N" + 1 )); fi',
  'printf \'%s\\0\' "$(( 1+N ))"',
  "printf '%s\\0' $[N+1]",
  "x=1; printf '%s\\0' $((x+N))",
];

const BASH_FORMS: readonly Form[] = [
  (maker) => {
    const w = word(maker, 2);
    return { source: `arr=(${w.source} "x"); printf '%s\\0' "\${arr[@]}"`, expected: `${w.expected}\0x\0` };
  },
  (maker) => {
    const w = word(maker, 2);
    return { source: `[[ ${w.source} == * ]] && printf 'ok\\0'`, expected: 'ok\0' };
  },
  (maker) => {
    const w = word(maker, 2);
    return {
      source: `w=${w.source}; [[ $w == ${w.source} && ! ( "$w" != ${w.source} ) ]] && printf 'ok\\0'`,
      expected: 'ok\0',
    };
  },
  (maker) => {
    const w = word(maker, 2);
    return { source: `printf '%s' ${w.source} > >(cat); wait $!; printf '\\0'`, expected: `${w.expected}\0` };
  },
  (maker) => {
    const w = word(maker, 2);
    return { source: `cat < <(printf %s ${w.source}; printf '\\0')`, expected: `${w.expected}\0` };
  },
  (maker) => {
    const w = word(maker, 2);
    return { source: `cat <<< ${w.source}; printf '\\0'`, expected: `${w.expected}\n\0` };
  },
  (maker) => {
    const w = sequence(maker, 3, () => insideDouble(maker, 1));
    return { source: `declare d="${w.source}"; printf '%s\\0' "$d"`, expected: `${w.expected}\0` };
  },
  (maker) => {
    const number = maker.random.below(30) - 5;
    const form = maker.random.pick(NUMBERS);
    const positive = /z\[|z=|-ge/.test(form) ? Math.abs(number) : number;
    const { source } = hole(maker, String(positive));
    return { source: form.replaceAll('N', () => source), expected: `${positive + 1}\0` };
  },
];
