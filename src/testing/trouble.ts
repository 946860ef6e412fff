/** What befalls the processes of a run, one after the other: all of it from one seed. Knows no plan. */
import type { Chance } from './chance.ts';
import { makeChance, seedOf } from './chance.ts';

/** At the given moment of a life. */
export type Blow =
  /** `power`: and the machine with it. */
  | { readonly kind: 'dies'; readonly power: boolean }
  /** Another process takes the run over, while this one goes on; and stands still for so long. */
  | { readonly kind: 'is-taken-over'; readonly stillMs: number }
  /** Another process means to go on with the run, as if this one were gone. */
  | { readonly kind: 'has-a-rival' }
  | { readonly kind: 'is-paused'; readonly thenKilled: boolean }
  /** Of a step, chosen by number; null for the run. */
  | { readonly kind: 'is-cancelled'; readonly step: number | null }
  | { readonly kind: 'disk-fails'; readonly code: 'EIO' | 'ENOSPC' | 'EROFS' }
  | { readonly kind: 'sync-fails' }
  | { readonly kind: 'clock-jumps'; readonly ms: number };

export interface Trouble {
  /** In the order of their moments. */
  readonly blows: readonly { readonly moment: number; readonly blow: Blow }[];
  /** It leaves when only people can bring the run on. */
  readonly leaves: boolean;
  /** Work that was told to stop goes on for up to so long, ms. */
  readonly lateMs: number;
  readonly lookMs: number;
  readonly syncMs: number;
  /** Things are said twice. */
  readonly twice: boolean;
}

export interface Troubles {
  /** Of each life; after the last one nothing happens any more. */
  readonly lives: readonly Trouble[];
  /** The disk takes writes in pieces. */
  readonly shortWrites: boolean;
}

const CALM: Trouble = { blows: [], leaves: false, lateMs: 0, lookMs: 0, syncMs: 0, twice: false };
export const NO_TROUBLE: Troubles = { lives: [], shortWrites: false };
/** After the last life that something befalls. */
export const PEACE: Trouble = CALM;

export function troublesOf(seed: number): Troubles {
  const chance = makeChance(seedOf(seed, 'troubles'));
  if (chance.once(6)) return NO_TROUBLE;
  const lives = chance.pick([1, 1, 1, 2, 2, 3]);
  return {
    shortWrites: chance.once(4),
    lives: Array.from({ length: lives }, (_, life) => troubleOf(chance, life > 0)),
  };
}

function troubleOf(chance: Chance, isLater: boolean): Trouble {
  const count = chance.pick([1, 1, 1, 2]);
  const blows = Array.from({ length: count }, () => ({ moment: momentOf(chance, isLater), blow: blowOf(chance) }));
  return {
    blows: blows.toSorted((a, b) => a.moment - b.moment),
    leaves: chance.once(6),
    lateMs: chance.once(3) ? chance.between(1, 12_000) : 0,
    lookMs: chance.once(4) ? chance.between(1, 50) : 0,
    syncMs: chance.once(2) ? chance.between(1, 20) : 0,
    twice: chance.once(5),
  };
}

/** A run is opened in the first ones. */
function momentOf(chance: Chance, isLater: boolean): number {
  return 1 + chance.below(chance.pick(isLater ? [30, 30, 80, 150] : [30, 80, 150, 300]));
}

function blowOf(chance: Chance): Blow {
  switch (chance.below(13)) {
    case 0:
    case 1:
    case 2:
      return { kind: 'dies', power: false };
    case 3:
    case 4:
      return { kind: 'dies', power: true };
    case 5:
    case 6:
      return { kind: 'is-taken-over', stillMs: chance.once(2) ? chance.between(1, 5_000) : 0 };
    case 7:
      return { kind: 'is-paused', thenKilled: chance.once(3) };
    case 8:
      return { kind: 'is-cancelled', step: chance.once(2) ? null : chance.below(20) };
    case 9:
      return { kind: 'disk-fails', code: chance.pick(['EIO', 'ENOSPC', 'EROFS']) };
    case 10:
      return { kind: 'sync-fails' };
    case 11:
      return { kind: 'has-a-rival' };
    default:
      return { kind: 'clock-jumps', ms: chance.pick([-3_600_000, -1_000, 1_000, 3_600_000]) };
  }
}

/** Whether an end can be told beforehand: nobody asked for another one. */
export function leavesTheEnd({ lives }: Troubles): boolean {
  return lives.every(({ blows }) => blows.every(({ blow }) => blow.kind !== 'is-cancelled'));
}
