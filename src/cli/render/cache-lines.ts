/** Lines about the results of steps that are kept, and about what one step had of them. Pure. */
import type { Kept } from '../../app/commands/cache-stock.ts';
import type { CacheStory } from '../../app/commands/cache-story.ts';
import type { Path } from '../../core/run/event.ts';
import { bytes } from './artifact-lines.ts';
import { cacheStoryLines } from './cache-text.ts';
import { column, harmless, widthOf } from './text.ts';
import { duration } from './time.ts';

export const sizeText = bytes;

/** `build[api]  workflows/ci.yaml  1.2 MB in 14 files  used 3 times, 2h5m ago  64ddfa3cc346`, the last used first. */
export function keptLines(kept: readonly Kept[], nowMs: number): string[] {
  const rows = kept.map((one) => [
    harmless(one.step),
    harmless(one.file),
    `${bytes(one.size)} in ${one.files} ${one.files === 1 ? 'file' : 'files'}`,
    `${usesText(one.uses)}, ${duration(Math.max(0, nowMs - one.usedAt))} ago`,
    one.key.slice(0, KEY_DIGITS),
  ]);
  const widths = [0, 1, 2, 3].map((at) => Math.max(0, ...rows.map((row) => widthOf(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, at) => column(cell, widths[at] ?? widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}
const KEY_DIGITS = 12;

function usesText(uses: number): string {
  if (uses === 0) return 'not used yet';
  return uses === 1 ? 'used once' : `used ${uses} times`;
}

export function cacheWhyLines(run: string, path: Path, story: CacheStory | undefined): string[] {
  if (story === undefined) return [`${path} did not ask the cache in run ${run}`];
  return [`${path} ${SENTENCES[story.state]} in run ${run}`, ...cacheStoryLines(story).map((line) => `  ${line}`)];
}

const SENTENCES: Readonly<Record<CacheStory['state'], string>> = {
  looking: 'asked the cache',
  hit: 'took its result from the cache',
  missed: 'asked the cache',
  unusable: 'was not cached',
};
