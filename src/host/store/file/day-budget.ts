/** What all runs of a store together may spend on a day (UTC): one after the other asks the book of the day, and waits while others have set aside too much. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Diagnostic, Result } from '../../../core/diagnostic/diagnostic.ts';
import { type Amount, type Limits, minus, overIn, plus } from '../../../core/money/caps.ts';
import type { DayBudget, DayReservation } from '../../../core/money/day.ts';
import { refusalProblem } from '../../../core/money/refusal.ts';
import type { Clock } from '../../../core/ports.ts';
import { errorCode, realDisk } from '../../files.ts';
import { type DayBook, openDayBook } from './day-book.ts';
import { diskFailure } from './disk-failure.ts';
import { machineProcesses, type Processes } from './holder.ts';
import type { Layout } from './layout.ts';

/** Other processes say nothing when they have settled. */
const LOOK_AGAIN_MS = 200;

export interface DayBudgetParts {
  readonly layout: Pick<Layout, 'budget'>;
  readonly limits: Limits;
  readonly run: string;
  readonly clock: Clock;
  readonly processes?: Processes;
}

type Answer = Result<DayReservation> | null;

export function createDayBudget(parts: DayBudgetParts): DayBudget {
  const { layout, limits, run, clock, processes = machineProcesses() } = parts;
  const books = new Map<string, DayBook>();
  let last: Promise<unknown> = Promise.resolve();
  let wake = (): void => {};

  function bookOf(day: string): DayBook {
    const known = books.get(day);
    if (known !== undefined) return known;
    realDisk.makeFolders(layout.budget);
    const book = openDayBook(join(layout.budget, `${day}.jsonl`));
    books.set(day, book);
    return book;
  }

  function pause(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        stop();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const stop = clock.after(LOOK_AGAIN_MS, end);
      signal.addEventListener('abort', end);
      wake = end;
    });
  }

  /** A line that cannot be written leaves the worst case counted. */
  function finish(book: DayBook, line: { readonly id: string; readonly spent?: Amount; readonly lost?: true }): void {
    try {
      book.append({ id: line.id, ...(line.spent && { spent: { ...line.spent } }), ...(line.lost && { lost: true }) });
    } catch (error) {
      if (errorCode(error) === null) throw error;
    }
    wake();
  }

  async function ask(model: string, amount: Amount, signal: AbortSignal): Promise<Answer> {
    while (!signal.aborted) {
      const day = new Date(clock.wallMs()).toISOString().slice(0, 10);
      const book = bookOf(day);
      book.read();
      const refused = refusal(book, { day, model, amount, limits, processes });
      if (refused !== null) return { ok: false, diagnostics: [refused] };
      if (overIn(limits, plus(plus(book.spent, book.under), amount)) !== null) {
        await pause(signal);
        continue;
      }
      const id = `${run}-${randomBytes(8).toString('hex')}`;
      book.append({ id, run, by: { ...processes.self() }, amount: { ...amount }, limits: { ...limits } });
      book.read();
      if (!book.holds(id)) continue; // another process was quicker
      await book.synced();
      return {
        ok: true,
        value: { settle: (spent) => finish(book, { id, spent }), lose: () => finish(book, { id, lost: true }) },
      };
    }
    return null;
  }

  return {
    reserve(model, amount, isPriced, signal) {
      if (!isPriced && limits.nano !== undefined) return Promise.resolve(unpriced(model, limits));
      const before = last;
      const answer = before.then(() =>
        ask(model, amount, signal).catch((error): Answer => {
          return { ok: false, diagnostics: [diskFailure(error, 'keep the budget of the day')] };
        }),
      );
      last = answer.catch(() => {}); // a bug of giga is told to whoever asked
      return answer;
    },
  };
}

interface Question {
  readonly day: string;
  readonly model: string;
  readonly amount: Amount;
  readonly limits: Limits;
  readonly processes: Processes;
}

/** What those left who are dead is spent: nobody settles it. */
function refusal(book: DayBook, { day, model, amount, limits, processes }: Question): Diagnostic | null {
  if (overIn(limits, plus(plus(book.spent, book.under), amount)) === null) return null;
  let { spent } = book;
  for (const { by, amount: left } of book.open.values())
    if (processes.liveness(by) === 'dead') spent = plus(spent, left);
  const measure = overIn(limits, plus(spent, amount));
  if (measure === null) return null;
  const open = minus(plus(book.spent, book.under), spent);
  const why = { kind: 'no-room', cap: { path: '', limits }, measure, spent, open, asked: amount } as const;
  return refusalProblem(why, model, words(day));
}

function unpriced(model: string, limits: Limits): Answer {
  const cap = { path: '', limits };
  return { ok: false, diagnostics: [refusalProblem({ kind: 'unpriced', cap }, model, words('today'))] };
}

function words(day: string) {
  return {
    name: day === 'today' ? 'the budget of the day' : `the budget of the day ${day}`,
    raise: () => 'Raise `budget: { day: … }` in `giga.yaml`, or wait for tomorrow (UTC), and `giga resume`.',
  };
}
