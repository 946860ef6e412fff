/** The tool `fetch`: the text of a page. Reaches only the hosts that `permissions` name. Knows no sockets. */
import type { HttpClient, HttpHead } from '../../../core/http.ts';
import type { Permissions } from '../../../core/permissions/permissions.ts';
import { memoryBody } from '../../http/body.ts';
import type { Tool, ToolAnswer } from '../../tool.ts';
import { denied, failed } from '../tool-calls.ts';
import { ok, textArgument } from './workspace.ts';

const MAX_BYTES = 150_000;
/** What is read as a text. */
const TEXTUAL =
  /^(?:text\/|application\/(?:json|xml|yaml|x-yaml|toml|javascript|ecmascript|xhtml\+xml|[\w.+-]+\+(?:json|xml|yaml))\b|image\/svg\+xml\b)/i;

export interface FetchToolOptions {
  readonly client: HttpClient;
  /** Of giga, for the header `user-agent`. */
  readonly version: string;
}

export function fetchTool({ net, named }: Permissions, { client, version }: FetchToolOptions): Tool {
  return {
    name: 'fetch',
    description: `Gets a page or a file by its address (GET), as text. These hosts may be asked: ${net.join(', ') || 'none'}.`,
    inputSchema: {
      type: 'object',
      required: ['url'],
      additionalProperties: false,
      properties: {
        url: { type: 'string', minLength: 1, maxLength: 4_000, description: 'With `https://` or `http://`.' },
      },
    },
    async call(args, { signal, progress }) {
      const url = textArgument(args, 'url');
      progress(url.slice(0, 200));
      const body = memoryBody(MAX_BYTES, true);
      const end = await client.send(
        {
          url,
          method: 'GET',
          headers: { 'user-agent': `giga/${version}`, accept: 'text/*, application/json;q=0.9, */*;q=0.1' },
          net,
          named,
          keepsRedirect: () => false,
          sink: () => body,
        },
        signal,
      );
      if (end.kind === 'failed')
        return end.error.code === 'STEP_HTTP_REFUSED' ? denied(end.error.message) : failed(end.error.message);
      return pageOf(end.head, body.text(), body.bytes);
    },
  };
}

function pageOf(head: HttpHead, text: string, bytes: number): ToolAnswer {
  const type = String(head.headers['content-type'] ?? 'text/plain');
  const from = `${head.url} (${head.status}, ${type})`;
  if (!TEXTUAL.test(type)) return failed(`${from} is no text: ${bytes} bytes.`);
  const page = `${from}\n\n${text}${bytes > MAX_BYTES ? `\n(cut: ${bytes} bytes)` : ''}`;
  return head.status >= 200 && head.status < 300 ? ok(page) : failed(page);
}
