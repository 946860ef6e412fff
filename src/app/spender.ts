/** Gives the steps of a run leave to spend: asks its ledger, then that of the day, and keeps who waits. Decides nothing itself. */
import type { Result } from '../core/diagnostic/diagnostic.ts';
import { type Amount, NOTHING_SPENT } from '../core/money/caps.ts';
import type { DayBudget, DayReservation } from '../core/money/day.ts';
import { createLedger, type LedgerParts, type Verdict } from '../core/money/ledger.ts';
import { refusalProblem, wordsOf } from '../core/money/refusal.ts';
import type { Reservation, SpendAsk, Spender, Spent } from '../core/money/spender.ts';
import { toNano } from '../core/money/usd.ts';
import type { Path } from '../core/run/event.ts';

export interface SpenderParts extends LedgerParts {
  /** Its id. */
  readonly run: string;
  /** Absent where days have no budget. */
  readonly day?: DayBudget;
}

/** The spender of a run, and what it is told. */
export interface RunSpender extends Spender {
  /** An attempt of a step is over: what it has not settled is spent, and nothing is waited for any more. */
  over(node: Path): void;
  /** Budgets have changed. */
  review(): void;
}

interface Asked {
  readonly ask: SpendAsk;
  readonly answer: (verdict: Verdict | null) => void;
}
interface Held {
  readonly node: Path;
  readonly day: DayReservation | null;
}

export function createSpender({ run, day, ...parts }: SpenderParts): RunSpender {
  const ledger = createLedger(parts);
  const asked = new Map<number, Asked>();
  const held = new Map<number, Held>();
  let last = 0;

  function tell(verdicts: readonly Verdict[]): void {
    for (const verdict of verdicts) {
      const { answer } = asked.get(verdict.id) ?? {};
      asked.delete(verdict.id);
      answer?.(verdict);
    }
  }

  function drop(id: number): void {
    const { answer } = asked.get(id) ?? {};
    asked.delete(id);
    tell(ledger.withdraw(id));
    answer?.(null);
  }

  function whenJudged(id: number, ask: SpendAsk, signal: AbortSignal): Promise<Verdict | null> {
    return new Promise((resolve) => {
      const giveUp = (): void => drop(id);
      signal.addEventListener('abort', giveUp, { once: true });
      asked.set(id, {
        ask,
        answer: (verdict) => {
          signal.removeEventListener('abort', giveUp);
          resolve(verdict);
        },
      });
      tell(ledger.ask(id, { node: ask.node, tokens: tokensOf(ask.tokens), nano: toNano(ask.usd) }));
    });
  }

  function reservation(id: number, amount: Amount): Reservation {
    return {
      settle(spent) {
        const one = held.get(id);
        if (one === undefined) return;
        held.delete(id);
        const real = realOf(spent, amount);
        one.day?.settle(real);
        tell(ledger.settle(id, real));
      },
    };
  }

  /** What the ledger of the run has granted is asked of the day as well. */
  async function onThisDay(id: number, ask: SpendAsk, amount: Amount, signal: AbortSignal) {
    held.set(id, { node: ask.node, day: null });
    const today = day === undefined ? NO_DAY : await day.reserve(ask.model, amount, toNano(ask.usd) !== null, signal);
    const isOver = !held.has(id); // its attempt ended meanwhile
    if (today?.ok && !isOver && !signal.aborted) {
      held.set(id, { node: ask.node, day: today.value });
      return { ok: true, value: reservation(id, amount) } as const;
    }
    held.delete(id);
    tell(ledger.withdraw(id));
    if (today?.ok) today.value?.settle(NOTHING_SPENT);
    return today === null || today.ok ? null : today;
  }

  return {
    async reserve(ask, signal): Promise<Result<Reservation> | null> {
      if (signal.aborted) return null;
      const id = ++last;
      const verdict = await whenJudged(id, ask, signal);
      if (verdict === null) return null;
      if (verdict.kind === 'refused')
        return { ok: false, diagnostics: [refusalProblem(verdict.why, ask.model, wordsOf(verdict.why.cap, run))] };
      const amount = { calls: 1, tokens: tokensOf(ask.tokens), nano: toNano(ask.usd) ?? 0 };
      return onThisDay(id, ask, amount, signal);
    },
    over(node) {
      for (const [id, { ask }] of asked) if (ask.node === node) drop(id);
      for (const [id, one] of held) {
        if (one.node !== node) continue;
        held.delete(id);
        one.day?.lose();
        tell(ledger.lose(id));
      }
    },
    review: () => tell(ledger.review()),
  };
}

const NO_DAY = { ok: true, value: null } as const;

/** What it says of its tokens or its price that is none leaves them at the worst case. */
function realOf({ tokens, usd }: Spent, worst: Amount): Amount {
  const isCount = Number.isSafeInteger(tokens) && tokens >= 0;
  return { calls: 1, tokens: isCount ? tokens : worst.tokens, nano: toNano(usd) ?? worst.nano };
}

function tokensOf(tokens: number): number {
  return Number.isFinite(tokens) ? Math.max(0, Math.ceil(tokens)) : Number.MAX_SAFE_INTEGER;
}
