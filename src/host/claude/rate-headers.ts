/** Reads from the headers of an answer what a provider says of its limits. Pure; what it does not understand says nothing. */
import type { Level } from '../../core/claude/rate-bucket.ts';
import type { Levels, RateKind } from '../../core/claude/rate-lane.ts';

const NAMES: readonly (readonly [RateKind, string])[] = [
  ['requests', 'requests'],
  ['tokens', 'tokens'],
  ['input', 'input-tokens'],
  ['output', 'output-tokens'],
];
/** No limit fills up later than this: a longer time is a wrong clock. */
const LONGEST_MS = 86_400_000;

/** Times are those of the server: its own clock says how far off they are. */
export function levelsIn(headers: Headers | undefined, nowMs: number): Levels {
  if (headers === undefined) return {};
  const dated = Date.parse(headers.get('date') ?? '');
  const serverMs = Number.isNaN(dated) ? nowMs : dated;
  const levels: [RateKind, Level][] = [];
  for (const [kind, name] of NAMES) {
    const limit = countIn(headers.get(`anthropic-ratelimit-${name}-limit`));
    const remaining = countIn(headers.get(`anthropic-ratelimit-${name}-remaining`));
    const full = Date.parse(headers.get(`anthropic-ratelimit-${name}-reset`) ?? '');
    if (limit === null || limit === 0 || remaining === null || Number.isNaN(full)) continue;
    // `date` has no parts of a second: it may be as much as one later.
    const fullInMs = Math.min(LONGEST_MS, Math.max(0, full - serverMs));
    levels.push([kind, { limit, remaining: Math.min(remaining, limit), fullInMs }]);
  }
  return Object.fromEntries(levels);
}

function countIn(text: string | null): number | null {
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null;
}
