/** What everything that reads texts from outside must keep to, as checks that throw. Knows no reader. */
import { isCode } from '../../src/core/diagnostic/catalog.ts';
import type { Diagnostic, Position, Span } from '../../src/core/diagnostic/diagnostic.ts';
import { renderDiagnostic } from '../../src/core/diagnostic/frame.ts';

/** A reader with what it is fed. */
export interface Target {
  readonly name: string;
  /** Reads any bytes at all. Throws where a promise is broken; what the reader throws itself is one. */
  run(bytes: Buffer): void | Promise<void>;
  /** Inputs to begin with; also those that once broke it. */
  readonly seeds: readonly (string | Uint8Array)[];
  /** Words of its language. */
  readonly words: readonly string[];
  /** Folders of real cases, used where they are at hand. */
  readonly cases: readonly string[];
  /** Inputs at the limits of size and depth. */
  readonly large: readonly (readonly [name: string, make: () => string])[];
}

/** A promise that was broken. */
class BrokenPromise extends Error {}

export function promise(holds: boolean, what: string): asserts holds {
  if (!holds) throw new BrokenPromise(what);
}

/** More problems of one text help nobody. */
const MOST_DIAGNOSTICS = 1_000;

/** Every diagnostic has a known code, says something, stands inside its text at the line and column of its offset, and can be shown. */
export function checkDiagnostics(diagnostics: readonly Diagnostic[], texts: Readonly<Record<string, string>>): void {
  promise(diagnostics.length <= MOST_DIAGNOSTICS, `${diagnostics.length} diagnostics of one text`);
  for (const one of diagnostics.slice(0, 20)) {
    promise(isCode(one.code), `the code ${one.code}`);
    promise(/\S/.test(one.message), 'a message that says nothing');
    for (const at of [one.at, ...(one.related ?? []).map((other) => other.at)]) if (at) checkSpan(one.code, at, texts);
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    const bad = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;
    promise(!bad.test(renderDiagnostic(one, (file) => texts[file], { color: false })), `${one.code} shows a control`);
  }
}

function checkSpan(code: string, { file, start, end }: Span, texts: Readonly<Record<string, string>>): void {
  const text = texts[file];
  promise(text !== undefined, `${code} is of the file ${file}`);
  promise(start.offset <= end.offset, `${code} ends before it begins`);
  for (const position of [start, end]) checkPosition(code, position, text);
}

function checkPosition(code: string, { line, column, offset }: Position, text: string): void {
  promise(offset >= 0 && offset <= text.length, `${code} at ${offset}, outside of the text`);
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const mark = lineStart === 0 && offset > 0 && text.startsWith('\ufeff') ? 1 : 0;
  const [trueLine, trueColumn] = [before.split('\n').length, offset - lineStart - mark + 1];
  const isRight = line === trueLine && column === trueColumn;
  promise(isRight, `${code} at ${line}:${column}; its offset ${offset} is at ${trueLine}:${trueColumn}`);
}

/** The text of a file of these bytes, as everything here reads files. */
export function textOf(bytes: Buffer): string {
  return bytes.toString('utf8');
}

/** A text that is repeated, for large inputs. */
export function times(count: number, text: string): () => string {
  return () => text.repeat(count);
}

/** Lists in one another: what walks into a value by recursion ends here. */
export const deepJson: Target['large'] = [1_000, 5_000, 10_000, 16_000, 100_000, 1_000_000].map((depth) => [
  `JSON of ${depth} levels`,
  () => `${'['.repeat(depth)}${']'.repeat(depth)}`,
]);
