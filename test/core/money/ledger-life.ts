/** A random life of a ledger, with crashes, beside a naive account of it that knows no sums: whatever is not as it says throws. */
import fc from 'fast-check';
import type { Amount, Cap, Limits } from '../../../src/core/money/caps.ts';
import type { createLedger, Verdict } from '../../../src/core/money/ledger.ts';
import type { noSpend, noteSpend, spentBySteps } from '../../../src/core/run/spend.ts';

/** What is tried: of this source, or with a mistake planted in it. */
export interface Books {
  readonly createLedger: typeof createLedger;
  readonly noSpend: typeof noSpend;
  readonly noteSpend: typeof noteSpend;
  readonly spentBySteps: typeof spentBySteps;
}

const NODES = ['a', 'b', 'g/a', 'g/b', 'each[x]/a', 'each[y]/a', 'loop#1', 'loop#2', 'loop#2/g/a', 'gg/a', 'each'];
const PATHS = ['', 'a', 'g', 'g/b', 'each', 'each[x]', 'loop', 'loop#2', 'loop#2/g'];

const LIMITS: fc.Arbitrary<Limits> = fc.record(
  { nano: fc.nat(60), tokens: fc.nat(60), calls: fc.nat(8) },
  { requiredKeys: [] },
);
export const CAPS = fc.uniqueArray(fc.record({ path: fc.constantFrom(...PATHS), limits: LIMITS }), {
  selector: ({ path }) => path,
  maxLength: 5,
});

export type Move =
  | { readonly do: 'ask'; readonly node: string; readonly nano: number | null; readonly tokens: number }
  | { readonly do: 'settle'; readonly which: number; readonly percent: number }
  | { readonly do: 'lose' | 'withdraw'; readonly which: number }
  | { readonly do: 'raise'; readonly which: number; readonly by: number }
  | { readonly do: 'crash' };

const which = fc.nat(20);
export const MOVES: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('ask' as const),
        node: fc.constantFrom(...NODES),
        nano: fc.option(fc.nat(20), { freq: 9 }),
        tokens: fc.nat(20),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('settle' as const), which, percent: fc.nat(100) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'withdraw' as const), which }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('raise' as const), which, by: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  ),
  { maxLength: 60, size: 'max' },
);

interface Call {
  readonly node: string;
  readonly worst: Amount;
  readonly isPriced: boolean;
  state: 'waiting' | 'open' | 'spent' | 'gone';
  spent: Amount;
}

export interface Stats {
  granted: number;
  refused: number;
  waited: number;
  crashes: number;
}

export function live(books: Books, caps: readonly Cap[], moves: readonly Move[], stats: Stats): void {
  new Life(books, caps, stats).go(moves);
}

class Life {
  readonly #books: Books;
  readonly #stats: Stats;
  #caps: readonly Cap[];
  #ledger: ReturnType<typeof createLedger>;
  readonly #spend: ReturnType<typeof noSpend>;
  /** By id, from 0. */
  readonly #calls: Call[] = [];

  constructor(books: Books, caps: readonly Cap[], stats: Stats) {
    this.#books = books;
    this.#caps = caps;
    this.#stats = stats;
    this.#spend = books.noSpend();
    this.#ledger = this.#open();
  }

  go(moves: readonly Move[]): void {
    for (const move of moves) {
      this.#move(move);
      this.#check();
    }
    // Whatever is under way comes to its end: then nobody waits.
    for (const [id, call] of this.#calls.entries()) if (call.state === 'open') this.#settle(id, call.worst);
    ok(!this.#calls.some(({ state }) => state === 'waiting'), 'one waits although nothing is under way');
  }

  #open(): ReturnType<typeof createLedger> {
    const spent = this.#books.spentBySteps(this.#spend);
    return this.#books.createLedger({ spent, capsOf: (node) => this.#caps.filter(({ path }) => isIn(node, path)) });
  }

  #move(move: Move): void {
    switch (move.do) {
      case 'ask': {
        const { node, nano, tokens } = move;
        const worst = { calls: 1, tokens, nano: nano ?? 0 };
        this.#calls.push({ node, worst, isPriced: nano !== null, state: 'waiting', spent: worst });
        const id = this.#calls.length - 1;
        this.#hear(this.#ledger.ask(id, { node, nano, tokens }));
        if (this.#calls[id]?.state === 'waiting') this.#stats.waited++;
        return;
      }
      case 'settle': {
        const [id, call] = this.#pick('open', move.which);
        if (call === null) return;
        const share = (amount: number): number => Math.floor((amount * move.percent) / 100);
        this.#settle(id, { calls: 1, tokens: share(call.worst.tokens), nano: share(call.worst.nano) });
        return;
      }
      case 'lose': {
        const [id, call] = this.#pick('open', move.which);
        if (call === null) return;
        call.state = 'spent';
        this.#hear(this.#ledger.lose(id));
        return;
      }
      case 'withdraw': {
        const [id, call] = this.#pick('waiting', move.which);
        if (call === null) return;
        call.state = 'gone';
        this.#hear(this.#ledger.withdraw(id));
        return;
      }
      case 'raise': {
        const at = move.which % Math.max(1, this.#caps.length);
        this.#caps = this.#caps.map((cap, index) => (index === at ? raised(cap, move.by) : cap));
        this.#hear(this.#ledger.review());
        return;
      }
      case 'crash':
        for (const call of this.#calls) {
          if (call.state === 'waiting') call.state = 'gone';
          if (call.state === 'open') call.state = 'spent';
        }
        this.#stats.crashes++;
        this.#ledger = this.#open();
    }
  }

  #settle(id: number, spent: Amount): void {
    const call = this.#calls[id];
    if (call === undefined) return;
    call.state = 'spent';
    call.spent = spent;
    this.#note(call.node, {
      kind: 'call-ended',
      call: id,
      usd: call.isPriced ? spent.nano / 1e9 : null,
      usage: { input: spent.tokens, output: 0 },
    });
    this.#hear(this.#ledger.settle(id, spent));
  }

  #note(node: string, data: { readonly [key: string]: unknown }): void {
    const json = JSON.parse(JSON.stringify(data));
    this.#books.noteSpend(this.#spend, { type: 'attempt.noted', node, op: 1, data: json });
  }

  #hear(verdicts: readonly Verdict[]): void {
    const [first, full] = this.#first(verdicts);
    for (const verdict of verdicts) {
      const call = this.#calls[verdict.id];
      ok(call?.state === 'waiting', 'a verdict of one that does not wait');
      if (call === undefined) continue;
      const around = this.#caps.filter(({ path }) => isIn(call.node, path));
      if (verdict.kind === 'granted') {
        this.#stats.granted++;
        ok(verdict.id < first || !around.some((cap) => full.includes(cap)), 'one overtakes the first that waits');
        call.state = 'open';
        const usd = call.isPriced ? call.worst.nano / 1e9 : null;
        this.#note(call.node, { kind: 'call-reserved', call: verdict.id, usd, tokens: call.worst.tokens });
        ok(call.isPriced || around.every(({ limits }) => limits.nano === undefined), 'granted without a price');
      } else {
        this.#stats.refused++;
        call.state = 'gone';
        const { why } = verdict;
        if (why.kind === 'unpriced') ok(!call.isPriced && why.cap.limits.nano !== undefined, 'it has a price');
        else {
          ok(around.includes(why.cap), 'refused for a cap that does not bound it');
          const spent = this.#sum(why.cap.path, ['spent']);
          ok(spent[why.measure] === why.spent[why.measure], 'what is spent is not what is said');
          ok(!fits(why.cap.limits, [spent, call.worst]), 'refused, and there is room');
        }
      }
    }
  }

  /** Who waits longest, and the caps in which it has no room. */
  #first(verdicts: readonly Verdict[]): readonly [id: number, full: readonly Cap[]] {
    const judged = new Set(verdicts.map(({ id }) => id));
    const first = this.#calls.findIndex(({ state }, id) => state === 'waiting' && !judged.has(id));
    const call = this.#calls[first];
    if (call === undefined) return [Number.POSITIVE_INFINITY, []];
    const around = this.#caps.filter(({ path }) => isIn(call.node, path));
    return [
      first,
      around.filter(({ path, limits }) => !fits(limits, [this.#sum(path, ['spent', 'open']), call.worst])),
    ];
  }

  /** No cap is overshot; who waits has a reason to, and nobody waits who never can. */
  #check(): void {
    const held: Cap[] = [];
    for (const cap of this.#caps)
      ok(fits(cap.limits, [this.#sum(cap.path, ['spent', 'open'])]), `the cap of "${cap.path}" is overshot`);
    for (const { node, worst, state } of this.#calls) {
      if (state !== 'waiting') continue;
      const around = this.#caps.filter(({ path }) => isIn(node, path));
      const full = around.filter(({ path, limits }) => !fits(limits, [this.#sum(path, ['spent', 'open']), worst]));
      ok(full.length > 0 || around.some((cap) => held.includes(cap)), 'one waits for nothing');
      held.push(...full);
      for (const { path, limits } of around)
        ok(fits(limits, [this.#sum(path, ['spent']), worst]), 'one waits for what can never be');
    }
    for (const path of PATHS) {
      ok(same(this.#ledger.spentAt(path), this.#sum(path, ['spent'])), `the sum of "${path}" is wrong`);
      ok(same(this.#ledger.openAt(path), this.#sum(path, ['open'])), `what is open of "${path}" is wrong`);
    }
  }

  #sum(path: string, states: readonly Call['state'][]): Amount {
    const some = this.#calls.filter(({ node, state }) => states.includes(state) && isIn(node, path));
    const sum = { calls: 0, tokens: 0, nano: 0 };
    for (const { state, worst, spent } of some) {
      const amount = state === 'spent' ? spent : worst;
      for (const key of ['calls', 'tokens', 'nano'] as const) sum[key] += amount[key];
    }
    return sum;
  }

  #pick(state: Call['state'], number: number): readonly [number, Call | null] {
    const some = [...this.#calls.entries()].filter(([, call]) => call.state === state);
    return some[number % Math.max(1, some.length)] ?? [-1, null];
  }
}

function isIn(node: string, path: string): boolean {
  return path === '' || node === path || ['/', '[', '#'].some((mark) => node.startsWith(path + mark));
}

function fits(limits: Limits, amounts: readonly Amount[]): boolean {
  const keys = ['calls', 'tokens', 'nano'] as const;
  return keys.every((key) => {
    const limit = limits[key];
    return limit === undefined || amounts.reduce((sum, amount) => sum + amount[key], 0) <= limit;
  });
}

/** A cap that is over already, since it was lowered by nobody, is raised so far that it holds. */
function raised({ path, limits }: Cap, by: number): Cap {
  const more = Object.entries(limits).map(([key, limit]) => [key, limit + by]);
  return { path, limits: Object.fromEntries(more) };
}

function same(a: Amount, b: Amount): boolean {
  return a.calls === b.calls && a.tokens === b.tokens && a.nano === b.nano;
}

function ok(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
