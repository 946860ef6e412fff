/** Lines about the items of a fan-out that failed. Pure. */
import type { FailedItem } from '../../app/commands/failed-items.ts';
import { LOOKS } from './states.ts';
import { column, harmless, type Paint, widthOf } from './text.ts';

/** `✘ deploy[us]  exit 1  in deploy[us]/upload`. */
export function failedItemLines(items: readonly FailedItem[], paint: Paint): string[] {
  const cells = Math.min(40, Math.max(...items.map(({ path }) => widthOf(path))));
  const { symbol, tone } = LOOKS.failed;
  return items.map(({ path, step, error, exitCode }) => {
    const why = exitCode === undefined ? harmless(error?.message ?? '') : `exit ${exitCode}`;
    const where = step === path ? '' : `  in ${harmless(step)}`;
    return `${paint(tone, symbol)} ${column(harmless(path), cells)}  ${why}${where}`.trimEnd();
  });
}
