/** What all runs may spend on a day: in one process, between processes, and after the death of one. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Amount, Limits } from '../../../src/core/money/caps.ts';
import type { DayBudget } from '../../../src/core/money/day.ts';
import { createClock } from '../../../src/host/clock.ts';
import { openDayBook } from '../../../src/host/store/file/day-book.ts';
import { createDayBudget } from '../../../src/host/store/file/day-budget.ts';
import { bundled, temporaryFolder } from './folder.ts';

let script: string;
beforeAll(async () => {
  script = await bundled('day-child');
});
let folder: string;
const children: ChildProcessByStdio<null, Readable, null>[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const DAY = Date.UTC(2026, 9, 7, 12);
/** A clock that stands still but for timers. */
const clockAt = (wallMs: () => number) => ({ ...createClock(), wallMs });
const open = (limits: Limits, wallMs: () => number = () => DAY): DayBudget =>
  createDayBudget({ layout: { budget: folder }, limits, run: 'r1', clock: clockAt(wallMs) });
const amount = (nano: number): Amount => ({ calls: 1, tokens: 1, nano });
const signal = (): AbortSignal => new AbortController().signal;

function start(mode: string, limit: number) {
  const child = spawn(process.execPath, [script, mode, folder, String(limit)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

describe('a call', () => {
  it('fits, waits for what is set aside by others, or does not fit', async () => {
    const [mine, yours] = [open({ nano: 10 }), open({ nano: 10 })];
    const first = await mine.reserve('m', amount(8), true, signal());
    const second = yours.reserve('m', amount(6), true, signal());
    expect(first?.ok).toBe(true);
    if (first?.ok) first.value.settle(amount(3));
    const given = await second;
    expect(given?.ok).toBe(true);
    if (given?.ok) given.value.lose();
    expect(await mine.reserve('opus', amount(2), true, signal())).toMatchObject({
      ok: false,
      diagnostics: [
        {
          code: 'STEP_BUDGET',
          message:
            'A call of `opus` does not fit into the budget of the day 2026-10-07 (usd 0.00000001): it may take usd 0.000000002; spent are usd 0.000000009, and set aside for calls under way usd 0.00.',
          hint: expect.stringContaining(
            'Raise `budget: { day: … }` in `giga.yaml`, or wait for tomorrow (UTC), and `giga resume`.',
          ),
        },
      ],
    });
  });

  it('needs a price where dollars are bounded', async () => {
    expect(await open({ nano: 10 }).reserve('odd', amount(0), false, signal())).toMatchObject({
      ok: false,
      diagnostics: [
        { code: 'STEP_PRICE_UNKNOWN', message: expect.stringContaining('the budget of the day bounds usd') },
      ],
    });
    expect(await open({ calls: 1 }).reserve('odd', amount(0), false, signal())).toMatchObject({ ok: true });
  });

  it('that is given up while it waits is null, and holds nobody up', async () => {
    const day = open({ nano: 10 });
    const first = await day.reserve('m', amount(6), true, signal());
    const stop = new AbortController();
    const [second, third] = [
      day.reserve('m', amount(6), true, stop.signal),
      day.reserve('m', amount(4), true, signal()),
    ];
    stop.abort();
    expect(await second).toBeNull();
    expect((await third)?.ok).toBe(true);
    expect(first?.ok).toBe(true);
  });

  it('counts for the day on which it was sent', async () => {
    let now = DAY;
    const day = open({ nano: 10 }, () => now);
    expect((await day.reserve('m', amount(10), true, signal()))?.ok).toBe(true);
    now += 86_400_000;
    expect((await day.reserve('m', amount(10), true, signal()))?.ok).toBe(true);
    expect(['2026-10-07', '2026-10-08'].every((name) => existsSync(join(folder, `${name}.jsonl`)))).toBe(true);
  });

  it('is not lost among what is damaged', async () => {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, '2026-10-07.jsonl');
    const day = open({ nano: 10 });
    expect((await day.reserve('m', amount(6), true, signal()))?.ok).toBe(true);
    appendFileSync(
      file,
      '{"id":"half a line\n\u0000\n[1]\n{"id":7}\n{"id":"x","amount":{"calls":-1}}\n{"id":"y","amount":{"calls":1,"tokens":1,"nano":1},"by":3}\n{"id":"torn',
    );
    expect(await open({ nano: 10 }).reserve('m', amount(20), true, signal())).toMatchObject({ ok: false });
    expect((await open({ nano: 10 }).reserve('m', amount(4), true, signal()))?.ok).toBe(true);
    const book = openDayBook(file);
    book.read();
    expect(book.under).toEqual({ calls: 2, tokens: 2, nano: 10 });
  });

  it('is refused where nothing can be written down', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const day = createDayBudget({
      layout: { budget: join(file, 'budget') },
      limits: { nano: 10 },
      run: 'r1',
      clock: createClock(),
    });
    expect(await day.reserve('m', amount(1), true, signal())).toMatchObject({
      ok: false,
      diagnostics: [{ message: expect.stringContaining('keep the budget of the day') }],
    });
  });
});

describe('between processes', () => {
  it('nothing is overshot, and it is used up', async () => {
    const limit = 400;
    const said: string[] = [];
    const dones = [1, 2, 3].map(async () => {
      const child = start('spend', limit);
      createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
      await once(child, 'close');
    });
    await Promise.all(dones);
    expect(said.filter((line) => line === 'done')).toHaveLength(3);
    // The lines of the file are the order in which it happened.
    const day = new Date().toISOString().slice(0, 10);
    const lines = readFileSync(join(folder, `${day}.jsonl`), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const under = new Map<string, number>();
    let spent = 0;
    let refused = 0;
    for (const { id, amount: asked, spent: came } of lines) {
      const open = [...under.values()].reduce((sum, one) => sum + one, 0);
      if (came !== undefined) {
        under.delete(id);
        spent += came.nano;
      } else if (spent + open + asked.nano <= limit) under.set(id, asked.nano);
      else refused++;
    }
    const sent = said.filter((line) => line === 'sent 10').length;
    expect(sent * 3).toBe(spent);
    expect(spent).toBeLessThanOrEqual(limit);
    expect(spent).toBeGreaterThan(limit - 10);
    expect(lines.filter(({ amount: asked }) => asked !== undefined)).toHaveLength(sent + refused);
  }, 60_000);

  it('what a dead one had set aside is spent, and nobody waits for it', async () => {
    const child = start('hold', 10);
    await once(child.stdout, 'data');
    const waits = createDayBudget({
      layout: { budget: folder },
      limits: { nano: 10 },
      run: 'r2',
      clock: createClock(),
    });
    const answer = waits.reserve('m', amount(1), true, signal());
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await answer).toMatchObject({
      ok: false,
      diagnostics: [
        { message: expect.stringContaining('spent are usd 0.00000001, and set aside for calls under way usd 0.00') },
      ],
    });
  }, 60_000);
});
