/**
 * The ledger of one run: what is spent, what is set aside for calls under way, and who waits. Pure: it is told what happens and says
 * what follows. Knows no clock, no journal and no promise.
 *
 * | told     | does                                                                                                       |
 * | ask      | grants what fits every cap; refuses what would not fit with nothing under way; else it waits               |
 * | settle   | puts what a call came to in the place of what was set aside                                                |
 * | lose     | nobody will settle: the worst case is spent                                                                |
 * | withdraw | gives up waiting, or gives back what was set aside for a call that was never sent                          |
 * | review   | caps have changed                                                                                          |
 *
 * Asks are looked at in the order in which they came. One that waits holds the caps in which it has no room: no later one takes from these,
 * so that a large call is not overtaken by small ones for ever; what has nothing to do with them goes on.
 */
import type { Path } from '../run/event.ts';
import { type Amount, type Cap, type Measure, minus, NOTHING_SPENT, overIn, pathsAround, plus } from './caps.ts';

/** What a call may come to. `nano` is null where nobody knows its price. */
export interface Ask {
  readonly node: Path;
  readonly tokens: number;
  readonly nano: number | null;
}

export type Verdict =
  | { readonly kind: 'granted'; readonly id: number }
  | { readonly kind: 'refused'; readonly id: number; readonly why: Refusal };

/** Why a call cannot be sent. */
export type Refusal =
  | { readonly kind: 'unpriced'; readonly cap: Cap }
  | {
      readonly kind: 'no-room';
      readonly cap: Cap;
      readonly measure: Measure;
      readonly spent: Amount;
      readonly open: Amount;
      readonly asked: Amount;
    };

export interface Ledger {
  ask(id: number, ask: Ask): readonly Verdict[];
  settle(id: number, spent: Partial<Amount>): readonly Verdict[];
  lose(id: number): readonly Verdict[];
  withdraw(id: number): readonly Verdict[];
  review(): readonly Verdict[];
  /** By path: of the step and all that is inside it. */
  spentAt(path: Path): Amount;
  openAt(path: Path): Amount;
}

/** What is asked of the world of a ledger. */
export interface LedgerParts {
  /** The caps that bound a step, in the order in which they are named to people; asked anew each time. */
  readonly capsOf: (node: Path) => readonly Cap[];
  /** What was spent before, by step. */
  readonly spent: Iterable<readonly [Path, Amount]>;
}

interface Waiting {
  readonly id: number;
  readonly ask: Ask;
}
interface Open {
  readonly node: Path;
  readonly amount: Amount;
}
type Sums = Map<Path, Amount>;

export function createLedger({ capsOf, spent: before }: LedgerParts): Ledger {
  const spent: Sums = new Map();
  const open: Sums = new Map();
  const granted = new Map<number, Open>();
  let queue: readonly Waiting[] = [];
  for (const [node, amount] of before) add(spent, node, amount);

  /** What an ask comes to now; where it waits, the caps in which it has no room are added to those that earlier ones hold. */
  function judge({ node, tokens, nano }: Ask, held: Set<Path>): Refusal | 'granted' | 'waits' {
    const amount = { calls: 1, tokens, nano: nano ?? 0 };
    const full: Path[] = [];
    let isHeld = false;
    for (const cap of capsOf(node)) {
      if (nano === null && cap.limits.nano !== undefined) return { kind: 'unpriced', cap };
      const [used, under] = [at(spent, cap.path), at(open, cap.path)];
      const measure = overIn(cap.limits, plus(used, amount));
      if (measure !== null) return { kind: 'no-room', cap, measure, spent: used, open: under, asked: amount };
      if (overIn(cap.limits, plus(plus(used, under), amount)) !== null) full.push(cap.path);
      isHeld ||= held.has(cap.path);
    }
    for (const path of full) held.add(path);
    return full.length > 0 || isHeld ? 'waits' : 'granted';
  }

  function look(): readonly Verdict[] {
    const held = new Set<Path>();
    const verdicts: Verdict[] = [];
    const waiting: Waiting[] = [];
    for (const one of queue) {
      const { id, ask } = one;
      const judged = judge(ask, held);
      if (judged === 'waits') waiting.push(one);
      else if (judged === 'granted') {
        const amount = { calls: 1, tokens: ask.tokens, nano: ask.nano ?? 0 };
        granted.set(id, { node: ask.node, amount });
        add(open, ask.node, amount);
        verdicts.push({ kind: 'granted', id });
      } else verdicts.push({ kind: 'refused', id, why: judged });
    }
    queue = waiting;
    return verdicts;
  }

  /** Ends what was set aside; `cost` of it is spent. Late news change nothing. */
  function end(id: number, cost: (reserved: Amount) => Amount): readonly Verdict[] {
    const one = granted.get(id);
    if (one === undefined) return [];
    granted.delete(id);
    add(open, one.node, minus(NOTHING_SPENT, one.amount));
    add(spent, one.node, cost(one.amount));
    return look();
  }

  return {
    ask(id, ask) {
      queue = [...queue, { id, ask }];
      return look();
    },
    settle: (id, real) => end(id, (reserved) => ({ ...reserved, ...real })),
    lose: (id) => end(id, (reserved) => reserved),
    withdraw(id) {
      if (granted.has(id)) return end(id, () => NOTHING_SPENT);
      queue = queue.filter((one) => one.id !== id);
      return look();
    },
    review: look,
    spentAt: (path) => at(spent, path),
    openAt: (path) => at(open, path),
  };
}

function at(sums: Sums, path: Path): Amount {
  return sums.get(path) ?? NOTHING_SPENT;
}

function add(sums: Sums, node: Path, amount: Amount): void {
  for (const path of pathsAround(node)) sums.set(path, plus(at(sums, path), amount));
}
