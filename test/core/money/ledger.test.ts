import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Cap } from '../../../src/core/money/caps.ts';
import { createLedger, type Ledger, type Verdict } from '../../../src/core/money/ledger.ts';
import { noSpend, noteSpend, spentBySteps } from '../../../src/core/run/spend.ts';
import { CAPS, live, MOVES } from './ledger-life.ts';

const IS_LONG = process.env.GIGA_TORTURE === '1';
const SEED = Number(process.env.GIGA_SEED ?? (IS_LONG ? Date.now() % 1_000_000_007 : 11));
const BOOKS = { createLedger, noSpend, noteSpend, spentBySteps };

test(`caps hold in random lives with crashes, and nobody waits for nothing (GIGA_SEED=${SEED})`, {
  timeout: 30 * 60_000,
}, () => {
  const stats = { granted: 0, refused: 0, waited: 0, crashes: 0 };
  fc.assert(
    fc.property(CAPS, MOVES, (caps, moves) => live(BOOKS, caps, moves, stats)),
    { numRuns: IS_LONG ? 200_000 : 2000, seed: SEED },
  );
  for (const count of Object.values(stats)) expect(count).toBeGreaterThan(500);
});

const ledgerOf = (...caps: readonly Cap[]): Ledger =>
  createLedger({ spent: [], capsOf: (node) => caps.filter(({ path }) => path === '' || node.startsWith(path)) });
const told = (verdicts: readonly Verdict[]): readonly string[] => verdicts.map(({ kind, id }) => `${kind} ${id}`);
const ask = (node: string, nano: number | null, tokens = 0) => ({ node, nano, tokens });

describe('a call', () => {
  it('that fits is granted, to the last nano-dollar', () => {
    const ledger = ledgerOf({ path: '', limits: { nano: 10 } });
    expect(told(ledger.ask(1, ask('a', 10)))).toEqual(['granted 1']);
    expect(ledger.openAt('')).toEqual({ calls: 1, tokens: 0, nano: 10 });
  });

  it('waits for what is under way, and goes on with what that leaves', () => {
    const ledger = ledgerOf({ path: '', limits: { nano: 10 } });
    ledger.ask(1, ask('a', 10));
    expect(told(ledger.ask(2, ask('b', 7)))).toEqual([]);
    expect(told(ledger.settle(1, { nano: 3 }))).toEqual(['granted 2']);
    expect(ledger.spentAt('')).toEqual({ calls: 1, tokens: 0, nano: 3 });
  });

  it('fails once what is under way has taken too much', () => {
    const ledger = ledgerOf({ path: '', limits: { nano: 10 } });
    ledger.ask(1, ask('a', 10));
    ledger.ask(2, ask('b', 7));
    expect(ledger.settle(1, { nano: 4 })).toEqual([
      {
        kind: 'refused',
        id: 2,
        why: {
          kind: 'no-room',
          cap: { path: '', limits: { nano: 10 } },
          measure: 'nano',
          spent: { calls: 1, tokens: 0, nano: 4 },
          open: { calls: 0, tokens: 0, nano: 0 },
          asked: { calls: 1, tokens: 0, nano: 7 },
        },
      },
    ]);
  });

  it('without a price is refused where dollars are bounded, and nowhere else', () => {
    const ledger = ledgerOf({ path: 'a', limits: { nano: 10 } }, { path: '', limits: { tokens: 10 } });
    expect(told(ledger.ask(1, ask('a', null)))).toEqual(['refused 1']);
    expect(told(ledger.ask(2, ask('b', null)))).toEqual(['granted 2']);
  });

  it.each(['tokens', 'calls'] as const)('is bounded by %s as well', (measure) => {
    const ledger = ledgerOf({ path: '', limits: { [measure]: 1 } });
    expect(told(ledger.ask(1, ask('a', 0, 1)))).toEqual(['granted 1']);
    expect(told(ledger.ask(2, ask('a', 0, 1)))).toEqual([]);
    expect(told(ledger.settle(1, {}))).toEqual(['refused 2']);
  });

  it('is not overtaken by smaller ones that take the room that it waits for', () => {
    const ledger = ledgerOf({ path: '', limits: { nano: 10 } });
    ledger.ask(1, ask('a', 5));
    ledger.ask(2, ask('b', 8));
    expect(told(ledger.ask(3, ask('c', 1)))).toEqual([]);
    expect(told(ledger.settle(1, { nano: 0 }))).toEqual(['granted 2', 'granted 3']);
  });

  it('but by those that take other room', () => {
    const ledger = ledgerOf({ path: 'a', limits: { calls: 2 } }, { path: '', limits: { nano: 100 } });
    ledger.ask(1, ask('a', 1));
    ledger.ask(2, ask('a', 1));
    expect(told(ledger.ask(3, ask('a', 1)))).toEqual(['refused 3'].slice(1));
    expect(told(ledger.ask(4, ask('b', 1)))).toEqual(['granted 4']);
  });

  it('that comes to more than was set aside is counted as what it was', () => {
    const ledger = ledgerOf({ path: '', limits: { nano: 10 } });
    ledger.ask(1, ask('a', 1));
    ledger.settle(1, { nano: 30 });
    expect(ledger.spentAt('').nano).toBe(30);
    expect(told(ledger.ask(2, ask('a', 0)))).toEqual(['refused 2']);
  });

  it('is settled once', () => {
    const ledger = ledgerOf();
    ledger.ask(1, ask('a', 5));
    ledger.settle(1, { nano: 1 });
    ledger.settle(1, { nano: 1 });
    ledger.lose(1);
    ledger.settle(9, { nano: 1 });
    expect(ledger.spentAt('a')).toEqual({ calls: 1, tokens: 0, nano: 1 });
  });

  it('that nobody settles is spent at its worst case, and no longer waited for', () => {
    const ledger = ledgerOf({ path: '', limits: { nano: 10 } });
    ledger.ask(1, ask('a', 6));
    ledger.ask(2, ask('b', 6));
    expect(told(ledger.lose(1))).toEqual(['refused 2']);
  });

  it('that was never sent is given back', () => {
    const ledger = ledgerOf({ path: '', limits: { nano: 10 } });
    ledger.ask(1, ask('a', 6));
    ledger.ask(2, ask('b', 6));
    expect(told(ledger.withdraw(1))).toEqual(['granted 2']);
    expect(ledger.spentAt('')).toEqual({ calls: 0, tokens: 0, nano: 0 });
  });

  it('goes on where its budget was raised', () => {
    let nano = 10;
    const ledger = createLedger({ spent: [], capsOf: () => [{ path: '', limits: { nano } }] });
    ledger.ask(1, ask('a', 6));
    expect(told(ledger.ask(2, ask('b', 6)))).toEqual([]);
    nano = 12;
    expect(told(ledger.review())).toEqual(['granted 2']);
  });
});
