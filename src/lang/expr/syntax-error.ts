/** Says what is wrong where the grammar stopped, and what the writer may have meant. Knows the text, not the grammar. */
import type { ExpressionProblem } from './parse.ts';

export const UNCLOSED_TEXT = 'The text that begins here is not closed.';

/** Words of other languages for operators of this one. */
const OPERATOR_WORDS: ReadonlyMap<string, string> = new Map([
  ['and', '&&'],
  ['or', '||'],
  ['not', '!'],
  ['is', '=='],
  ['eq', '=='],
  ['if', '? :'],
]);

/** The problem of a text that the grammar refuses at the offset `at`. */
export function describeSyntaxError(source: string, at: number): ExpressionProblem {
  const rest = source.slice(at, at + 200);
  if (rest === '') {
    const shown = Math.max(0, source.length - 1);
    return syntax('The expression ends too early.', shown, 1, unclosedHint(source));
  }
  const operator = source.charAt(at - 1);
  if (at > 0 && '+-*/%'.includes(operator) && /[\w)\]}']\s*$/.test(source.slice(0, at - 1))) {
    return syntax(`"${operator}" is not expected here.`, at - 1, 1, blanksHint(operator));
  }
  const number = /^[-+]?\.?\d[\w.+-]*/.exec(rest)?.[0];
  if (number && !isNumber(number))
    return syntax(`"${shorten(number)}" is no number.`, at, number.length, numberHint(number));
  if (rest.startsWith("'") && !isClosedText(source, at)) {
    const hint = "Write a single quote at its end; a quote inside a text is written twice: 'it''s'.";
    return syntax(UNCLOSED_TEXT, at, 1, hint);
  }
  if (rest.startsWith('}}')) return syntax('The expression ends too early.', at, 2, unclosedHint(source.slice(0, at)));
  const found =
    /^(?:[A-Za-z_][\w-]*|[=!<>&|?]+|\$\{\{)/.exec(rest)?.[0] ?? String.fromCodePoint(rest.codePointAt(0) ?? 0);
  return syntax(`"${shorten(found)}" is not expected here.`, at, found.length, hintFor(found, source, at));
}

function syntax(message: string, at: number, length: number, hint: string | undefined): ExpressionProblem {
  return { code: 'EXPR_SYNTAX', message, at, length, ...(hint === undefined ? {} : { hint }) };
}

function hintFor(found: string, source: string, at: number): string | undefined {
  const word = OPERATOR_WORDS.get(found.toLowerCase());
  if (word) return `Write \`${word}\`.`;
  if (found === '"' || found === '`') return "Texts stand in single quotes: 'like this'.";
  if (found === '<>' || (found === '=' && source.slice(0, at).endsWith('!='))) return 'Write `!=`.';
  if (found === '=') return 'Write `==` to compare.';
  if (found === '&' || found === '|') return `Write \`${found}${found}\`.`;
  if (found === '${{') return 'Inside `${{ }}` a name is written as it is, without another `${{`.';
  if ('+-*/%'.includes(found)) return blanksHint(found);
  if (found === '=>') return 'A lambda stands only as an argument, as in `filter(list, x => x > 1)`.';
  if (/^[A-Za-z_\d']/.test(found) && at > 0) return missingOperatorHint(source, at);
  return undefined;
}

function missingOperatorHint(source: string, at: number): string | undefined {
  const before = source.slice(0, at).trimEnd();
  if (before.endsWith('.')) return "Behind a dot stands a name; write ['…'] or [0] for anything else.";
  const word = OPERATOR_WORDS.get(/[A-Za-z]*$/.exec(before)?.[0].toLowerCase() ?? '');
  if (word) return `Write \`${word}\`.`;
  return /[\w)\]}']$/.test(before) ? 'Is an operator or a comma missing before it?' : undefined;
}

function unclosedHint(source: string): string | undefined {
  const open: string[] = [];
  for (const [bracket] of source.replace(/'(?:[^']|'')*'/g, '').matchAll(/[()[\]{}]/g)) {
    if ('([{'.includes(bracket)) open.push(bracket);
    else open.pop();
  }
  const last = open.at(-1);
  return last === undefined ? undefined : `\`${last}\` is not closed.`;
}

function blanksHint(operator: string): string {
  return `Put a blank on both sides of \`${operator}\`.`;
}

function numberHint(number: string): string | undefined {
  const operator = /\d([-+])/.exec(number)?.[1];
  return operator && blanksHint(operator);
}

/** Whether the text in quotes that opens at `open` is closed; a quote written twice does not close it. */
function isClosedText(source: string, open: number): boolean {
  let quote = source.indexOf("'", open + 1);
  while (quote >= 0 && source.charAt(quote + 1) === "'") quote = source.indexOf("'", quote + 2);
  return quote >= 0;
}

function isNumber(text: string): boolean {
  return /^(?:0x[\da-f]+|0o[0-7]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i.test(text);
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
