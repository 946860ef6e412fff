/** The way out of the sandbox: to the hosts that are named, and to no others. */

import { existsSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createEcho, type Server as EchoServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NO_MASK } from '../../../src/host/mask/mask.ts';
import { createBubblewrap } from '../../../src/host/sandbox/bubblewrap.ts';
import { openEgress } from '../../../src/host/sandbox/egress.ts';
import { missing, NEVER, said, specOf, workspace } from './support.ts';

const box = createBubblewrap({ mask: NO_MASK, hidden: [] });

describe.skipIf(missing !== null)('with hosts', () => {
  let server: Server;
  let echo: EchoServer;
  let port = 0;
  let echoPort = 0;
  const hosts: string[] = [];
  beforeAll(async () => {
    server = createServer((request, answer) => {
      hosts.push(`${request.method} ${request.headers.host} ${request.url}`);
      request.pipe(answer);
    });
    echo = createEcho((socket) => void socket.pipe(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port; // both listen on a port
    echoPort = (echo.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.close();
    echo.close();
  });

  /** Sends a request to the proxy as a client would that knows of it; prints the status and the body. */
  const asking = (method: string, target: string, body = ''): string => `
    const [, host, port] = /http:\\/\\/(.*):(\\d+)/.exec(process.env.HTTP_PROXY);
    const request = require('node:http').request({ host, port, method: '${method}', path: '${target}' });
    request.on('response', async (answer) => { let text = ''; for await (const part of answer) text += part; console.log(answer.statusCode, text); });
    request.on('connect', (answer, socket) => { console.log(answer.statusCode); socket.on('data', (bytes) => { console.log(String(bytes)); socket.end(); }); socket.write('through'); });
    request.on('error', (error) => console.log(error.message));
    request.end('${body}');`;
  const run = async (script: string, net: readonly string[], named = net): Promise<string> => {
    const permissions = { read: null, write: [], net, named };
    return said(
      await box.run(
        specOf(workspace(), '', { program: { kind: 'script', shell: 'node', script }, permissions }),
        NEVER,
      ),
    ).out.trim();
  };

  test('a plain request reaches a host that is named', async () => {
    expect(await run(asking('POST', `http://127.0.0.1:${port}/path?q=1`, 'hello'), ['127.0.0.1'])).toBe('200 hello');
    expect(hosts).toEqual([`POST 127.0.0.1:${port} /path?q=1`]);
  });

  test('and so does a tunnel', async () => {
    expect(await run(asking('CONNECT', `127.0.0.1:${echoPort}`), ['127.0.0.1'])).toBe('200\nthrough');
  });

  test('no other host is reached, nor a private one that is not named', async () => {
    hosts.length = 0;
    expect(await run(asking('GET', `http://127.0.0.1:${port}/`), ['example.com'])).toMatch(
      /^403 `127\.0\.0\.1` is not among/,
    );
    expect(await run(asking('GET', `http://127.0.0.1:${port}/`), ['*'], [])).toMatch(
      /^403 .*not on the public internet/,
    );
    expect(await run(asking('GET', `http://[::ffff:127.0.0.1]:${port}/`), ['*'], [])).toMatch(/^403 /);
    expect(await run(asking('CONNECT', `127.0.0.1:${echoPort}`), ['example.com'])).toBe('403');
    expect(await run(asking('GET', '/no-address'), ['*'], [])).toMatch(/^400 /);
    expect(
      await run(`require('node:net').connect(${port}, '127.0.0.1').on('error', (error) => console.log(error.code))`, [
        '127.0.0.1',
      ]),
    ).toBe('ECONNREFUSED');
    expect(hosts).toEqual([]);
  });

  test('its end is that of the program, and nothing of it stays', async () => {
    const permissions = { read: null, write: [], net: ['127.0.0.1'], named: ['127.0.0.1'] };
    expect(said(await box.run(specOf(workspace(), 'echo out; echo err >&2; exit 7', { permissions }), NEVER))).toEqual({
      code: 7,
      out: 'out\n',
      err: 'err\n',
    });
    expect(said(await box.run(specOf(workspace(), 'kill -9 $$', { permissions }), NEVER)).code).toBe(137);
    expect(said(await box.run(specOf(workspace(), 'sleep 60', { permissions, timeoutMs: 500 }), NEVER)).code).toBe(
      'timed-out',
    );
    const argv = ['no-such-program'];
    expect(
      said(await box.run(specOf(workspace(), '', { permissions, program: { kind: 'argv', argv } }), NEVER)).code,
    ).toBe(127);
    const egress = await openEgress({ net: ['127.0.0.1'], named: ['127.0.0.1'] });
    expect(readdirSync(egress.folder)).toEqual(['egress']);
    egress.close();
    expect(existsSync(egress.folder)).toBe(false);
  });
});
