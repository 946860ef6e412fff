/** What the test of claims starts: takes a name as often as it is told, alone with it each time. Says on stdout what it did. */
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createClaims } from '../../../src/host/store/file/claims.ts';

const [mode, folder = '', count = '1'] = process.argv.slice(2);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const claims = createClaims({
  layout: { claims: join(folder, 'claims') },
  run: `r${process.pid}`,
  cancelRun: () => {},
});
const take = (op: number) =>
  claims.take(
    { kind: 'claim', node: 'a', op, of: 'lock', name: 'db', onConflict: 'queue' },
    new AbortController().signal,
    () => {},
  );

if (mode === 'hold') {
  await take(1);
  say('held');
  await wait(600_000);
} else {
  for (let op = 1; op <= Number(count); op++) {
    const mark = join(folder, 'at-work');
    await take(op);
    closeSync(openSync(mark, 'wx')); // throws when another is at work
    await wait(Math.random() * 3);
    unlinkSync(mark);
    claims.release(op);
  }
  say('done');
}
