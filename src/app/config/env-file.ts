/** Reads `.env` files: a small, strict dialect without expansion. Knows text, not files nor what the variables are for. */
import {
  type Diagnostic,
  listedProblems,
  type Position,
  problem,
  type Reading,
} from '../../core/diagnostic/diagnostic.ts';

export interface EnvEntry {
  readonly name: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', '"': '"', $: '$' };
const LIMIT_BYTES = 1024 * 1024;

/**
 * `NAME=value`, one a line; `export` before it and `#` lines are allowed. Values: bare (to ` #` or the line's end, trimmed),
 * `'…'` (as they stand, several lines), `"…"` (several lines; `\n \r \t \\ \" \$`). Nothing is expanded. A later name wins.
 */
export function parseEnvFile(text: string, file: string): Reading<readonly EnvEntry[]> {
  if (text.length > LIMIT_BYTES) {
    return {
      value: null,
      diagnostics: [problem('CONFIG_ENV_FILE', `"${file}" is larger than 1 MiB, which no env-file needs.`)],
    };
  }
  const entries: EnvEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  let offset = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  const complain = (message: string, from: number, to: number) => {
    const lineStart = from === 0 ? 0 : text.lastIndexOf('\n', from - 1) + 1;
    const mark = lineStart === 0 && text.startsWith('\uFEFF') ? 1 : 0; // takes no column
    const place = (offset: number): Position => ({ line, column: offset - lineStart - mark + 1, offset });
    diagnostics.push(
      problem('CONFIG_ENV_FILE', message, { at: { file, start: place(from), end: place(Math.max(to, from + 1)) } }),
    );
  };
  while (offset < text.length) {
    const end = lineEnd(text, offset);
    const source = text.slice(offset, end);
    let next = end;
    const match = ASSIGNMENT.exec(source);
    if (match?.[1] !== undefined) {
      const from = offset + match[0].length;
      const read = readValue(text, from, end);
      if (typeof read === 'string') complain(read, from, end);
      else {
        entries.push({ name: match[1], value: read.value, line });
        next = read.end;
      }
    } else if (!/^[ \t]*(#|\r?$)/.test(source)) {
      complain('This line is not `NAME=value`.', offset + source.search(/[^ \t]/), offset + source.trimEnd().length);
    }
    line += text.slice(offset, next + 1).split('\n').length - 1;
    offset = next + 1;
  }
  return { value: entries, diagnostics: listedProblems(diagnostics) };
}

/** The value that begins at `from`, with the offset of the end of its last line; or what is wrong. */
function readValue(text: string, from: number, end: number): { value: string; end: number } | string {
  const quote = text[from];
  if (quote !== '"' && quote !== "'")
    return {
      value: text
        .slice(from, end)
        .replace(/(^|[ \t])#.*/s, '')
        .trimEnd(),
      end,
    };
  const close = closingQuote(text, from);
  if (close < 0) return `The ${quote} that opens this value is never closed.`;
  const stop = lineEnd(text, close + 1);
  if (!/^[ \t]*(#.*)?\r?$/s.test(text.slice(close + 1, stop)))
    return 'Only a comment may stand behind the closing quote.';
  const inner = text.slice(from + 1, close).replaceAll('\r\n', '\n');
  const value = quote === "'" ? inner : inner.replace(/\\(.)/gs, (whole, char: string) => ESCAPES[char] ?? whole);
  return { value, end: stop };
}

function closingQuote(text: string, open: number): number {
  const quote = text[open];
  for (let i = open + 1; i < text.length; i++) {
    if (text[i] === '\\' && quote === '"') i++;
    else if (text[i] === quote) return i;
  }
  return -1;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at;
}
