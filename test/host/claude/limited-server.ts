/** A server of the Messages API that enforces limits, and tells of them as the API does: what was used comes back little by little. */
import { type MessagesServer, messagesServer, textStream } from './messages-server.ts';

export interface Limited extends MessagesServer {
  readonly counts: { refused: number; refusedOnceTold: number; open: number; most: number; answered: number };
}

export interface LimitedOptions {
  readonly requestsPerMinute: number;
  /** As if a minute were so long, so that a test need not wait. */
  readonly minuteMs: number;
  readonly lastsMs?: number;
}

export async function limitedServer({ requestsPerMinute, minuteMs, lastsMs = 5 }: LimitedOptions): Promise<Limited> {
  const counts = { refused: 0, refusedOnceTold: 0, open: 0, most: 0, answered: 0 };
  let left = requestsPerMinute;
  let at = performance.now();
  let isTold = false;
  const server = await messagesServer(async ({ path }) => {
    if (path.includes('count_tokens')) return { status: 200, json: { input_tokens: 10 } };
    const now = performance.now();
    left = Math.min(requestsPerMinute, left + ((now - at) * requestsPerMinute) / minuteMs);
    at = now;
    const isRefused = left < 1;
    if (!isRefused) left--;
    const fullMs = Math.ceil(((requestsPerMinute - left) * minuteMs) / requestsPerMinute);
    const headers = {
      // The clock of this server is an hour ahead.
      date: new Date(Date.now() + 3_600_000).toUTCString(),
      'anthropic-ratelimit-requests-limit': String(requestsPerMinute),
      'anthropic-ratelimit-requests-remaining': String(Math.floor(left)),
      'anthropic-ratelimit-requests-reset': new Date(Date.now() + 3_600_000 + fullMs).toISOString(),
    };
    if (isRefused) {
      counts.refused++;
      if (isTold) counts.refusedOnceTold++;
      const json = { type: 'error', error: { type: 'rate_limit_error', message: 'Too many.' } };
      return { status: 429, json, headers: { ...headers, 'retry-after': '1' } };
    }
    counts.most = Math.max(counts.most, ++counts.open);
    await new Promise((resolve) => setTimeout(resolve, lastsMs));
    isTold = true;
    counts.open--;
    counts.answered++;
    return { stream: textStream('Hi.'), headers };
  });
  return { ...server, counts };
}
