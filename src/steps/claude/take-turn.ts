/** Waits for the turn of a call, and says so. Knows no limits and no money. */
import type { Turn, TurnTaker } from '../../core/claude/turn-taker.ts';
import type { JsonObject } from '../../core/json.ts';

/** Tokens are guessed at here: what a provider counts is seen by its answers. */
const BYTES_A_TOKEN = 3;

interface Taking {
  readonly turns: TurnTaker | undefined;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Null when it was stopped before its turn came. */
export async function turnFor(
  body: JsonObject,
  model: string,
  { turns, progress, signal }: Taking,
): Promise<Turn | null> {
  if (turns === undefined) return FREE_TURN;
  const input = Math.ceil(Buffer.byteLength(JSON.stringify(body)) / BYTES_A_TOKEN);
  const maxOutput = typeof body.max_tokens === 'number' ? body.max_tokens : 0;
  return turns.take({ model, input, maxOutput }, signal, (ms, before) => {
    if (before > 0) progress(`waits for the rate limit, behind ${before} other${before === 1 ? '' : 's'}`);
    else progress(ms === null ? 'waits for another call' : `waits for the rate limit, ${Math.ceil(ms / 1_000)} s`);
  });
}

const FREE_TURN: Turn = { hear: () => {}, pushBack: () => {}, end: () => {} };
