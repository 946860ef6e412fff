import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { afterEach, describe, expect, it } from 'vitest';
import { appears, eventsOf, isAlive, until } from '../e2e/place.ts';
import { openWorkplace, type Workplace } from './giga.ts';
import { type Connected, connectHttp, connectStdio, ERAS, type Era, type HttpServer, serveHttp } from './mcp-client.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function workplace(env: NodeJS.ProcessEnv = {}): Workplace {
  const place = openWorkplace(env);
  closing.push(() => place.remove());
  return place;
}

async function stdio(place: Workplace, era: Era = '2025', ...args: string[]): Promise<Connected> {
  const connected = await connectStdio(place, era, ...args);
  closing.push(connected.close);
  return connected;
}

async function http(place: Workplace, ...args: string[]): Promise<HttpServer> {
  const server = await serveHttp(place, ...args);
  closing.push(() => {
    server.running.child.kill('SIGTERM');
    return server.running.ended;
  });
  return server;
}

const GREET = `
name: Greet
description: Says hello.
inputs:
  who: { type: string, required: true, pattern: '^[a-z]+$', description: Whom to greet. }
  times: { type: integer, default: 1 }
steps:
  hello: { run: 'for i in $(seq "$N"); do echo "hello $WHO"; done', env: { WHO: '\${{ inputs.who }}', N: '\${{ inputs.times }}' } }
  done: { run: echo done, needs: hello }
outputs: { text: '\${{ steps.hello.outputs.stdout }}' }
`;
/** What is told of it. The client drops what comes together with the answer, so that it may hear of less. */
const PROGRESS = [
  { progress: 1, total: 2, message: 'hello: succeeded' },
  { progress: 2, total: 2, message: 'done: succeeded' },
];
/** Goes on until it is stopped, and says so. */
const LONG = `
steps:
  before: { run: echo before }
  long: { needs: before, run: 'echo $$ > pid; exec sleep 600' }
finally: [{ run: echo cleaned >> marks }]
`;

const pidIn = (place: Workplace): number => Number(readFileSync(join(place.folder, 'pid'), 'utf8'));

interface Answer {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: string; readonly text?: string; readonly uri?: string }[];
  readonly structuredContent?: Record<string, unknown>;
}
const call = async (client: Client, name: string, given: Record<string, unknown> = {}): Promise<Answer> =>
  (await client.callTool({ name, arguments: given })) as Answer; // as the protocol says

/** Why a call came to nothing. */
const refusalOf = (called: Promise<unknown>): Promise<string> => called.then(JSON.stringify, String);

const runOf = (answer: Answer): string => String(answer.structuredContent?.['run']);

async function read(client: Client, uri: string): Promise<string> {
  const { contents } = await client.readResource({ uri });
  return contents.map((one) => ('text' in one ? one.text : '')).join('');
}

describe.each(ERAS)('giga mcp serve, to a client of %s', (era) => {
  it('offers workflows as tools with typed inputs', async () => {
    const place = workplace();
    place.put('workflows/greet.yaml', GREET);
    const { tools } = await (await stdio(place, era)).client.listTools();
    expect(tools).toMatchObject([
      {
        name: 'greet',
        title: 'Greet',
        description: 'Says hello.',
        inputSchema: {
          type: 'object',
          required: ['who'],
          additionalProperties: false,
          properties: {
            who: { type: 'string', pattern: '^[a-z]+$', description: 'Whom to greet.' },
            times: { type: 'integer', default: 1 },
          },
        },
        outputSchema: { properties: { outputs: { properties: { text: {} } } } },
      },
    ]);
  });

  it('runs them, and answers with verdict, outputs and the run', async () => {
    const place = workplace();
    place.put('workflows/greet.yaml', GREET);
    const { client } = await stdio(place, era);
    const progress: unknown[] = [];
    const answer = (await client.callTool(
      { name: 'greet', arguments: { who: 'you', times: 2 } },
      { onprogress: (news) => progress.push(news) },
    )) as Answer; // as the protocol says
    const run = runOf(answer);
    expect(answer.isError).toBe(false);
    expect(answer.structuredContent).toEqual({ run, verdict: 'succeeded', outputs: { text: 'hello you\nhello you' } });
    expect(JSON.parse(answer.content[0]?.text ?? '')).toEqual(answer.structuredContent);
    expect(answer.content[1]).toMatchObject({ type: 'resource_link', uri: `giga://runs/${run}` });
    expect(PROGRESS.slice(0, progress.length)).toEqual(progress);
    expect((await place.giga('runs', 'events', run, '--json')).out).toContain('"trigger":"mcp"');
  });

  it('refuses wrong inputs with the words of the command line, and runs nothing', async () => {
    const place = workplace();
    place.put('workflows/greet.yaml', GREET);
    const { client } = await stdio(place, era);
    const answer = await call(client, 'greet', { who: 'You', tymes: 3 });
    expect(answer.isError).toBe(true);
    expect(answer.content[0]?.text).toBe(
      [
        'error[PLAN_INPUT_UNKNOWN]: The workflow has no input `tymes` (an argument of the call).',
        '  help: an input with a similar name exists: `times`',
        'error[PLAN_INPUT_INVALID]: The input `who` (an argument of the call) must match the pattern ^[a-z]+$, and is "You".',
        '  help: Whom to greet.',
      ].join('\n'),
    );
    expect((await call(client, 'greet')).content[0]?.text).toBe(
      'error[PLAN_INPUT_MISSING]: The input `who` is required and has no value.',
    );
    expect((await call(client, 'greet', { who: 'you', times: '2' })).isError).toBe(true);
    expect((await place.giga('runs', 'list')).out).toBe('');
  });

  it('says what failed, and shows the run as resources', async () => {
    const place = workplace();
    place.put(
      'workflows/bad.yaml',
      'steps: { group: { steps: { fine: { run: echo fine }, wrong: { run: "echo no such luck >&2; exit 3" } } } }',
    );
    const { client } = await stdio(place, era);
    const answer = await call(client, 'bad');
    const run = runOf(answer);
    expect(answer.isError).toBe(true);
    expect(answer.structuredContent).toMatchObject({
      verdict: 'failed',
      outputs: {},
      failed: [{ step: 'group/wrong', code: 'STEP_FAILED', log: 'no such luck\n' }],
    });
    const { resources } = await client.listResources();
    expect(resources).toMatchObject([{ uri: `giga://runs/${run}`, name: `run ${run}` }]);
    expect(JSON.parse(await read(client, `giga://runs/${run}`))).toMatchObject({
      run,
      file: 'workflows/bad.yaml',
      state: 'failed',
      steps: expect.arrayContaining([expect.objectContaining({ step: 'group/wrong', result: 'failed', attempts: 1 })]),
    });
    expect(await read(client, `giga://runs/${run}/story`)).toMatch(/✘ group\/wrong +failed/);
    expect(await read(client, `giga://runs/${run}/log`)).toContain(
      '── group/wrong · attempt 1 · stderr\nno such luck\n',
    );
    for (const uri of [
      'giga://runs/none',
      `giga://runs/${run}/else`,
      `giga://runs/${run.slice(0, 2)}`,
      'file:///etc/passwd',
    ])
      await expect(client.readResource({ uri })).rejects.toThrow(/not found/i);
  });

  it('cancels the run with the call, and leaves nothing alive', async () => {
    const place = workplace();
    place.put('workflows/long.yaml', LONG);
    const { client } = await stdio(place, era);
    const aborting = new AbortController();
    const refused = refusalOf(client.callTool({ name: 'long', arguments: {} }, { signal: aborting.signal }));
    await appears(place, 'pid');
    aborting.abort();
    expect(await refused).toMatch(/abort/i);
    expect(eventsOf(await place.giga('runs', 'events', '--follow', '--json')).at(-1)).toMatchObject({
      type: 'run.finished',
      verdict: 'cancelled',
    });
    expect(isAlive(pidIn(place))).toBe(false);
    expect(readFileSync(join(place.folder, 'marks'), 'utf8')).toBe('cleaned\n');
  });
});

describe('giga mcp serve over stdio', () => {
  it('ends with its client: the run is stopped and can be resumed', async () => {
    const place = workplace();
    place.put('workflows/long.yaml', LONG);
    const { client, pid, close } = await stdio(place);
    const called = refusalOf(call(client, 'long'));
    await appears(place, 'pid');
    await close();
    expect(await called).toContain('Connection closed');
    expect(isAlive(pid)).toBe(false);
    expect(isAlive(pidIn(place))).toBe(false);
    expect((await place.giga('runs', 'list')).out).toContain('stopped');
    place.put('workflows/long.yaml', LONG.replace('exec sleep 600', 'exit 0'));
    const resumed = await place.giga('resume');
    expect(resumed.err).toMatch(/before +kept/);
    expect(resumed.code).toBe(0);
  });

  it('leaves a run that can be resumed when it is killed', async () => {
    const place = workplace();
    place.put('workflows/long.yaml', LONG);
    const { client, pid } = await stdio(place);
    const called = refusalOf(call(client, 'long'));
    await appears(place, 'pid');
    process.kill(pid, 'SIGKILL');
    expect(await called).toContain('Connection closed');
    await until(() => !isAlive(pid));
    place.put('workflows/long.yaml', LONG.replace('exec sleep 600', 'exit 0'));
    const left = pidIn(place);
    const resumed = await place.giga('resume');
    expect(resumed.err).toMatch(/before +kept/);
    expect(resumed.code).toBe(0);
    expect(isAlive(left)).toBe(false);
  });

  it('speaks nothing but the protocol on stdout, and ends with code 0 at the end of stdin', async () => {
    const place = workplace({ CI: 'true', GITHUB_ACTIONS: 'true' });
    place.put('workflows/greet.yaml', GREET);
    place.put('workflows/broken.yaml', 'steps: { a: { runn: x } }');
    const server = spawn(process.execPath, [place.program, 'mcp', 'serve', '--json', '--var', 'a=b'], {
      cwd: place.folder,
      env: place.env,
    });
    let [out, err] = ['', ''];
    server.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    server.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const say = (message: object): void =>
      void server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const clientInfo = { name: 'test', version: '1' };
    say({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } });
    say({ method: 'notifications/initialized' });
    say({ id: 2, method: 'tools/list' });
    server.stdin.write('this is no message\n');
    say({
      id: 3,
      method: 'tools/call',
      params: { name: 'greet', arguments: { who: 'you' }, _meta: { progressToken: 'p' } },
    });
    say({ id: 4, method: 'tools/call', params: { name: 'none', arguments: {} } });
    say({ id: 5, method: 'no/such/method' });
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    server.stdin.write(
      `{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"greet","arguments":{"who":${deep}}}}\n`,
    );
    await until(() => out.trim().split('\n').length === 6 + PROGRESS.length);
    server.stdin.end();
    const [code] = await once(server, 'close');
    expect(code).toBe(0);
    const messages = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const told = messages.filter(({ method }) => method === 'notifications/progress');
    expect(told.map(({ params }) => params)).toEqual(PROGRESS.map((news) => ({ progressToken: 'p', ...news })));
    expect(messages.indexOf(told[1])).toBeLessThan(messages.findIndex(({ id }) => id === 3));
    const answers = messages.filter(({ id }) => id !== undefined).toSorted((a, b) => a.id - b.id);
    expect(answers).toMatchObject([
      { id: 1, result: { serverInfo: { name: 'giga' }, protocolVersion: '2025-06-18' } },
      { id: 2, result: { tools: [{ name: 'greet' }] } },
      { id: 3, result: { isError: false } },
      { id: 4, error: { code: -32602, message: 'There is no tool "none".' } },
      { id: 5, error: { code: -32601 } },
      { id: 6 },
    ]);
    expect(err).toContain('workflows/broken.yaml:1');
    expect(err).toMatch(/run \w+ ends: succeeded/);
  });

  it('stops its runs at a signal, answers their calls, and ends with the code of the signal', async () => {
    const place = workplace();
    place.put('workflows/long.yaml', LONG);
    const { client, pid } = await stdio(place);
    const called = call(client, 'long');
    await appears(place, 'pid');
    process.kill(pid, 'SIGTERM');
    const answer = await called;
    expect(answer).toMatchObject({ isError: true, structuredContent: { verdict: 'stopped' } });
    expect(answer.structuredContent?.['next']).toBe(`giga resume ${runOf(answer)}`);
    await until(() => !isAlive(pid));
    expect(isAlive(pidIn(place))).toBe(false);
  });

  it('offers only the workflows that it is told to, and shows only their runs', async () => {
    const place = workplace();
    place.put('workflows/greet.yaml', GREET);
    place.put('workflows/other.yaml', 'steps: { a: { run: echo secret business } }');
    place.put('deep/down/my flow.v2.yaml', 'steps: { a: { run: "true" } }');
    await place.giga('run', 'other');
    const { client } = await stdio(place, '2025', '-w', 'greet', '-w', 'deep/down/my flow.v2.yaml');
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['greet', 'my-flow-v2']);
    expect((await call(client, 'my-flow-v2')).isError).toBe(false);
    expect((await client.listResources()).resources).toHaveLength(1);
    const hidden = (await place.giga('runs', 'list')).out.split('\n').find((line) => line.includes('other'));
    await expect(client.readResource({ uri: `giga://runs/${hidden?.split(' ')[0]}/log` })).rejects.toThrow(
      /not found/i,
    );
    await expect(client.callTool({ name: 'other', arguments: {} })).rejects.toThrow('There is no tool "other".');
  });

  it('refuses at once what it is told to offer and cannot', async () => {
    const place = workplace();
    place.put('workflows/broken.yaml', 'steps: { a: { runn: x } }');
    const missing = await place.giga('mcp', 'serve', '--workflow', 'none');
    expect(missing).toMatchObject({ code: 2, out: '' });
    expect(missing.err).toContain('There is no workflow "none".');
    const broken = await place.giga('mcp', 'serve', '--workflow', 'broken', '--json');
    expect(broken).toMatchObject({ code: 3, out: '' });
    expect(broken.err).toContain('runn');
  });

  it('takes a workflow as it is when it is called', async () => {
    const place = workplace();
    place.put(
      'workflows/greet.yaml',
      'steps: { a: { run: echo one } }\noutputs: { x: "${{ steps.a.outputs.stdout }}" }',
    );
    const { client } = await stdio(place);
    expect((await call(client, 'greet')).structuredContent?.['outputs']).toEqual({ x: 'one' });
    place.put(
      'workflows/greet.yaml',
      'steps: { a: { run: echo two } }\noutputs: { x: "${{ steps.a.outputs.stdout }}" }',
    );
    expect((await call(client, 'greet')).structuredContent?.['outputs']).toEqual({ x: 'two' });
    place.put('workflows/greet.yaml', 'steps: {');
    expect((await call(client, 'greet')).content[0]?.text).toContain('workflows/greet.yaml:1');
  });

  it('takes arguments for data, whatever they hold', async () => {
    const place = workplace();
    place.put(
      'workflows/data.yaml',
      'inputs: { x: { type: object } }\nsteps: { a: { set: { x: "${{ toJSON(inputs.x) }}" } } }\noutputs: { x: "${{ steps.a.outputs.x }}" }',
    );
    const { client } = await stdio(place);
    const given = JSON.parse('{"__proto__":{"polluted":1},"constructor":"$(touch bad)"}');
    const answer = await call(client, 'data', { x: given });
    expect(answer.structuredContent).toMatchObject({ verdict: 'succeeded' });
    expect(JSON.stringify(answer.structuredContent)).toContain('polluted');
    let deep: unknown = 1;
    for (let i = 0; i < 2_000; i++) deep = { in: deep };
    const refused = await call(client, 'data', { x: deep });
    expect(refused.isError).toBe(true);
    expect(refused.content[0]?.text).toMatch(/PLAN_INPUT_INVALID.*nests at most \d+ deep/);
    expect((await call(client, 'data', { x: {} })).isError).toBe(false);
  });

  it('gives no step the stdin of the protocol', async () => {
    const place = workplace();
    place.put('workflows/cat.yaml', 'steps: { a: { run: cat } }\noutputs: { x: "${{ steps.a.outputs.stdout }}" }');
    const { client } = await stdio(place);
    const answers = await Promise.all([call(client, 'cat'), call(client, 'cat')]);
    for (const answer of answers)
      expect(answer.structuredContent).toMatchObject({ verdict: 'succeeded', outputs: { x: '' } });
  });

  it('calls a run that waits for a verdict no success', async () => {
    const place = workplace();
    place.put('workflows/gate.yaml', 'steps: { gate: { approve: { message: Go on? } } }');
    const { client } = await stdio(place);
    const answer = await call(client, 'gate');
    expect(answer).toMatchObject({ isError: true, structuredContent: { verdict: 'waiting' } });
    expect(answer.structuredContent?.['next']).toBe(`giga approve ${runOf(answer)}`);
  });

  it('lets no secret out', async () => {
    const place = workplace({ TOKEN: 'hush-hush-hush' });
    place.put(
      'workflows/leak.yaml',
      'secrets: [TOKEN]\nsteps: { a: { run: "echo $TOKEN; echo $TOKEN >&2; exit 1", secrets: [TOKEN] } }',
    );
    const { client, err } = await stdio(place);
    const answer = await call(client, 'leak');
    const run = runOf(answer);
    const texts = [JSON.stringify(answer), err()];
    for (const part of ['', '/story', '/log']) texts.push(await read(client, `giga://runs/${run}${part}`));
    expect(texts.join('')).not.toContain('hush-hush');
    expect(texts.join('')).toContain('***');
  });

  it('runs several calls at once, each with its own answer', async () => {
    const place = workplace();
    place.put('workflows/greet.yaml', GREET);
    const { client } = await stdio(place);
    const names = ['ann', 'bob', 'cy', 'dee'];
    const answers = await Promise.all(names.map((who) => call(client, 'greet', { who })));
    expect(answers.map(({ structuredContent }) => structuredContent?.['outputs'])).toEqual(
      names.map((who) => ({ text: `hello ${who}` })),
    );
    expect(new Set(answers.map(runOf)).size).toBe(names.length);
  });
});

describe.each(ERAS)('giga mcp serve --http, to a client of %s', (era) => {
  it('serves those who have the token', async () => {
    const place = workplace();
    place.put('workflows/greet.yaml', GREET);
    const server = await http(place);
    const { client, close } = await connectHttp(server, era);
    expect((await client.listTools()).tools).toHaveLength(1);
    const progress: unknown[] = [];
    const answer = (await client.callTool(
      { name: 'greet', arguments: { who: 'you' } },
      { onprogress: (news) => progress.push(news) },
    )) as Answer; // as the protocol says
    expect(answer.structuredContent).toMatchObject({ verdict: 'succeeded', outputs: { text: 'hello you' } });
    expect(PROGRESS.slice(0, progress.length)).toEqual(progress);
    expect(await read(client, `giga://runs/${runOf(answer)}/story`)).toContain('succeeded');
    await close();
    await expect(connectHttp({ ...server, headers: {} }, era)).rejects.toThrow(/401|token/);
  });

  it('cancels the run with the call', async () => {
    const place = workplace();
    place.put('workflows/long.yaml', LONG);
    const { client, close } = await connectHttp(await http(place), era);
    const aborting = new AbortController();
    const refused = refusalOf(client.callTool({ name: 'long', arguments: {} }, { signal: aborting.signal }));
    await appears(place, 'pid');
    aborting.abort();
    expect(await refused).toMatch(/abort/i);
    expect(eventsOf(await place.giga('runs', 'events', '--follow', '--json')).at(-1)).toMatchObject({
      verdict: 'cancelled',
    });
    expect(isAlive(pidIn(place))).toBe(false);
    await close();
  });

  it('stops its runs at a signal', async () => {
    const place = workplace();
    place.put('workflows/long.yaml', LONG);
    const server = await http(place);
    const { client } = await connectHttp(server, era);
    const called = call(client, 'long');
    await appears(place, 'pid');
    server.running.child.kill('SIGINT');
    expect(await called).toMatchObject({ isError: true, structuredContent: { verdict: 'stopped' } });
    expect((await server.running.ended).code).toBe(130);
    expect(isAlive(pidIn(place))).toBe(false);
  });
});

/** The status of a request with these headers. */
function statusOf({ url }: HttpServer, headers: Record<string, string>, path = url.pathname): Promise<number> {
  return new Promise((done, fail) => {
    const asked = request({ host: '127.0.0.1', port: url.port, path, method: 'POST', headers }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
    asked.on('error', fail).end('{"jsonrpc":"2.0","id":1,"method":"ping"}');
  });
}

describe('giga mcp serve --http', () => {
  it('lets in neither pages of a browser nor those without the token', async () => {
    const place = workplace();
    const server = await http(place);
    const good = {
      ...server.headers,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    };
    const { host, port } = server.url;
    expect(await statusOf(server, { ...good, host })).toBe(400); // it got in, and is no message
    expect(await statusOf(server, { ...good, host: `localhost:${port}`, origin: `http://localhost:${port}` })).toBe(
      400,
    );
    expect(await statusOf(server, { ...good, host: 'evil.example' })).toBe(403);
    expect(await statusOf(server, { ...good, host: `evil.example:${port}` })).toBe(403);
    expect(await statusOf(server, { ...good, host: '127.0.0.1' })).toBe(403);
    expect(await statusOf(server, { ...good, host, origin: 'http://evil.example' })).toBe(403);
    expect(await statusOf(server, { ...good, host, origin: `https://${host}` })).toBe(403);
    expect(await statusOf(server, { ...good, host, origin: 'null' })).toBe(403);
    expect(await statusOf(server, { ...good, host, Authorization: 'Bearer wrong' })).toBe(401);
    expect(await statusOf(server, { ...good, host, Authorization: '' })).toBe(401);
    expect(await statusOf(server, { ...good, host }, '/other')).toBe(404);
    expect(await statusOf(server, { ...good, host, 'mcp-session-id': 'none' })).toBe(404);
  });

  it('stops the runs of a client that ends its session, and they can be resumed', async () => {
    const place = workplace();
    place.put('workflows/long.yaml', LONG);
    const { client, leave, close } = await connectHttp(await http(place), '2025');
    const called = refusalOf(call(client, 'long'));
    await appears(place, 'pid');
    await leave();
    const last = eventsOf(await place.giga('runs', 'events', '--follow', '--json')).at(-1);
    expect(last).not.toMatchObject({ type: 'run.finished' });
    expect(isAlive(pidIn(place))).toBe(false);
    expect((await place.giga('runs', 'list')).out).toContain('stopped');
    await close();
    expect(await called).toContain('Connection closed');
  });

  it('goes on with a call whose connection breaks, and answers on the next one', async () => {
    const place = workplace();
    place.put(
      'workflows/slow.yaml',
      'steps: { a: { run: "touch begun; until [ -e go ]; do sleep 0.01; done; echo late" } }',
    );
    const server = await http(place);
    const headers: Record<string, string> = {
      ...server.headers,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    };
    const post = (message: object, signal?: AbortSignal): Promise<Response> =>
      fetch(server.url, {
        method: 'POST',
        headers,
        body: JSON.stringify({ jsonrpc: '2.0', ...message }),
        ...(signal && { signal }),
      });
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const opened = await post({ id: 1, method: 'initialize', params });
    headers['mcp-session-id'] = opened.headers.get('mcp-session-id') ?? '';
    headers['mcp-protocol-version'] = '2025-11-25';
    await opened.text();
    await post({ method: 'notifications/initialized' });
    const breaking = new AbortController();
    const call = { name: 'slow', arguments: {} };
    const called = await post({ id: 2, method: 'tools/call', params: call }, breaking.signal);
    const { value } = (await called.body?.getReader().read()) ?? {};
    const id = /^id: (.+)$/m.exec(new TextDecoder().decode(value))?.[1] ?? '';
    await appears(place, 'begun');
    breaking.abort();
    place.put('go', '');
    const comeBack = (): Promise<Response> => fetch(server.url, { headers: { ...headers, 'last-event-id': id } });
    let again = await comeBack();
    while (again.status === 409) again = await comeBack(); // the server has not seen yet that the first one is gone
    expect(again.status).toBe(200);
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of again.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes('"result"')) break;
    }
    expect(JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? '')).toMatchObject({
      id: 2,
      result: { structuredContent: { verdict: 'succeeded' } },
    });
  });

  it('refuses a port that is taken', async () => {
    const place = workplace();
    const server = await http(place);
    const second = await place.giga('mcp', 'serve', '--http', server.url.port);
    expect(second.code).toBe(2);
    expect(second.err).toContain(
      `error[CLI_LISTEN]: Port ${server.url.port} of 127.0.0.1 cannot be listened at: EADDRINUSE.`,
    );
  });
});
