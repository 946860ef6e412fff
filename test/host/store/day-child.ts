/** What the test of a day's budget starts: sets aside and settles as often as it can. Says on stdout what it was given. */
import { writeSync } from 'node:fs';
import { createClock } from '../../../src/host/clock.ts';
import { createDayBudget } from '../../../src/host/store/file/day-budget.ts';

const [mode, folder = '', limit = '0'] = process.argv.slice(2);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const day = createDayBudget({
  layout: { budget: folder },
  limits: { nano: Number(limit) },
  run: `r${process.pid}`,
  clock: createClock(),
});
const ask = (nano: number) => day.reserve('m', { calls: 1, tokens: 1, nano }, true, new AbortController().signal);

if (mode === 'hold') {
  const held = await ask(Number(limit));
  say(held?.ok ? 'held' : 'refused');
  setInterval(() => {}, 60_000);
} else {
  for (;;) {
    const given = await ask(10);
    if (!given?.ok) break;
    say('sent 10');
    given.value.settle({ calls: 1, tokens: 1, nano: 3 });
    say('spent 3');
  }
  say('done');
}
