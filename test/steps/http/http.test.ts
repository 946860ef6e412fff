import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Expr } from '../../../src/core/expr/ast.ts';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import type { StepAnswer } from '../../../src/core/ports.ts';
import { createClock } from '../../../src/host/clock.ts';
import { createHttpClient } from '../../../src/host/http/client.ts';
import { createWorkspaceFiles } from '../../../src/host/workspace/workspace-files.ts';
import { createHttpStep } from '../../../src/steps/http/http.ts';
import { ref } from '../../core/run/plans.ts';
import { type ContextMore, contextFor } from '../context.ts';

const root = mkdtempSync(join(tmpdir(), 'giga-'));
let server: Server;
let base = '';
let handler: (request: IncomingMessage, response: ServerResponse) => void = () => {};
beforeAll(async () => {
  server = createServer((request, response) => handler(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens at a port
});
afterEach(() => server.closeAllConnections());
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

const step = createHttpStep({
  client: createHttpClient(),
  files: createWorkspaceFiles(),
  clock: createClock(),
  secrets: new Map([['TOKEN', 's3cr3t']]),
  version: '1.2.3',
  maxSavedBytes: 100_000,
});
const LOOPBACK = { headers: {}, cwd: '', net: ['127.0.0.1'], named: ['127.0.0.1'] };

function perform(request: JsonObject, more: ContextMore = {}): Promise<StepAnswer> {
  return step.perform({ ...LOOPBACK, url: `${base}/`, ...request }, contextFor(root, { action: 'http', ...more }));
}
/** Answers every request with this. */
function answer(status: number, body: string | Buffer = '', headers: Readonly<Record<string, string>> = {}): void {
  handler = (_, response) => response.writeHead(status, headers).end(body);
}
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const SECRET: Json = { secretText: ['Bearer ', { secret: 'TOKEN' }] };

describe('a request', () => {
  const echo = (): void => {
    handler = (request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => response.end(JSON.stringify({ method: request.method, ...request.headers, text })));
    };
  };
  const sent = async (request: JsonObject): Promise<JsonObject> => {
    echo();
    const { outputs } = await perform({ ...request, expect: { json: {} } });
    return outputs?.['json'] as JsonObject; // the server says an object
  };
  test('asks with nothing but its address', async () => {
    expect(await sent({})).toMatchObject({
      method: 'GET',
      'user-agent': 'giga/1.2.3',
      'accept-encoding': 'identity',
      text: '',
    });
  });
  test.each<[Json, string, string]>([
    [{ a: ['ü'] }, 'application/json', '{"a":["ü"]}'],
    [[1], 'application/json', '[1]'],
    [5, 'application/json', '5'],
    ['a text', 'text/plain; charset=utf-8', 'a text'],
    ['', 'text/plain; charset=utf-8', ''],
  ])('with the body %j', async (body, type, text) => {
    expect(await sent({ body })).toMatchObject({ method: 'POST', 'content-type': type, text });
  });
  test('has its own headers over those of giga, with secrets in them', async () => {
    const headers = { Authorization: SECRET, 'User-Agent': 'me', 'Content-Type': 'x/y' };
    expect(await sent({ method: 'PATCH', headers, body: '' })).toMatchObject({
      method: 'PATCH',
      authorization: 'Bearer s3cr3t',
      'user-agent': 'me',
      'content-type': 'x/y',
    });
  });
  test.each<[string, JsonObject]>([
    ['an address that is no text', { url: 1 }],
    ['a method that is none', { method: 'FETCH' }],
    ['a header of giga', { headers: { Host: 'x' } }],
    ['a header that is no text', { headers: { a: [1] } }],
    ['a name that is none', { headers: { 'a b': 'x' } }],
    ['another header in a header', { headers: { a: 'x\r\nb: y' } }],
    ['a header that is not Latin-1', { headers: { a: '日' } }],
    ['a file that is no text', { save: 1 }],
  ])('is not made with %s', async (_what, request) => {
    expect(await perform(request)).toMatchObject({ outcome: 'failed', error: { code: 'STEP_BAD_REQUEST' } });
  });
  test('is not made to a host that is not named', async () => {
    expect(await perform({ net: ['example.com'] })).toMatchObject({
      error: { code: 'STEP_HTTP_REFUSED', retryable: false },
    });
  });
});

describe('an answer', () => {
  test('gives status, headers, body and json', async () => {
    answer(200, '{"__proto__":[1]}', JSON_TYPE);
    const { outcome, outputs } = await perform({});
    expect(outcome).toBe('succeeded');
    expect(outputs).toMatchObject({ status: 200, headers: JSON_TYPE, body: '{"__proto__":[1]}', url: `${base}/` });
    expect(JSON.stringify(outputs?.['json'])).toBe('{"__proto__":[1]}');
  });
  test.each([
    ['text/plain', '{"a":1}', undefined],
    ['application/json', '{"a"', 'STEP_HTTP_NOT_JSON'],
    ['application/json', `${'['.repeat(100)}${']'.repeat(100)}`, 'STEP_HTTP_NOT_JSON'],
    ['application/json', '[1e999]', 'STEP_HTTP_NOT_JSON'],
    ['application/json', '', undefined],
  ])('of %s with %s has no json', async (type, body, warning) => {
    answer(200, body, { 'content-type': type });
    const got = await perform({});
    expect(got).toMatchObject({ outcome: 'succeeded', outputs: { json: null, body } });
    expect(got.warnings?.[0]?.code).toBe(warning);
  });
  test('of a kind of JSON has', async () => {
    answer(200, '[1]', { 'content-type': 'application/problem+json' });
    expect(await perform({})).toMatchObject({ outputs: { json: [1] } });
  });
  test.each<[number, JsonObject, boolean]>([
    [200, {}, true],
    [204, {}, true],
    [404, {}, false],
    [404, { status: [404] }, true],
    [200, { status: [404] }, false],
    [404, { status: [200, '4xx'] }, true],
    [500, { status: ['4xx'] }, false],
    [302, {}, false],
    [302, { status: [302] }, true],
  ])('with status %d, expected %j: %s', async (status, expected, isGood) => {
    answer(status, status === 204 ? '' : 'words');
    const got = await perform({ expect: expected });
    expect(got.outcome).toBe(isGood ? 'succeeded' : 'failed');
    if (!isGood) expect(got).toMatchObject({ error: { code: 'STEP_HTTP_STATUS' }, outputs: { status, body: 'words' } });
  });
  test.each<[number, Readonly<Record<string, string>>, boolean, number | undefined]>([
    [404, {}, false, undefined],
    [401, { 'retry-after': '5' }, false, undefined],
    [408, {}, true, undefined],
    [429, { 'retry-after': '5' }, true, 5_000],
    [429, { 'retry-after': 'soon' }, true, undefined],
    [503, { 'retry-after': '0' }, true, 0],
    [503, { 'retry-after': 'Fri, 01 Jan 1999 00:00:00 GMT' }, true, 0],
    [500, { 'retry-after': '5' }, true, undefined],
    [501, {}, false, undefined],
  ])('with status %d and %j may pass: %s, after %s', async (status, headers, retryable, retryAfterMs) => {
    answer(status, 'no', headers);
    const { error } = await perform({});
    expect([error?.retryable, error?.retryAfterMs]).toEqual([retryable, retryAfterMs]);
    expect(error?.hint).toContain('no');
  });
  test('that names a time to come is waited for until then', async () => {
    answer(503, '', { 'retry-after': new Date(Date.now() + 100_000).toUTCString() });
    const { error } = await perform({});
    expect(error?.retryAfterMs).toBeGreaterThan(90_000);
    expect(error?.retryAfterMs).toBeLessThanOrEqual(100_000);
  });
  test.each<[JsonObject, string | null]>([
    [{ headers: { 'content-type': 'application/json' } }, null],
    [{ headers: { 'Content-Type': 'Application/JSON; charset=UTF-8' } }, null],
    [
      { headers: { 'content-type': 'text/html' } },
      'The header `content-type` is `application/json; charset=utf-8`, and not `text/html`.',
    ],
    [{ headers: { 'x-none': 'a' } }, 'The header `x-none` is missing, and not `a`.'],
    [{ headers: { 'x-none': true } }, 'The header `x-none` is missing.'],
    [{ headers: { 'content-type': false } }, 'The header `content-type` is there.'],
    [{ headers: { 'x-none': false, 'content-type': true } }, null],
    [{ json: { type: 'object', required: ['n'] } }, null],
    [{ json: { properties: { n: { type: 'string' } } } }, '`n` of the body'],
    [{ json: { type: 'array' } }, 'The body'],
  ])('that is held against %j', async (expected, message) => {
    answer(200, '{"n":1}', JSON_TYPE);
    const got = await perform({ expect: expected });
    expect(got.outcome).toBe(message === null ? 'succeeded' : 'failed');
    if (message !== null)
      expect([got.error?.code, got.error?.message.slice(0, message.length)]).toEqual([
        'STEP_HTTP_EXPECTATION',
        message,
      ]);
  });
  test('that is no JSON where it is expected', async () => {
    answer(200, 'hello');
    expect(await perform({ expect: { json: {} } })).toMatchObject({ error: { code: 'STEP_HTTP_EXPECTATION' } });
  });
  test.each([
    [1_048_576, {}, true],
    [1_048_577, {}, false],
    [10, { maxOutput: 10 }, true],
    [11, { maxOutput: 10 }, false],
  ])('of %d bytes with %j is taken: %s', async (size, more, isTaken) => {
    answer(200, 'x'.repeat(size));
    const got = await perform(more);
    expect(got.outcome).toBe(isTaken ? 'succeeded' : 'failed');
    if (!isTaken) expect(got).toMatchObject({ error: { code: 'STEP_HTTP_TOO_LARGE', retryable: false } });
  });
  test('of a failure is cut, and the failure told', async () => {
    answer(500, 'x'.repeat(3_000_000));
    const { error, outputs } = await perform({});
    expect([error?.code, String(outputs?.['body']).length]).toEqual(['STEP_HTTP_STATUS', 1_048_576]);
  });
});

describe('a stop', () => {
  test.each<[string, StepAnswer['outcome'], string]>([
    ['cancelled', 'cancelled', 'STEP_CANCELLED'],
    ['timed-out', 'timed-out', 'STEP_TIMEOUT'],
    ['total-timed-out', 'timed-out', 'STEP_TOTAL_TIMEOUT'],
    ['idle-timed-out', 'timed-out', 'STEP_IDLE_TIMEOUT'],
  ])('because it is %s ends the request', async (reason, outcome, code) => {
    const controller = new AbortController();
    let gone: () => void = () => {};
    const closed = new Promise<void>((done) => (gone = done));
    handler = (_, response) => {
      response.on('close', gone).write('begun');
    };
    const got = await perform({}, { signal: controller.signal, alive: () => controller.abort(reason) });
    expect(got).toMatchObject({ outcome, error: { code } });
    await closed;
  });
});

describe('a download', () => {
  const names = (): readonly string[] => readdirSync(root, { recursive: true }).map(String);
  test('is a file, as it came', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    answer(200, bytes, { 'content-type': 'application/json' });
    const got = await perform({ save: 'in/a.bin', cwd: 'sub' });
    expect(got).toMatchObject({ outcome: 'succeeded', outputs: { status: 200, path: 'sub/in/a.bin', bytes: 5 } });
    expect(Object.hasOwn(got.outputs ?? {}, 'body')).toBe(false);
    expect(readFileSync(join(root, 'sub/in/a.bin'))).toEqual(bytes);
  });
  test.each<[string, () => void, JsonObject, string]>([
    ['of a failure', () => answer(404, 'none'), {}, 'STEP_HTTP_STATUS'],
    ['of another kind', () => answer(200, 'x'), { expect: { headers: { 'x-kind': true } } }, 'STEP_HTTP_EXPECTATION'],
    ['of too much', () => answer(200, 'x'.repeat(100_001)), {}, 'STEP_HTTP_TOO_LARGE'],
    [
      'that is cut off',
      () =>
        (handler = (_, response) =>
          response.writeHead(200, { 'content-length': '9' }).write('x', () => response.destroy())),
      {},
      'STEP_HTTP_BROKEN',
    ],
    ['to a place outside', () => answer(200, 'x'), { save: '../x' }, 'STEP_WRITE_OUTSIDE'],
  ])('%s leaves no file', async (_what, prepare, more, code) => {
    prepare();
    const before = names();
    expect(await perform({ save: 'kept.bin', ...more })).toMatchObject({ outcome: 'failed', error: { code } });
    expect(names()).toEqual(before);
  });
  test('that is stopped leaves no file', async () => {
    const controller = new AbortController();
    handler = (_, response) => void response.write('begun');
    const got = await perform(
      { save: 'kept.bin' },
      { signal: controller.signal, alive: () => controller.abort('cancelled') },
    );
    expect([got.outcome, existsSync(join(root, 'kept.bin'))]).toEqual(['cancelled', false]);
  });
});

describe('pages', () => {
  /** Pages of two members each; `link` says how the next is named. */
  const pages = (
    count: number,
    link: (next: string) => string,
    value = (page: number): Json => [page, page * 10],
  ): string[] => {
    const asked: string[] = [];
    handler = ({ url = '', headers }, response) => {
      asked.push(`${url} ${headers.authorization ?? ''}`.trim());
      const page = Number(/p=(\d+)/.exec(url)?.[1] ?? 1);
      const next = page < count ? `/?p=${page + 1}` : null;
      response.writeHead(200, { ...JSON_TYPE, ...(next === null ? {} : { link: link(next) }) });
      response.end(JSON.stringify(value(page)));
    };
    return asked;
  };
  const expression = (expr: Expr): JsonObject => JSON.parse(JSON.stringify({ source: 'test', expr })) as JsonObject;
  const LINK = { paginate: { next: 'link', max: 10 } };

  test.each([
    ['<%s>; rel="next"'],
    ['<%s>; rel=next'],
    ['</x>; rel="prev", <%s>; title="a, b"; rel="last next"'],
    ['</x>; rel=nextish, <%s> ; REL = "next"'],
  ])('follow %s', async (link) => {
    const asked = pages(3, (next) => link.replace('%s', next));
    const got = await perform({ ...LINK, headers: { authorization: 'a' } });
    expect(got).toMatchObject({
      outcome: 'succeeded',
      outputs: { json: [1, 10, 2, 20, 3, 30], pages: 3, more: false },
    });
    expect(asked).toEqual(['/ a', '/?p=2 a', '/?p=3 a']);
  });
  test('end at the greatest number', async () => {
    pages(9, (next) => `<${next}>; rel=next`);
    expect(await perform({ paginate: { next: 'link', max: 2 } })).toMatchObject({
      outputs: { json: [1, 10, 2, 20], pages: 2, more: true },
    });
  });
  test('are named by what they hold', async () => {
    pages(
      3,
      () => '',
      (page) => ({ page, next: page < 3 ? `?p=${page + 1}` : null }),
    );
    const got = await perform({ paginate: { next: expression(ref('self.json.next')), max: 10 } });
    expect(got).toMatchObject({ outputs: { pages: 3, json: [{ page: 1 }, { page: 2 }, { page: 3 }] } });
  });
  test.each<[string, Json, string]>([
    ['no text', 5, 'STEP_BAD_REQUEST'],
    ['no address', 'http://', 'STEP_HTTP_URL'],
    ['elsewhere in the network', 'http://10.0.0.1/', 'STEP_HTTP_REFUSED'],
    ['another kind of address', 'file:///etc/passwd', 'STEP_HTTP_URL'],
  ])('that lead to %s are refused', async (_what, next, code) => {
    pages(
      9,
      () => '',
      () => ({ next }),
    );
    const got = await perform({ paginate: { next: expression(ref('self.json.next')), max: 10 } });
    expect(got).toMatchObject({ outcome: 'failed', error: { code } });
  });
  test('at another server are not shown who asks', async () => {
    const asked = pages(2, (next) => `<${base.replace('127.0.0.1', 'localhost')}${next}>; rel=next`);
    const net = ['127.0.0.1', 'localhost'];
    const got = await perform({ ...LINK, headers: { authorization: 'a' }, net, named: net });
    expect([got.outcome, asked]).toEqual(['succeeded', ['/ a', '/?p=2']]);
  });
  test('together are bounded', async () => {
    pages(
      9,
      (next) => `<${next}>; rel=next`,
      () => 'x'.repeat(40),
    );
    expect(await perform({ ...LINK, maxOutput: 100 })).toMatchObject({ error: { code: 'STEP_HTTP_TOO_LARGE' } });
  });
  test('of which one fails fail', async () => {
    let count = 0;
    handler = (_, response) => {
      count++;
      response.writeHead(count < 2 ? 200 : 503, { ...JSON_TYPE, link: '</?p=2>; rel=next' }).end('[1]');
    };
    expect(await perform(LINK)).toMatchObject({ error: { code: 'STEP_HTTP_STATUS', retryable: true } });
  });
});
