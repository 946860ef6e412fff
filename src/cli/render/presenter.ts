/** Shows a run to people while it goes on: live at a terminal, as plain lines elsewhere. Knows records and sinks, not how a run is driven. */
import type { StepSummary } from '../../app/commands/summaries.ts';
import type { RunEnd } from '../../app/live-run.ts';
import { ANNOTATION_LEVELS } from '../../core/plan/annotations.ts';
import type { Costs } from '../../core/run/costs.ts';
import type { Path, Recorded } from '../../core/run/event.ts';
import type { Sink } from '../io.ts';
import { costLines } from './cost-text.ts';
import { lineBuffer } from './line-buffer.ts';
import { footerLines, type Layout, liveLines, nameCellsFor } from './live-lines.ts';
import { type Annotation, annotations, type Dialect, heartbeatLines, plainLines, shielded } from './plain-lines.ts';
import type { PlanIndex } from './plan-index.ts';
import { type Ending, headerLine, type RunFacts, resultLines } from './result-lines.ts';
import { openScreen, type Ticker } from './screen.ts';
import { type StepLine, stepLineOf } from './step-line.ts';
import { painter } from './text.ts';
import { newView, observe, observeProgress, type RunView } from './view.ts';

export interface Presenter {
  record(record: Recorded): void;
  /** What an earlier process waited for, and this one waits for still. */
  stands(records: readonly Recorded[]): void;
  progress(path: Path, line: string): void;
  /** A remark of giga's own, such as what a signal does. */
  note(line: string): void;
  /** Leaves the terminal to a question until it is called back. */
  hold(): () => void;
  /** Says how it ended, and stops. `failedLogs` as the user would name them. */
  end(end: RunEnd, failedLogs: readonly string[], summaries?: readonly StepSummary[]): void;
}

export interface PresenterOptions {
  readonly sink: Sink;
  readonly ticker: Ticker;
  readonly index: PlanIndex;
  readonly facts: RunFacts;
  readonly color: boolean;
  /** Show the output of steps that succeed, too. */
  readonly verbose: boolean;
  /** Options that find the run again, with a leading blank; '' for none. */
  readonly where: string;
  /** What the run has spent. */
  readonly costs?: Costs;
  /** Hears each line about a step. */
  readonly onStep?: (line: StepLine) => void;
}

/** The presenter for a terminal: an append-only log above a small footer. */
export function livePresenter(options: PresenterOptions): Presenter {
  const { sink, ticker, index, facts } = options;
  const paint = painter(options.color);
  const view = newView(index, ticker.now(), options.costs);
  const layout = (): Layout => ({ ...sink.size(), nameCells, paint });
  let nameCells = nameCellsFor(index.steps.keys(), sink.size().columns);
  sink.write(`${headerLine(facts, paint)}\n`);
  const screen = openScreen(sink, ticker, (frame) => footerLines(view, ticker.now(), frame, layout()));
  return {
    record(record) {
      // Items and iterations have longer names than their step in the plan.
      if ('node' in record) nameCells = Math.max(nameCells, nameCellsFor([record.node], sink.size().columns));
      const line = stepLineOf(view, record, options.verbose);
      observe(view, record, ticker.now());
      if (line) screen.log(liveLines(line, layout()));
    },
    stands: (records) => observeStanding(view, records, ticker),
    progress: (path, line) => observeProgress(view, path, line, ticker.now()),
    note: (line) => screen.log([paint('warn', line)]),
    hold: () => screen.hold(),
    end(end, failedLogs, summaries = []) {
      screen.log(resultLines({ ...endingOf(options, view), end, failedLogs, summaries, paint }));
      screen.close();
    },
  };
}

const HEARTBEAT_MS = 30_000;
/** GitHub shows ten errors and ten warnings of a step. */
const ANNOTATIONS = 10;

const WORDS: Readonly<Record<Annotation['level'], string>> = {
  error: 'failures',
  warning: 'warnings',
  notice: 'notices',
};

/** As many as are shown, and how many are not. */
function annotationLines(all: readonly Annotation[]): readonly string[] {
  return ANNOTATION_LEVELS.flatMap((level) => {
    const texts = all.filter((one) => one.level === level).map(({ text }) => text);
    const more = texts.length - ANNOTATIONS;
    return [...texts.slice(0, ANNOTATIONS), ...(more > 0 ? [`${more} more ${WORDS[level]} are not annotated`] : [])];
  });
}

/** The presenter for logs: a line with the time for each step, a sign of life every 30 s. */
export function plainPresenter(options: PresenterOptions & { readonly dialect: Dialect }): Presenter {
  const { sink, ticker, index, facts, dialect } = options;
  const paint = painter(options.color);
  const view = newView(index, ticker.now(), options.costs);
  const printer = lineBuffer(sink, ticker);
  const annotated: Annotation[] = [];
  // File names, outputs and messages are other people's text: none of it may be a command to the runner.
  const say = (lines: readonly string[]) =>
    printer.print(dialect.kind === 'github' ? shielded(lines, dialect.token) : lines);
  say([headerLine(facts, paint)]);
  let cancelBeat: (() => void) | undefined;
  const beat = (): void => {
    say(heartbeatLines(view, ticker.now(), ticker.wall()));
    cancelBeat = ticker.after(HEARTBEAT_MS, beat);
  };
  cancelBeat = ticker.after(HEARTBEAT_MS, beat);
  return {
    record(record) {
      const line = stepLineOf(view, record, options.verbose || dialect.kind === 'github');
      observe(view, record, ticker.now());
      if (!line) return;
      options.onStep?.(line);
      printer.print(plainLines(line, record.at, dialect));
      if (dialect.kind === 'github') annotated.push(...annotations(line, view));
    },
    stands: (records) => observeStanding(view, records, ticker),
    progress: (path, line) => observeProgress(view, path, line, ticker.now()),
    note: (line) => say([line]),
    hold() {
      printer.flush();
      return () => {};
    },
    end(end, failedLogs, summaries = []) {
      cancelBeat?.();
      printer.print(annotationLines(annotated));
      say(resultLines({ ...endingOf(options, view), end, failedLogs, summaries, paint }));
      printer.flush();
    },
  };
}

/** They were seen when they were written, by the clock on the wall. */
function observeStanding(view: RunView, records: readonly Recorded[], ticker: Ticker): void {
  for (const record of records) observe(view, record, ticker.now() - Math.max(0, ticker.wall() - record.at));
}

function endingOf(
  { facts, where, ticker, costs }: PresenterOptions,
  view: RunView,
): Pick<Ending, 'id' | 'where' | 'elapsedMs' | 'spent' | 'models'> {
  const elapsedMs = ticker.now() - view.startedAt;
  const spent = costs === undefined ? [] : costLines(costs);
  return { id: facts.id, where, elapsedMs, spent, models: facts.models };
}
