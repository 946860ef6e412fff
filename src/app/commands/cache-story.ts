/** What a step had of the cache in a run, told from its records. Pure. */
import type { CacheEnded, CacheStarted } from '../../core/run/event.ts';

export interface CacheStory {
  /** `missed`: there was no result. `unusable`: the cache did nothing for it. */
  state: 'looking' | 'hit' | 'missed' | 'unusable';
  /** Why there was none, the most telling first. Empty where none was ever kept. */
  why: readonly string[];
  key?: string;
  /** Whose result it took. */
  from?: { readonly run: string; readonly step: string; readonly endedAt: number; readonly durationMs: number };
  /** Its own result is kept for others. */
  saved?: boolean;
  /** Why it is not. */
  unsaved?: readonly string[];
  /** It is being kept. */
  isSaving?: true;
}

/** The step asks: anew, or for its result to be kept. */
export function beginCache(story: CacheStory | undefined, { ask }: CacheStarted): CacheStory {
  if (ask === 'restore' || story === undefined) return { state: 'looking', why: [] };
  return { ...story, isSaving: true };
}

export function endCache(story: CacheStory, { key, hit, why = [], saved = false }: CacheEnded): CacheStory {
  if (story.isSaving) {
    const { isSaving: _isOver, ...rest } = story;
    return { ...rest, saved, ...(saved ? {} : { unsaved: why }) };
  }
  if (hit === undefined) return key === undefined ? { state: 'unusable', why } : { state: 'missed', why, key };
  const { run, step, endedAt, durationMs } = hit;
  return { state: 'hit', why: [], key: hit.key, from: { run, step, endedAt, durationMs } };
}
