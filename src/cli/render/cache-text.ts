/** Words for what a step had of the cache. Pure. */
import type { CacheStory } from '../../app/commands/cache-story.ts';
import type { CacheEnded } from '../../core/run/event.ts';
import { harmless } from './text.ts';
import { dateAndTime, duration } from './time.ts';

/** A remark: `cache miss: src/a.ts:14 changed`. Empty where there is nothing to say: a result was taken, or none was ever kept. */
export function cacheRemark({ hit, key, saved = false, why = [] }: CacheEnded): string {
  const [first, ...more] = why;
  if (hit !== undefined || saved || first === undefined) return '';
  const rest = more.length > 0 ? ` and ${more.length} more` : '';
  return `${key === undefined ? 'not cached' : 'cache miss'}: ${harmless(first)}${rest}`;
}

/** What there is to say to `giga why`. */
export function cacheStoryLines(story: CacheStory): string[] {
  return [...foundLines(story), ...keptLines(story)];
}

function foundLines({ state, why, from }: CacheStory): string[] {
  switch (state) {
    case 'looking':
      return ['the cache was asked, and the run was cut off'];
    case 'hit':
      return from === undefined
        ? []
        : [`run ${from.run} did it at ${dateAndTime(from.endedAt)}${tookText(from.durationMs)}`];
    case 'missed':
      return why.length === 0
        ? ['no result of it was kept before']
        : ['its result was not taken from the cache, because', ...why.map((one) => `  ${harmless(one)}`)];
    case 'unusable':
      return [`the cache does nothing for it: ${why.map(harmless).join(', ') || 'it is not there'}`];
  }
}

function tookText(durationMs: number): string {
  return ` in ${duration(durationMs)}, with the same content`;
}

function keptLines({ saved, unsaved = [], key = '' }: CacheStory): string[] {
  if (saved) return [`its result is kept for later runs, as ${key.slice(0, 12)}`];
  return unsaved.length === 0 ? [] : [`its result was not kept: ${unsaved.map(harmless).join(', ')}`];
}
