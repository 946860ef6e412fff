/** The items of fan-outs that failed in a run: what is left of a list. Pure; knows no store. */
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import type { Path } from '../../core/run/event.ts';
import type { RunStory, StepStory } from './run-history.ts';

export interface FailedItem {
  /** `deploy[us]`. */
  readonly path: Path;
  /** The step in it that failed first; the item itself where it is no group. */
  readonly step: Path;
  readonly error?: Diagnostic;
  readonly exitCode?: number;
}

/** In the order in which they failed; an item that failed by an item inside it is not told again. */
export function failedItems({ steps }: RunStory): readonly FailedItem[] {
  const failed = [...steps.values()].filter(({ settled }) => settled?.result === 'failed');
  const within = (outer: Path, path: Path): boolean =>
    path.startsWith(outer) && '/[#'.includes(path.charAt(outer.length) || ' ');
  const items = failed.filter(({ path }) => path.endsWith(']'));
  const innermost = items.filter(({ path }) => !items.some((other) => within(path, other.path)));
  return innermost.map((item) => tell(item, failed.find(({ path }) => within(item.path, path)) ?? item));
}

function tell(item: StepStory, step: StepStory): FailedItem {
  const last = step.attempts.at(-1);
  const error = step.settled?.error ?? last?.error;
  return {
    path: item.path,
    step: step.path,
    ...(error && { error }),
    ...(last?.exitCode !== undefined && { exitCode: last.exitCode }),
  };
}
