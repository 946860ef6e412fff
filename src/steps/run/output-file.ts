/** Reads what a script wrote to `$GIGA_OUTPUT`: `name=value` lines, `name<<END` blocks, or one JSON object. Pure. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import { bareObject, isJsonObject, type Json } from '../../core/json.ts';
import { depthOfText } from '../../core/json-depth.ts';

export interface WrittenOutputs {
  readonly outputs: Readonly<Record<string, Json>>;
  readonly problem: Diagnostic | null;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/;
const HINT = 'Write `name=value`, or `name<<END`, the lines of the value, and `END`; or one JSON object.';
const MAX_OUTPUTS = 1_000;
const MAX_DEPTH = 64;
const MAX_QUOTED = 60;
/** What giga itself gives; a script cannot say otherwise. */
const RESERVED: ReadonlySet<string> = new Set([
  'stdout',
  'stderr',
  'exit-code',
  'stdout-truncated',
  'stderr-truncated',
]);

/**
 * Everything up to the first mistake counts; of several values for a name, the last. Values keep every character.
 * `hide` hides secrets in what a message quotes, before it is cut: half a secret is none to look for.
 */
export function readOutputFile(text: string, hide: (clear: string) => string = (clear) => clear): WrittenOutputs {
  const outputs = bareObject<Json>();
  const quote: Quote = (clear) => hide(clear).slice(0, MAX_QUOTED);
  const mistake = /^\s*\{/.test(text) ? readObject(text, outputs, quote) : readLines(text, outputs, quote);
  return { outputs, problem: mistake };
}

type Quote = (clear: string) => string;

function bad(message: string, line?: number): Diagnostic {
  const where = line === undefined ? '`$GIGA_OUTPUT`' : `Line ${line} of \`$GIGA_OUTPUT\``;
  return problem('STEP_BAD_OUTPUT', `${where} ${message}.`, { hint: HINT });
}

function nameProblem(name: string, outputs: Readonly<Record<string, Json>>, quote: Quote): string | null {
  if (!NAME.test(name)) return `has the name ${JSON.stringify(quote(name))}, which cannot be one`;
  if (RESERVED.has(name)) return `sets \`${name}\`, which giga sets itself`;
  if (!Object.hasOwn(outputs, name) && Object.keys(outputs).length >= MAX_OUTPUTS)
    return `sets more than ${MAX_OUTPUTS} outputs`;
  return null;
}

/** Lines end as the first one does, so that a value in a file of the other kind may end in a carriage return. */
function readLines(text: string, outputs: Record<string, Json>, quote: Quote): Diagnostic | null {
  const firstBreak = text.indexOf('\n');
  const lines = text.split(firstBreak > 0 && text[firstBreak - 1] === '\r' ? '\r\n' : '\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const [, name, sign, rest = ''] = /^([^=<]*)(=|<<)([^]*)$/.exec(line) ?? [];
    if (name === undefined) return bad('is neither `name=value` nor the beginning of a block', at + 1);
    const wrong = nameProblem(name, outputs, quote);
    if (wrong !== null) return bad(wrong, at + 1);
    if (sign === '=') {
      outputs[name] = rest;
      continue;
    }
    const end = rest === '' ? -1 : lines.indexOf(rest, at + 1);
    if (end < 0) return bad(`begins a block that no line \`${quote(rest)}\` ends`, at + 1);
    outputs[name] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return null;
}

function readObject(text: string, outputs: Record<string, Json>, quote: Quote): Diagnostic | null {
  if (depthOfText(text) > MAX_DEPTH) return bad(`holds JSON that is nested more than ${MAX_DEPTH} deep`);
  let value: Json;
  try {
    value = JSON.parse(text) as Json; // what JSON.parse gives is Json
  } catch {
    return bad(`begins with \`{\` and is no JSON: ${quote(text.trim())}`);
  }
  if (!isJsonObject(value)) return bad('is no object');
  for (const [name, item] of Object.entries(value)) {
    const wrong = nameProblem(name, outputs, quote);
    if (wrong !== null) return bad(wrong);
    const plain = plainJson(item);
    if (plain === undefined) return bad(`holds a number in \`${name}\` that is too large`);
    outputs[name] = plain;
  }
  return null;
}

/** The same value with prototype-free objects, such that it equals its own JSON round trip; undefined if it cannot. Depth is bounded. */
export function plainJson(value: Json): Json | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : undefined; // `+ 0` turns -0 into 0
  if (Array.isArray(value)) {
    const items = value.map(plainJson);
    return items.includes(undefined) ? undefined : (items as Json[]); // it was just seen that none is undefined
  }
  if (!isJsonObject(value)) return value;
  const object = bareObject<Json>();
  for (const [key, item] of Object.entries(value)) {
    const plain = plainJson(item);
    if (plain === undefined) return undefined;
    object[key] = plain;
  }
  return object;
}
