/** `giga logs [RUN] [STEP]`. */
import type { AttemptLog } from '../../app/commands/logs.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open-project.ts';
import { poll } from '../poll.ts';
import { type LogPrinter, logPrinter } from '../render/log-printer.ts';
import { harmless, painter } from '../render/text.ts';
import { takeNamed } from '../which-run.ts';

/** One file that is being printed. */
interface Reading {
  readonly file: string;
  readonly printer: LogPrinter;
  offset: number;
}

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { store } = project.value;
  const [{ readRun }, { attemptLogs }] = await Promise.all([
    import('../../app/commands/find-run.ts'),
    import('../../app/commands/logs.ts'),
  ]);
  const named = await takeNamed(call, store);
  if (!named.ok) return named.code;
  const { run, step } = named.value;
  const shown = new Map<string, Reading>();
  const title = step === undefined && !call.json;
  let now = run;
  await poll(async () => {
    await printNew(call, attemptLogs(store, now.story, step), shown, title);
    if (!call.flags.on('follow') || !now.held || call.io.out.closed) return 'over';
    const again = await readRun(store, now.id);
    if (again.ok) now = again.value;
    return again.ok ? 'more' : 'over';
  });
  for (const { printer } of shown.values()) await printer.end();
  return EXIT.done;
}

/** Prints what the logs hold beyond what was printed before. */
async function printNew(
  call: Call,
  logs: readonly AttemptLog[],
  shown: Map<string, Reading>,
  title: boolean,
): Promise<void> {
  const { readFrom, sizeOf, tailOffset } = await import('../../app/commands/logs.ts');
  const tail = call.flags.count('tail');
  for (const log of logs) {
    let titled = false;
    for (const stream of call.flags.on('stderr') ? (['err'] as const) : (['out', 'err'] as const)) {
      const file = log[stream];
      const reading = shown.get(file) ?? {
        file,
        printer: logPrinter(
          call.io.out,
          { step: log.path, attempt: log.attempt, stream: stream === 'out' ? 'stdout' : 'stderr' },
          call.json,
          title,
        ),
        offset: tail === undefined ? 0 : tailOffset(file, tail),
      };
      shown.set(file, reading);
      if (sizeOf(file) <= reading.offset || call.io.out.closed) continue;
      if (title && !titled)
        await call.io.out.writeAll(
          `${painter(call.outColor)('bold', `── ${harmless(log.path)}`)} · attempt ${log.attempt}\n`,
        );
      titled = true;
      for (const bytes of readFrom(file, reading.offset)) {
        reading.offset += bytes.length;
        await reading.printer.push(bytes);
        if (call.io.out.closed) break;
      }
      if (!call.flags.on('follow')) await reading.printer.end();
    }
  }
}
