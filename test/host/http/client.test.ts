import type { LookupAddress } from 'node:dns';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { problem } from '../../../src/core/diagnostic/diagnostic.ts';
import type { BodySink, HttpCall, HttpEnd } from '../../../src/core/http.ts';
import { createHttpClient, type HttpClientOptions } from '../../../src/host/http/client.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens at a port
}
type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const serve = (handler: Handler): Promise<string> => listen(createServer(handler));
/** A server that says these bytes to whoever connects, then perhaps hangs up. */
const say = (text: string, ends = true): Promise<string> =>
  listen(
    createSocketServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => (ends ? socket.end(text) : socket.write(text)));
    }),
  ); // prettier-ignore

interface Asked extends Partial<Omit<HttpCall, 'url'>> {
  readonly client?: HttpClientOptions;
  readonly signal?: AbortSignal;
}
interface Got {
  readonly end: HttpEnd;
  readonly body: string;
}
const LOOPBACK = ['127.0.0.1'];

async function ask(url: string, { client, signal, ...more }: Asked = {}): Promise<Got> {
  const chunks: Uint8Array[] = [];
  const sink: BodySink = {
    async write(chunk) {
      chunks.push(chunk);
      return null;
    },
  };
  const call: HttpCall = {
    url,
    method: 'GET',
    headers: {},
    net: LOOPBACK,
    named: LOOPBACK,
    keepsRedirect: () => false,
    sink: () => sink,
    ...more,
  }; // prettier-ignore
  const end = await createHttpClient(client).send(call, signal ?? new AbortController().signal);
  return { end, body: Buffer.concat(chunks).toString() };
}
const codeOf = ({ end }: Got): string => (end.kind === 'failed' ? end.error.code : String(end.head.status));
const retryable = ({ end }: Got): boolean => end.kind === 'failed' && end.error.retryable !== false;

describe('an exchange', () => {
  test('sends what it is given and gives what it gets', async () => {
    const host = await serve((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        response.writeHead(201, { 'X-Kind': 'a', 'set-cookie': ['a=1', 'b=2'] });
        response.end(`${request.method} ${request.url} ${String(request.headers['x-mine'])} ${text}`);
      });
    });
    const got = await ask(`http://${host}/a%20b?c=d#e`, {
      method: 'PUT',
      headers: { 'x-mine': 'yes' },
      body: Buffer.from('hello'),
    });
    expect(got.body).toBe('PUT /a%20b?c=d yes hello');
    expect(got.end).toMatchObject({
      kind: 'answered',
      head: { status: 201, headers: { 'x-kind': 'a', 'set-cookie': ['a=1', 'b=2'] } },
    });
  });
  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('decodes %s', async (encoding, encode) => {
    const host = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(encode('plain text')),
    );
    expect((await ask(`http://${host}/`)).body).toBe('plain text');
  });
  test('is ended by its sink, and with it the connection', async () => {
    let closed: () => void = () => {};
    const gone = new Promise<void>((done) => (closed = done));
    const host = await serve((_, response) => {
      const more = (): void => {
        while (response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more).on('close', closed);
      more();
    });
    const sink: BodySink = { write: async () => problem('STEP_HTTP_TOO_LARGE', 'enough') };
    expect(codeOf(await ask(`http://${host}/`, { sink: () => sink }))).toBe('STEP_HTTP_TOO_LARGE');
    await gone;
  });
  test.each(['before the answer', 'in the body'])('is ended by an abort: %s', async (when) => {
    const controller = new AbortController();
    const host = await serve((_, response) => {
      if (when === 'in the body') response.write('begun');
      else controller.abort('cancelled');
    });
    const sink: BodySink = {
      async write() {
        controller.abort('cancelled');
        return null;
      },
    };
    expect((await ask(`http://${host}/`, { signal: controller.signal, sink: () => sink })).end.kind).toBe('failed');
  });
  test('that was stopped before it began asks nobody', async () => {
    let asked = false;
    const host = await serve(() => (asked = true));
    expect((await ask(`http://${host}/`, { signal: AbortSignal.abort('cancelled') })).end.kind).toBe('failed');
    expect(asked).toBe(false);
  });
});

describe('a bad answer', () => {
  test.each<[string, string, string]>([
    ['is no HTTP', 'hello there\r\n\r\n', 'STEP_HTTP_BROKEN'],
    ['has a broken header', 'HTTP/1.1 200 OK\r\nA\0B: c\r\n\r\n', 'STEP_HTTP_BROKEN'],
    ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'STEP_HTTP_BROKEN'],
    [
      'has headers without end',
      `HTTP/1.1 200 OK\r\n${`X: ${'y'.repeat(1_000)}\r\n`.repeat(100)}\r\n`,
      'STEP_HTTP_BROKEN',
    ],
    ['is cut off in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', 'STEP_HTTP_BROKEN'],
    ['is cut off in a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf', 'STEP_HTTP_BROKEN'],
    [
      'is cut off between chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
      'STEP_HTTP_BROKEN',
    ],
    [
      'is not what it says it is encoded in',
      'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain',
      'STEP_HTTP_BROKEN',
    ],
    [
      'is cut off in its code',
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n${gzipSync('x').subarray(0, 6).toString('latin1')}`,
      'STEP_HTTP_BROKEN',
    ],
    ['is not there', '', 'STEP_HTTP_FAILED'],
  ])('%s', async (_what, text, code) => {
    const got = await ask(`http://${await say(text)}/`);
    expect([codeOf(got), retryable(got)]).toEqual([code, true]);
  });
  test.each(['', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'])(
    'that does not come is not waited for: %j',
    async (text) => {
      const host = await say(text, false);
      const got = await ask(`http://${host}/`, { client: { silenceMs: 60 } });
      expect([codeOf(got), retryable(got)]).toEqual(['STEP_HTTP_TIMEOUT', true]);
    },
  );
  test('nobody listens', async () => {
    const host = await serve(() => {});
    for (const close of closing.splice(0)) close();
    const got = await ask(`http://${host}/`);
    expect([codeOf(got), retryable(got)]).toEqual(['STEP_HTTP_FAILED', true]);
  });
  test('there is no such host', async () => {
    const resolve = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    };
    const got = await ask('http://none.example/', { net: null, client: { resolve } });
    expect([codeOf(got), retryable(got)]).toEqual(['STEP_HTTP_FAILED', false]);
  });
  test('does not speak TLS', async () => {
    const host = await serve((_, response) => response.end());
    expect(codeOf(await ask(`https://${host}/`))).toBe('STEP_HTTP_FAILED');
  });
});

describe('an address', () => {
  test.each<[string, string]>([
    ['example.com', 'STEP_HTTP_URL'],
    ['', 'STEP_HTTP_URL'],
    ['/path', 'STEP_HTTP_URL'],
    ['ftp://example.com/', 'STEP_HTTP_URL'],
    ['file:///etc/passwd', 'STEP_HTTP_URL'],
    ['javascript:alert(1)', 'STEP_HTTP_URL'],
    ['http://user@example.com/', 'STEP_HTTP_URL'],
    ['http://:pass@example.com/', 'STEP_HTTP_URL'],
    ['http://', 'STEP_HTTP_URL'],
    [`http://example.com/${'x'.repeat(20_000)}`, 'STEP_HTTP_URL'],
    ['http://localhost/', 'STEP_HTTP_REFUSED'],
    ['http://127.0.0.1/', 'STEP_HTTP_REFUSED'],
    ['http://127.1/', 'STEP_HTTP_REFUSED'],
    ['http://2130706433/', 'STEP_HTTP_REFUSED'],
    ['http://0x7f000001/', 'STEP_HTTP_REFUSED'],
    ['http://0177.0.0.1/', 'STEP_HTTP_REFUSED'],
    ['http://0/', 'STEP_HTTP_REFUSED'],
    ['http://１２７.0.0.1/', 'STEP_HTTP_REFUSED'],
    ['http://127.0.0.1./', 'STEP_HTTP_REFUSED'],
    ['http://10.0.0.1:8080/', 'STEP_HTTP_REFUSED'],
    ['http://169.254.169.254/latest/meta-data/', 'STEP_HTTP_REFUSED'],
    ['http://[::1]/', 'STEP_HTTP_REFUSED'],
    ['http://[::ffff:127.0.0.1]/', 'STEP_HTTP_REFUSED'],
    ['http://[::ffff:7f00:1]/', 'STEP_HTTP_REFUSED'],
    ['http://[64:ff9b::7f00:1]/', 'STEP_HTTP_REFUSED'],
    ['http://[fe80::1]/', 'STEP_HTTP_REFUSED'],
  ])('%s cannot be asked: %s', async (url, code) => {
    const got = await ask(url, { net: null, named: [] });
    expect([codeOf(got), retryable(got)]).toEqual([code, false]);
  });
  test.each<[string, readonly string[], readonly string[], string]>([
    ['is not on the list', ['example.com'], ['example.com'], 'STEP_HTTP_REFUSED'],
    ['is under a star, which names nobody', ['*'], [], 'STEP_HTTP_REFUSED'],
    ['is on no list', [], [], 'STEP_HTTP_REFUSED'],
    ['is named', ['127.0.0.1'], ['127.0.0.1'], '200'],
  ])('of this machine %s', async (_what, net, named, code) => {
    const host = await serve((_, response) => response.end());
    expect(codeOf(await ask(`http://${host}/`, { net, named }))).toBe(code);
  });
});

describe('a name', () => {
  const to = (...addresses: string[]): readonly LookupAddress[] =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  test('is looked up once, and its address is the one that is used', async () => {
    let lookups = 0;
    const host = await serve((request, response) => response.end(request.headers.host));
    const port = host.split(':')[1];
    const resolve = async () => (lookups++ === 0 ? to('127.0.0.1') : to('127.0.0.9'));
    const name = 'pinned.example';
    const got = await ask(`http://${name}:${port}/`, { net: [name], named: [name], client: { resolve } });
    expect([got.body, lookups]).toEqual([`${name}:${port}`, 1]);
  });
  test.each([
    [['127.0.0.1']],
    [['93.184.216.34', '10.0.0.1']],
    [['2606:2800:220:1::1', '::1']],
    [['::ffff:127.0.0.1']],
    [['fe80::1%lo']],
  ])('that leads to %j is refused', async (addresses) => {
    const resolve = async () => to(...addresses);
    expect(codeOf(await ask('http://evil.example/', { net: null, named: [], client: { resolve } }))).toBe(
      'STEP_HTTP_REFUSED',
    );
    expect(codeOf(await ask('http://evil.example/', { net: ['*.example'], named: [], client: { resolve } }))).toBe(
      'STEP_HTTP_REFUSED',
    );
  });
});

describe('a redirection', () => {
  /** Redirects `/from` with a status to a place, and says what it hears elsewhere. */
  const redirecting = (status: number, location: string | ((host: string) => string)): Promise<string> =>
    serve((request, response) => {
      const { host = '' } = request.headers;
      const to = typeof location === 'string' ? location : location(host);
      if (request.url === '/from') response.writeHead(status, { location: to }).end('moved');
      else
        response.end(
          `${request.method} ${request.url} ${request.headers.authorization} ${request.headers['content-type']} ${request.headers['content-length']}`,
        );
    });
  const form = { method: 'POST', headers: { authorization: 's', 'content-type': 'a/b' }, body: Buffer.from('12345') };
  test.each([
    [301, 'GET /to s undefined undefined'],
    [302, 'GET /to s undefined undefined'],
    [303, 'GET /to s undefined undefined'],
    [307, 'POST /to s a/b 5'],
    [308, 'POST /to s a/b 5'],
    [304, ''],
    [300, 'moved'],
  ])('of a form with %d', async (status, body) => {
    expect((await ask(`http://${await redirecting(status, '/to')}/from`, form)).body).toBe(body);
  });
  test('to another server does not take along who asks', async () => {
    const other = await redirecting(200, '');
    const host = await redirecting(307, `http://${other}/to`);
    expect((await ask(`http://${host}/from`, form)).body).toBe('POST /to undefined a/b 5');
  });
  test.each<[string, string]>([
    ['http://10.0.0.1/', 'STEP_HTTP_REFUSED'],
    ['http://localhost/', 'STEP_HTTP_REFUSED'],
    ['http://[::1]/', 'STEP_HTTP_REFUSED'],
    ['//169.254.169.254/', 'STEP_HTTP_REFUSED'],
    ['file:///etc/passwd', 'STEP_HTTP_URL'],
    ['http://u:p@127.0.0.1/', 'STEP_HTTP_URL'],
    ['http://', 'STEP_HTTP_URL'],
    ['/from', 'STEP_HTTP_REDIRECTS'],
  ])('to %s is refused', async (location, code) => {
    const got = await ask(`http://${await redirecting(302, location)}/from`, { net: null });
    expect([codeOf(got), retryable(got)]).toEqual([code, false]);
  });
  test('is the answer where that is wanted', async () => {
    const got = await ask(`http://${await redirecting(302, '/to')}/from`, {
      keepsRedirect: (status) => status === 302,
    });
    expect([codeOf(got), got.body]).toEqual(['302', 'moved']);
  });
  test('without a place is the answer', async () => {
    const host = await serve((_, response) => response.writeHead(302).end('where'));
    expect((await ask(`http://${host}/`)).body).toBe('where');
  });
});
