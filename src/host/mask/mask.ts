/** Hides secrets in texts, values and streams, in every encoding of `encodings.ts`. Knows no files and no steps. */
import { type Diagnostic, warning } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import type { Mask } from '../../core/ports.ts';
import { type Automaton, createAutomaton } from './automaton.ts';
import { formsOf } from './encodings.ts';

const STARS = Buffer.from('***');
const SHORT_CHARACTERS = 4;
const NOTHING = new Uint8Array();

/** A mask that hides nothing. */
export const NO_MASK: Mask = {
  active: false,
  text: (text) => text,
  json: (value) => value,
  stream: () => ({ push: (chunk) => chunk, end: () => NOTHING }),
};

/**
 * A mask for the values of secrets. Each stretch of bytes that forms of secrets cover becomes `***`: overlapping ones
 * become one. Empty values hide nothing.
 */
export function createMask(secrets: Iterable<string>): Mask {
  const patterns = [...new Set(secrets)].flatMap(formsOf);
  if (patterns.length === 0) return NO_MASK;
  const automaton = createAutomaton(patterns);
  const text = (clear: string): string => maskText(automaton, clear);
  return {
    active: true,
    text,
    json: <T extends Json>(value: T) => maskJson(text, value) as T, // texts stay texts; only a number that is a secret becomes one
    stream: () => createStream(automaton),
  };
}

/** A warning for each secret that is too short to be hidden well. Takes names and values. */
export function shortSecrets(secrets: ReadonlyMap<string, string>): readonly Diagnostic[] {
  const short = [...secrets].filter(([, value]) => value !== '' && value.length < SHORT_CHARACTERS);
  return short.map(([name]) =>
    warning('STEP_SHORT_SECRET', `The secret \`${name}\` has fewer than ${SHORT_CHARACTERS} characters.`, {
      hint: 'Use a longer value: a short one occurs everywhere, and its encoded forms cannot be hidden.',
    }),
  );
}

function maskText(automaton: Automaton, clear: string): string {
  const bytes = Buffer.from(clear);
  const stream = createStream(automaton);
  const head = stream.push(bytes);
  const tail = stream.end();
  const masked = Buffer.concat([head, tail]);
  return masked.equals(bytes) ? clear : masked.toString('utf8'); // a text with lone surrogates stays as it is when nothing is hidden
}

function maskJson(text: (clear: string) => string, value: Json): Json {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') {
    const digits = String(value);
    const masked = text(digits);
    return masked === digits ? value : masked;
  }
  if (Array.isArray(value)) return mapChanged(value, (item) => maskJson(text, item));
  if (!isJsonObject(value)) return value;
  const masked = Object.create(null) as Record<string, Json>; // without a prototype, `__proto__` is a key like others
  let changed = false;
  for (const [key, item] of Object.entries(value)) {
    const name = text(key);
    const hidden = maskJson(text, item);
    masked[name] = hidden;
    changed ||= name !== key || hidden !== item;
  }
  return changed ? masked : value;
}

/** The same list when nothing in it changed. */
function mapChanged(items: readonly Json[], change: (item: Json) => Json): readonly Json[] {
  const mapped = items.map(change);
  return mapped.some((item, index) => item !== items[index]) ? mapped : items;
}

/** A stretch of the stream that is hidden; both ends belong to it. */
interface Cover {
  readonly from: number;
  readonly to: number;
  /** Its stars are out already: it began so long ago that it can only grow at its end. */
  readonly isShown: boolean;
}

/** Positions count the bytes of the whole stream from 0. What is held back begins at `base`: never more than the longest pattern. */
function createStream(automaton: Automaton): ReturnType<Mask['stream']> {
  let held: Buffer = Buffer.alloc(0);
  let base = 0;
  let state = 0;
  let covers: Cover[] = [];

  /** Gives out what stands before `until`; no match to come begins there. */
  const release = (until: number): Uint8Array => {
    const parts: Uint8Array[] = [];
    const later: Cover[] = [];
    let at = base;
    for (const cover of covers) {
      if (cover.from >= until) {
        later.push(cover);
        continue;
      }
      if (!cover.isShown) parts.push(held.subarray(at - base, cover.from - base), STARS);
      at = Math.min(cover.to + 1, until);
      if (cover.to >= until) later.push({ from: until, to: cover.to, isShown: true });
    }
    parts.push(held.subarray(at - base, until - base));
    covers = later;
    held = Buffer.from(held.subarray(until - base));
    base = until;
    return parts.length === 1 ? (parts[0] ?? NOTHING) : Buffer.concat(parts);
  };

  return {
    push(chunk) {
      const start = base + held.length;
      for (let i = 0; i < chunk.length; i++) {
        state = automaton.step(state, chunk[i] ?? 0);
        const length = automaton.matched[state] ?? 0;
        if (length > 0) addCover(covers, start + i + 1 - length, start + i);
      }
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      return release(base + held.length - (automaton.depth[state] ?? 0));
    },
    end() {
      state = 0;
      return release(base + held.length);
    },
  };
}

/** Adds a stretch that ends last; those that it meets become one with it. */
function addCover(covers: Cover[], from: number, to: number): void {
  let start = from;
  let isShown = false;
  for (let last = covers.at(-1); last !== undefined && last.to >= start; last = covers.at(-1)) {
    start = Math.min(start, last.from);
    isShown ||= last.isShown;
    covers.pop();
  }
  covers.push({ from: start, to, isShown });
}
