/** Keys of what is done once, beside the other claims of a run: a key is held like a lock, and then it is seen whether there is anything left to do. Knows no files. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClaimSource, type Clock, JournalFailure } from '../../../core/ports.ts';
import { errorCode } from '../../files.ts';
import type { OnceRecords } from './once-records.ts';

/** How often it is looked what became of a key that another run has begun with. */
const LOOK_AGAIN_MS = 250;

export interface OnceClaims extends ClaimSource {
  /** Resolves when what was done is written down. Never rejects. */
  flushed(): Promise<unknown>;
}

export function createOnceClaims(
  claims: ClaimSource,
  records: OnceRecords,
  { run, clock }: { readonly run: string; readonly clock: Pick<Clock, 'wallMs'> },
): OnceClaims {
  /** Ops of keys that are held; while one is looked at, whoever looks gives it back. */
  const held = new Map<number, string>();
  const looking = new Set<number>();
  const writing = new Set<Promise<void>>();

  const takeKey: ClaimSource['take'] = async (work, signal, waiting) => {
    const { op, name, node } = work;
    for (;;) {
      looking.add(op);
      const answer = await claims.take(work, signal, waiting);
      if (answer === null || answer.error !== undefined) {
        looking.delete(op);
        return answer;
      }
      const look = await records.look(name, { run, node }, clock.wallMs()).catch(troubleOf);
      looking.delete(op);
      if (look.kind === 'mine' && !signal.aborted) held.set(op, name);
      else claims.release(op);
      if (signal.aborted) return null;
      if (look.kind === 'mine') return {};
      if (look.kind === 'done') return { done: look.done };
      if (look.kind === 'doubt') return { error: look.error };
      waiting(look.kind === 'theirs' ? { run: look.run, node: look.node } : { problem: look.code });
      await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => {}); // given up: the next look says so
    }
  };

  return {
    take: (work, signal, waiting) =>
      work.of === 'once' ? takeKey(work, signal, waiting) : claims.take(work, signal, waiting),
    release(op, done) {
      if (looking.has(op)) return;
      const key = held.get(op);
      held.delete(op);
      if (key === undefined || done === undefined) return claims.release(op);
      // What cannot be written now is in the journal, where the next who asks finds it.
      const written: Promise<void> = records
        .done(key, done)
        .catch(() => {})
        .finally(() => {
          writing.delete(written);
          claims.release(op);
        });
      writing.add(written);
      return undefined;
    },
    flushed: () => Promise.all(writing),
  };
}

/** A disk that refuses is asked again, as for locks. */
function troubleOf(error: unknown): { readonly kind: 'trouble'; readonly code: string } {
  const code = error instanceof JournalFailure ? error.diagnostic.code : errorCode(error);
  if (code === null) throw error;
  return { kind: 'trouble', code };
}
