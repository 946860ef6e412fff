/** The loop: reads a text from its first character to its last, each by the construct that is open there. */
import { unreachable } from '../../core/json.ts';
import { readArray, readCommand, readPattern } from './commands.ts';
import { endOfBackticks, readArithmetic, readDollar, readParameter } from './expansions.ts';
import { commandFrame, type Frame, UNKNOWN } from './frames.ts';
import { placeHole } from './placeholders.ts';
import { readAnsi, readDocumentBody, readDouble, readEscape, readSingle } from './quotes.ts';
import { addToWord, MARK, newScan, payLookahead, refuse, type Scan, stop, take, top } from './scan.ts';
import { endCommand } from './words.ts';

const MAX_NESTING = 40;
/** What a pass over a text of its own costs, in characters, however short the text is. */
const PASS_COST = 80;

/** Reads the text of a scan to its end. What is wrong goes to its findings. */
export function lex(scan: Scan): void {
  const { findings } = scan;
  if (++findings.nesting > MAX_NESTING)
    stop(scan, 'SHELL_TOO_DEEP', 'Here-documents are nested more than 40 deep.', 'Put the inner part in a file.');
  while (scan.at < scan.text.length && !findings.stopped) readNext(scan);
  if (!findings.stopped) finish(scan);
  findings.nesting--;
}

function finish(scan: Scan): void {
  const frame = top(scan);
  if (frame.kind === 'command') endCommand(scan, frame);
  const open = scan.stack.length > 1 || scan.documents.length > 0;
  const inCommand = frame.kind === 'command' && (frame.test !== null || frame.cases.length > 0);
  if (!open && !inCommand) return;
  const hint = 'Close it, or check the quotes before it.';
  stop(scan, 'SHELL_UNBALANCED', `The script ends inside ${nameOf(scan)}.`, hint);
}

const OPEN: Readonly<Record<Frame['kind'], string>> = {
  command: 'parentheses',
  array: 'parentheses',
  pattern: 'parentheses',
  double: 'double quotes',
  single: 'single quotes',
  ansi: 'single quotes',
  parameter: '`${ }`',
  arithmetic: 'arithmetic or a subscript',
  document: 'a here-document',
};

function nameOf(scan: Scan): string {
  const frame = top(scan);
  if (scan.documents.length > 0) return OPEN.document;
  if (frame.kind === 'command' && frame.test !== null) return '`[[ ]]`';
  return frame.kind === 'command' && frame.cases.length > 0 ? 'a `case`' : OPEN[frame.kind];
}

function readNext(scan: Scan): void {
  const frame = top(scan);
  const c = scan.text[scan.at];
  if (c === MARK) return placeHole(scan);
  if (frame.kind === 'single') return readSingle(scan);
  if (c === '\\') return readEscape(scan);
  if (frame.kind === 'ansi') return readAnsi(scan);
  if (c === '`') return readBackticks(scan);
  if (c === '$') return readDollar(scan);
  switch (frame.kind) {
    case 'command':
      return readCommand(scan, frame, lex);
    case 'array':
      return readArray(scan, frame);
    case 'pattern':
      return readPattern(scan);
    case 'double':
      return readDouble(scan);
    case 'parameter':
      return readParameter(scan, frame);
    case 'arithmetic':
      return readArithmetic(scan, frame);
    case 'document':
      return readDocumentBody(scan);
    default:
      unreachable(frame);
  }
}

/** Values cannot stand in backticks, where quotes have rules of their own; what is inside is read for what it does. */
function readBackticks(scan: Scan): void {
  const end = endOfBackticks(scan);
  if (end < 0) return stop(scan, 'SHELL_UNBALANCED', 'A backtick is never closed.', 'Write `$( … )`.');
  const body = scan.text.slice(scan.at + 1, end);
  addToWord(scan, UNKNOWN);
  payLookahead(scan, PASS_COST);
  if (!body.includes(MARK))
    lex(newScan(body.replace(/\\([\\`$])/g, '$1'), commandFrame(null), scan, scan.origin + scan.at));
  while (scan.at <= end && !scan.findings.stopped) {
    const mark = scan.text.indexOf(MARK, scan.at);
    take(scan, (mark < 0 ? end + 1 : Math.min(mark, end + 1)) - scan.at);
    if (scan.at > end) return;
    const index = scan.findings.next++;
    refuse(
      scan,
      index,
      'SHELL_IN_BACKTICKS',
      'A value cannot stand in backticks.',
      'Write `$( … )` instead of the backticks.',
    );
    scan.at++;
  }
}
