/** `kill -9` of processes of a run, at moments that a chance draws. Knows no shape. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Started } from './giga.ts';
import type { Disturb } from './life.ts';

type Chance = (below: number) => number;

/** How long an undisturbed life is: by that the moments of the kills are drawn. */
export interface Span {
  readonly records: number;
  readonly ms: number;
}

const KILLS_LIMIT = 4;

/** Nobody is killed. */
export const inPeace: Disturb = async (place, command) => ({ finished: await place.run(...command), what: '' });

/** One to four processes are killed, one after the other. */
export function killing(chance: Chance, span: Span): Disturb {
  let kills = 1;
  while (kills < KILLS_LIMIT && chance(3) === 0) kills += 1;
  return async (place, command, nth) => {
    const started = place.start(...command);
    const what = nth < kills ? await killSometime(started, chance, span) : '';
    return { finished: await started.finished, what };
  };
}

/** Mostly when so many records were told, and a little later; at times at a time of the clock, which also meets the start. */
async function killSometime({ child, finished }: Started, chance: Chance, { records, ms }: Span): Promise<string> {
  const byClock = chance(4) === 0;
  const delayMs = byClock ? chance(ms) : chance(6);
  const lines = chance(records);
  let [seen, isOver] = [0, false];
  const ended = finished.then(() => (isOver = true));
  const reached = new Promise<void>((resolve) => {
    if (lines === 0) resolve();
    child.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1').split('\n').length - 1;
      if (seen >= lines) resolve();
    });
  });
  if (!byClock) await Promise.race([reached, ended]);
  if (delayMs > 0 && !isOver) await Promise.race([sleep(delayMs), ended]);
  child.kill('SIGKILL');
  return byClock ? `killed after ${delayMs} ms: ` : `killed ${delayMs} ms after ${lines} lines: `;
}
