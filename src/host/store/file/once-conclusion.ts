/** What a run leaves behind when it is removed: the keys of what it has done once. Knows no journals. */
import { setTimeout as sleep } from 'node:timers/promises';
import { nameOf } from './claim-name.ts';
import { claimFolder } from './claims.ts';
import { machineProcesses } from './holder.ts';
import type { OnceRecords } from './once-records.ts';
import type { Store } from './store.ts';

/** Who holds a key of which the record still names the run is about to look at it, and soon through. */
const TRIES = 40;
const TRY_AGAIN_MS = 50;

/** Each record becomes what the journal says while that is still there. One that somebody holds for longer stays an intent: the safe side. */
export async function concludeOnce({ disk, layout }: Store, once: OnceRecords, run: string): Promise<void> {
  for (const key of once.keysOf(run)) {
    const name = nameOf(disk, machineProcesses(), claimFolder(layout, { of: 'once', name: key }));
    let taken = name.take({ run, node: '' });
    for (let tried = 0; taken === null && tried < TRIES; tried++) {
      await sleep(TRY_AGAIN_MS);
      taken = name.take({ run, node: '' });
    }
    if (taken === null) continue;
    try {
      await once.conclude(key, run);
    } finally {
      name.giveBack(taken);
    }
  }
}
