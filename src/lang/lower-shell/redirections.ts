/** Reads redirections, and the here-documents that they announce. */
import { type CommandFrame, commandFrame, UNKNOWN } from './frames.ts';
import { addToWord, MARK, newScan, type PendingDocument, peek, push, type Scan, stop, take } from './scan.ts';
import { endWord } from './words.ts';

const OPERATOR = /<<<|<<-|<<|<>|<&|>>|>&|>\||&>>|&>|[<>]/y;
const DELIMITER = /[ \t]*((?:\\[^\n]|'[^'\n]*'|"[^"\\$`\n]*"|[^ \t\n;&|<>()'"\\`$\uFDD0])+)/y;

export function readRedirection(scan: Scan, frame: CommandFrame): void {
  const descriptor = /^(?:\d+|\{\w+\})$/.test(frame.word?.plain ?? '') ? (frame.word?.plain ?? '') : null;
  if (descriptor !== null) {
    frame.word = null;
    if (!/^[0-2]$/.test(descriptor)) scan.findings.unfit = true;
  }
  // `{a[x]}>f` puts the number of a descriptor into an element, and calculates which.
  if (/^\{.*\[.*\}$/s.test(frame.word?.plain ?? '')) {
    scan.findings.evaluates = true;
    frame.word = null;
  }
  endWord(scan, frame);
  if (scan.text[scan.at] !== '&' && scan.text[scan.at + 1] === '(') return openProcess(scan);
  if (frame.test !== null) return take(scan, 1);
  const operator = peek(scan, OPERATOR)?.[0] ?? '';
  take(scan, operator.length);
  if (operator.startsWith('<')) frame.command.fed = true;
  if (operator === '<<' || operator === '<<-') announceDocument(scan, operator === '<<-');
  else frame.redirect = operator === '>&' || operator === '<&' ? 'descriptor' : 'target';
}

/** `<( )` and `>( )`: a command beside this one, which may outlive it. */
function openProcess(scan: Scan): void {
  scan.findings.unfit = true;
  addToWord(scan, UNKNOWN);
  take(scan, 2);
  push(scan, commandFrame(')'));
}

function announceDocument(scan: Scan, stripsTabs: boolean): void {
  const match = peek(scan, DELIMITER);
  const written = match?.[1];
  const next = scan.text[scan.at + (match?.[0].length ?? 0)] ?? '\n';
  if (match === null || written === undefined || !/[ \t\n;&|<>)]/.test(next)) {
    const hint = "Write `<<EOF`, or `<<'EOF'` when nothing in it is to expand.";
    return stop(scan, 'SHELL_HEREDOC', 'The delimiter of this here-document is not a plain word.', hint);
  }
  const delimiter = written.replace(/\\(.)|'([^']*)'|"([^"]*)"/g, (_, a, b, c) => a ?? b ?? c);
  scan.documents.push({ delimiter, quoted: /[\\'"]/.test(written), stripsTabs, depth: scan.stack.length });
  take(scan, match[0].length);
}

/** Reads the bodies of the here-documents that the line before announced. `lex` reads a text to its end. */
export function readDocuments(scan: Scan, lex: (scan: Scan) => void): void {
  for (const document of scan.documents.splice(0)) {
    if (document.depth !== scan.stack.length) {
      const hint = 'Let the command of a here-document end on the line where it is announced.';
      stop(scan, 'SHELL_HEREDOC', 'A here-document and another construct share their lines.', hint);
    }
    const end = findEnd(scan, document);
    if (end === null) {
      const message = `The here-document never ends: no line is just \`${document.delimiter}\`.`;
      stop(scan, 'SHELL_HEREDOC', message, 'The delimiter stands alone on its line, without blanks around it.');
    }
    if (end === null || scan.findings.stopped) return;
    if (document.quoted) readQuotedBody(scan, document, end.body);
    else {
      const inner = newScan(scan.text.slice(scan.at, end.body), { kind: 'document' }, scan, scan.origin + scan.at);
      lex(inner);
      scan.out += inner.out;
      scan.at = end.body;
    }
    take(scan, end.line - scan.at);
  }
}

/** Where the body ends, and where the line behind it begins. A line that a backslash continues is no delimiter. */
function findEnd(scan: Scan, document: PendingDocument): { body: number; line: number } | null {
  let continued = false;
  for (let at = scan.at; at < scan.text.length; ) {
    const newline = scan.text.indexOf('\n', at);
    const line = scan.text.slice(at, newline < 0 ? scan.text.length : newline);
    const next = newline < 0 ? scan.text.length : newline + 1;
    if (!continued && (document.stripsTabs ? line.replace(/^\t+/, '') : line) === document.delimiter)
      return { body: at, line: next };
    continued = !document.quoted && /(?:^|[^\\])(?:\\\\)*\\$/.test(line);
    at = next;
  }
  return null;
}

/** Nothing expands in a quoted here-document, so no value can stand in it. */
function readQuotedBody(scan: Scan, document: PendingDocument, end: number): void {
  while (scan.at < end) {
    const mark = scan.text.indexOf(MARK, scan.at);
    take(scan, (mark < 0 ? end : Math.min(mark, end)) - scan.at);
    if (scan.at >= end) return;
    scan.findings.problems.push({
      code: 'SHELL_QUOTED_HEREDOC',
      message: `Nothing expands in this here-document, because its delimiter is quoted, so no value can stand in it.`,
      hint: `Write \`<<${document.delimiter}\` without quotes (and \`\\$\` for each \`$\` of the text), or give the value by \`env:\`.`,
      index: scan.findings.next++,
      offset: scan.origin + scan.at,
    });
    scan.at++;
  }
}
