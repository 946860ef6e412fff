/**
 * What all runs of a store have set aside and spent on one day: a file that is only ever appended to. Its order decides, so that no lock
 * is needed: whoever appends looks what stands before its line, and every reader finds the same. Knows no waiting.
 *
 *     budget/2026-10-07.jsonl   { id, run, by, amount, limits }   set aside; counts where it fits behind what stands before it
 *                               { id, spent }                     what it came to
 *                               { id, lost }                      nobody will say; it counts at its worst case
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { isJsonObject, type Json, type JsonObject } from '../../../core/json.ts';
import { type Amount, type Limits, MEASURES, minus, NOTHING_SPENT, overIn, plus } from '../../../core/money/caps.ts';
import { writeWholeFile } from '../../files.ts';
import { type Holder, parseHolder } from './holder.ts';

export interface DayBook {
  /** Reads what was appended since. Throws what the disk throws. */
  read(): void;
  /** Appends a line, without a seam. Throws what the disk throws. */
  append(line: JsonObject): void;
  /** Resolves when what was appended is on disk. Rejects with what the disk says. */
  synced(): Promise<void>;
  /** Whether what was set aside under this name counts. */
  holds(id: string): boolean;
  readonly spent: Amount;
  /** Set aside, and not at its end: by whom, and how much. */
  readonly open: ReadonlyMap<string, { readonly by: Holder; readonly amount: Amount }>;
  /** All that is open. */
  readonly under: Amount;
}

interface State {
  spent: Amount;
  under: Amount;
  readonly open: Map<string, { readonly by: Holder; readonly amount: Amount }>;
}

export function openDayBook(file: string): DayBook {
  const state: State = { spent: NOTHING_SPENT, under: NOTHING_SPENT, open: new Map() };
  let offset = 0;
  let rest = '';
  return {
    read() {
      const { text, end } = readFrom(file, offset);
      offset = end;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) fold(state, parsed(line));
    },
    // A line break before it as well: a process that was killed may have left half a line.
    append: (line) => writeWholeFile(file, `\n${JSON.stringify(line)}\n`, { flag: 'a' }),
    async synced() {
      const handle = await open(file, 'r+');
      await handle.datasync().finally(() => handle.close());
    },
    holds: (id) => state.open.has(id),
    open: state.open,
    get spent() {
      return state.spent;
    },
    get under() {
      return state.under;
    },
  };
}

/** What fits is decided by the order of lines, and by the limits that its own process had. */
function fold(state: State, line: JsonObject): void {
  const { id } = line;
  if (typeof id !== 'string') return;
  const before = state.open.get(id);
  if (before !== undefined) {
    const spent = line.lost === true ? before.amount : amountIn(line.spent);
    if (spent === null) return;
    state.open.delete(id);
    state.under = minus(state.under, before.amount);
    state.spent = plus(state.spent, spent);
    return;
  }
  const [amount, by] = [amountIn(line.amount), parseHolder(line.by)];
  if (amount === null || by === null) return;
  if (overIn(limitsIn(line.limits), plus(plus(state.spent, state.under), amount)) !== null) return;
  state.open.set(id, { by, amount });
  state.under = plus(state.under, amount);
}

function readFrom(file: string, offset: number): { readonly text: string; readonly end: number } {
  const fd = openSync(file, 'a+');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(fd).size - offset));
    let taken = 0;
    while (taken < bytes.length) {
      const more = readSync(fd, bytes, taken, bytes.length - taken, offset + taken);
      if (more === 0) break;
      taken += more;
    }
    return { text: bytes.toString('utf8', 0, taken), end: offset + taken };
  } finally {
    closeSync(fd);
  }
}

function parsed(line: string): JsonObject {
  if (line === '') return {};
  try {
    const value = JSON.parse(line) as Json; // JSON.parse gives JSON
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function amountIn(value: Json | undefined): Amount | null {
  if (!isJsonObject(value)) return null;
  const { calls, tokens, nano } = value;
  return isCount(calls) && isCount(tokens) && isCount(nano) ? { calls, tokens, nano } : null;
}

function limitsIn(value: Json | undefined): Limits {
  const limits = isJsonObject(value) ? value : {};
  return Object.fromEntries(
    MEASURES.flatMap((measure) => (isCount(limits[measure]) ? [[measure, limits[measure]]] : [])),
  );
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
