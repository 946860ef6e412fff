/** What the tests of real processes start: holds, fills, fights for, or dies over one run. Says on stdout, line by line, what it did. */
import { closeSync, openSync, readFileSync, rmSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { JournalFailure, type JournalWriter } from '../../../src/core/ports.ts';
import type { RunEvent } from '../../../src/core/run/event.ts';
import { createFileStore } from '../../../src/host/store/file/file-store.ts';

const [mode, folder = '', count = '1'] = process.argv.slice(2);
const RUN = 'r1';
const store = createFileStore({ folder: join(folder, '.giga'), clock: { wallMs: () => 1 } });
/** At once, so that a kill cannot take it back. */
const say = (line: string): void => void writeSync(1, `${line}\n`);
const event = (data: string): RunEvent => ({ type: 'attempt.noted', node: String(process.pid), op: 1, data });

async function note(writer: JournalWriter, data: string): Promise<number> {
  const seq = writer.append([event(data)]).at(-1)?.seq ?? -1;
  await writer.synced(seq);
  return seq;
}

/** Opens the run, however often somebody else is quicker. */
async function win(): Promise<JournalWriter> {
  for (;;) {
    const opened = await store.open(RUN);
    if (opened.ok) return opened.value.writer;
    const code = opened.diagnostics[0]?.code;
    if (code !== 'RUN_HELD') say(`refused ${code}`);
    await wait(Math.random() * 4);
  }
}

/** Marks the time in which only this process may be at work. */
function enter(): () => void {
  const mark = join(folder, 'at-work');
  try {
    const fd = openSync(mark, 'wx');
    writeSync(fd, String(process.pid));
    closeSync(fd);
  } catch {
    say(`DOUBLE with ${readFileSync(mark, 'utf8')}`);
  }
  return () => unlinkSync(mark);
}

async function race(): Promise<void> {
  for (let won = 0; won < Number(count); won++) {
    const writer = await win();
    const leave = enter();
    await note(writer, String(won));
    leave();
    await writer.close();
  }
}

async function die(): Promise<void> {
  const writer = await win();
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), Math.random() * 20);
  for (let n = 0; ; n++) say(`acknowledged ${await note(writer, String(n))}`);
}

async function hold(): Promise<void> {
  const writer = await win();
  await note(writer, 'before');
  say('held');
  const input = createInterface({ input: process.stdin });
  await input.question('');
  try {
    await note(writer, 'after');
    say('acknowledged');
  } catch (error) {
    say(error instanceof JournalFailure ? error.diagnostic.code : String(error));
  }
  await writer.close();
  input.close();
}

async function fill(): Promise<void> {
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(40_000, 1));
  const created = await store.create(RUN);
  if (!created.ok) return say(created.diagnostics[0]?.code ?? '');
  let acknowledged = -1;
  try {
    for (;;) acknowledged = await note(created.value, 'x'.repeat(3000));
  } catch (error) {
    say(error instanceof JournalFailure ? error.diagnostic.code : String(error));
  }
  await created.value.close();
  rmSync(ballast);
  const opened = await store.open(RUN);
  if (!opened.ok) return say(opened.diagnostics.map(({ message }) => message).join(' '));
  const { writer, reading } = opened.value;
  say(
    reading.records.length > acknowledged && acknowledged > 3
      ? 'kept'
      : `lost: ${reading.records.length} of ${acknowledged + 1}`,
  );
  await note(writer, 'mended');
  await writer.close();
  say('goes on');
}

const modes: Readonly<Record<string, () => Promise<void>>> = { race, die, hold, fill };
await modes[mode ?? '']?.();
