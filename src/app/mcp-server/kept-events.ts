/** Keeps what was sent on the streams of a session for a client whose connection breaks: it comes back and misses nothing. Knows no protocol above its messages. */
import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

interface Kept {
  readonly id: string;
  readonly stream: string;
  readonly message: JSONRPCMessage;
}

/** Of one session. What is older cannot be had again. */
const MAX_EVENTS = 1_000;

/** In memory: a session does not outlive its server. */
export function keepEvents(): EventStore {
  const kept: Kept[] = [];
  let count = 0;
  const find = (id: string): Kept | undefined => kept.find((event) => event.id === id);
  return {
    async storeEvent(stream, message) {
      const id = `${++count}`;
      kept.push({ id, stream, message });
      if (kept.length > MAX_EVENTS) kept.shift();
      return id;
    },
    async getStreamIdForEventId(id) {
      return find(id)?.stream;
    },
    async replayEventsAfter(last, { send }) {
      const from = find(last);
      if (from === undefined) throw new Error(`There is no event ${last} any more.`);
      const missed = kept.slice(kept.indexOf(from) + 1).filter(({ stream }) => stream === from.stream);
      // The first event of a stream is empty: it is there to have an id.
      for (const { id, message } of missed) if ('jsonrpc' in message) await send(id, message);
      return from.stream;
    },
  };
}
