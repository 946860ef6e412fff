/** Words for a lock, or the place of a group, that is waited for. Pure. */
import type { StepStory } from '../../app/commands/run-history.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import type { ClaimKind } from '../../core/run/event.ts';
import { harmless } from './text.ts';

export interface WaitedClaim {
  readonly of: ClaimKind;
  readonly name: string;
  /** Who has it, as far as known. */
  readonly by?: string;
}

/** `lock "db" held by run 7f3c`. */
export function claimText({ of, name, by }: WaitedClaim): string {
  return harmless(`${of === 'once' ? 'the key' : of} ${JSON.stringify(name)}${by === undefined ? '' : ` ${by}`}`);
}

/** Who has what a step waits for, out of the news of its claim. */
function heldBy(news: Json): { readonly by?: string } {
  if (!isJsonObject(news)) return {};
  if (typeof news.problem === 'string') return { by: `which cannot be taken now (${news.problem})` };
  return typeof news.run === 'string' ? { by: `held by run ${news.run}` } : {};
}

const KINDS: readonly ClaimKind[] = ['lock', 'group', 'once'];

/** What the news of a claim say; null where they say nothing that is known here. */
export function claimIn(news: Json): WaitedClaim | null {
  if (!isJsonObject(news) || typeof news.name !== 'string') return null;
  const of = KINDS.find((kind) => kind === news.of);
  return of === undefined ? null : { of, name: news.name, ...heldBy(news) };
}

/** `lock "db" held by run 7f3c, step migrate`. */
export function claimStoryText({ of, name, by = {} }: NonNullable<StepStory['claim']>): string {
  const node = typeof by.node === 'string' && by.node !== '' ? `, step ${by.node}` : '';
  return `${claimText({ of, name, ...heldBy(by) })}${harmless(node)}`;
}
