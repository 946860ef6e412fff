/** A fetch whose answers are bounded: a body, or one event of a stream of events, is at most so large. Knows no MCP. */

export function boundedFetch(maxBytes: number, base: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await base(input, init);
    if (response.body === null) return response;
    const isStream = response.headers.get('content-type')?.includes('text/event-stream') === true;
    const body = response.body.pipeThrough(bound(maxBytes, isStream));
    const { status, statusText, headers } = response;
    const bounded = new Response(body, { status, statusText, headers });
    Object.defineProperty(bounded, 'url', { value: response.url });
    return bounded;
  };
}

/** An event ends with an empty line: what came before it counts no more. */
function bound(maxBytes: number, isStream: boolean): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const end = isStream ? endOfEvent(chunk) : -1;
      size = end < 0 ? size + chunk.length : chunk.length - end;
      if (size > maxBytes) controller.error(new Error(`A message has more than ${maxBytes} bytes.`));
      else controller.enqueue(chunk);
    },
  });
}

/** After the last empty line of a chunk; -1 where there is none. */
function endOfEvent(chunk: Uint8Array): number {
  const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  return Math.max(text.lastIndexOf('\n\n'), text.lastIndexOf('\r\n\r\n'));
}
