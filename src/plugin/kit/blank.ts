/** The code of a text of TypeScript: comments and the insides of strings become blanks, so that places stay what they are. A guess where a `/` may be either; no parser. Pure. */

/** What stands before a `/` that begins a regular expression. */
const BEFORE_PATTERN = /(?:^|[([{,;:=!&|?+\-*%~^<>}]|\b(?:return|typeof|case|in|of|do|else|void|yield|await))\s*$/;
/** So far back is looked for that. */
const LOOK_BACK = 40;

export function codeOf(text: string): string {
  let made = '';
  /** For each open `${`, how many braces are open in it. */
  const templates: number[] = [];
  for (let at = 0; at < text.length; ) {
    const length = lengthAt(text, at, templates, made);
    const piece = text.slice(at, at + Math.abs(length));
    made += length < 0 ? piece.replaceAll(/[^\n]/g, ' ') : piece;
    at += Math.abs(length);
  }
  return made;
}

/** How many characters belong together from here; negative where they are no code. */
function lengthAt(text: string, at: number, templates: number[], made: string): number {
  const char = text[at];
  const inner = templates.length - 1;
  if (char === '}' && templates[inner] === 0) {
    templates.pop();
    return -templateLength(text, at + 1, templates) - 1;
  }
  if (char === '{' && inner >= 0) templates[inner] = (templates[inner] ?? 0) + 1;
  if (char === '}' && inner >= 0) templates[inner] = (templates[inner] ?? 0) - 1;
  if (char === '`') return -templateLength(text, at + 1, templates) - 1;
  if (char === '"' || char === "'") return -stringLength(text, at, char);
  if (char !== '/') return 1;
  if (text[at + 1] === '/') return -(/.*/.exec(text.slice(at))?.[0].length ?? 1);
  if (text[at + 1] === '*') {
    const end = text.indexOf('*/', at + 2);
    return -((end < 0 ? text.length : end + 2) - at);
  }
  const pattern = BEFORE_PATTERN.test(made.slice(-LOOK_BACK))
    ? /^\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//.exec(text.slice(at, at + 1_000))
    : null;
  return pattern === null ? 1 : -pattern[0].length;
}

/** To the quote, or to the end of the line where there is none. */
function stringLength(text: string, at: number, quote: string): number {
  let end = at + 1;
  while (end < text.length && text[end] !== quote && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
  return Math.min(end + 1, text.length) - at;
}

/** To the end of a template, or to where code begins in it. */
function templateLength(text: string, at: number, templates: number[]): number {
  for (let end = at; end < text.length; end += text[end] === '\\' ? 2 : 1) {
    if (text[end] === '`') return end + 1 - at;
    if (text[end] === '$' && text[end + 1] === '{') {
      templates.push(0);
      return end + 2 - at;
    }
  }
  return text.length - at;
}
