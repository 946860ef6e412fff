/** `giga runs events [RUN] [--follow]`: the records of a run, as NDJSON or in words. */
import type { Recorded } from '../../core/run/event.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { poll } from '../poll.ts';
import { eventLine } from '../render/event-line.ts';
import { printProblems } from '../render/problems.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { store } = project.value;
  const found = take(call, await store.find(call.args[0]));
  if (!found.ok) return found.code;
  let printed = -1;
  let code: number = EXIT.done;
  await poll(async () => {
    const held = (await store.holder(found.value)) !== null; // asked first: what it wrote before it let go is read below
    const read = take(call, await store.read(found.value));
    if (!read.ok) {
      code = read.code;
      return 'over';
    }
    for (const record of read.value.records) if (record.seq > printed) await print(call, record);
    printed = read.value.records.at(-1)?.seq ?? printed;
    if (call.flags.on('follow') && held && !call.io.out.closed) return 'more';
    if (!held) printProblems(read.value.diagnostics, call);
    return 'over';
  });
  return code;
}

async function print(call: Call, record: Recorded): Promise<void> {
  if (call.io.out.closed) return;
  const line = call.json ? JSON.stringify(record) : eventLine(record);
  await call.io.out.writeAll(`${line}\n`);
}
