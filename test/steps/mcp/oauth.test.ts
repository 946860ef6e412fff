import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { McpServer } from '../../../src/core/plan/mcp-request.ts';
import { tokenStore } from '../../../src/host/mcp/tokens.ts';
import { type Guarded, guardedServer } from './guarded-server.ts';
import { type Bench, type BenchOptions, openBench } from './servers.ts';

let root: string;
let guarded: Guarded;
let bench: Bench;
const shown: string[] = [];
beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'giga-')));
  guarded = await guardedServer();
  shown.length = 0;
  open();
});
afterEach(async () => {
  await bench.pool.close();
  await guarded.close();
  rmSync(root, { recursive: true, force: true });
});

function open(options: BenchOptions = {}): void {
  bench = openBench(root, { tokens: tokenStore(join(root, 'tokens')), ...options });
}
/** Another giga on the same store. */
async function reopen(options: BenchOptions = {}): Promise<void> {
  await bench.pool.close();
  open(options);
}
/** A person whose browser goes where it is sent. */
const PERSON: BenchOptions = {
  secrets: new Map([['SECRET', 'hush']]),
  face: {
    signIn(_, url) {
      shown.push(url);
      void fetch(url).then((response) => response.text());
    },
  },
};
const who = (more: Partial<McpServer> = {}) =>
  bench.perform({ name: 'guarded', url: guarded.url, ...more }, { tool: 'who' });

describe('a server that leads to a private address', () => {
  test.each(['http://169.254.169.254', 'http://10.0.0.1:8080', 'http://[::ffff:192.168.0.1]'])(
    'that it names as its authorization server is not followed to %s',
    async (where) => {
      guarded.named = where;
      await reopen(PERSON);
      const { error } = await who();
      expect(error).toMatchObject({ code: 'POLICY_MCP_ADDRESS', retryable: false });
      expect(error?.message).toContain(new URL(where).hostname.replaceAll(/[[\]]/g, ''));
      expect([guarded.asked, shown]).toEqual([[], []]);
    },
  );

  test('is not asked where its own address is made of values and nobody named the host', async () => {
    expect((await who({ named: ['example.com'] })).error).toMatchObject({ code: 'POLICY_MCP_ADDRESS' });
    expect((await who({ named: ['127.0.0.1'] })).error).toMatchObject({ code: 'STEP_MCP_AUTH' });
  });
});

describe('a server that wants to know who is there', () => {
  test('is not used where nobody can say it', async () => {
    const { outcome, error } = await who();
    expect([outcome, error?.code]).toEqual(['failed', 'STEP_MCP_AUTH']);
    expect(error?.hint).toContain('giga mcp ping guarded');
    expect(guarded.asked).toEqual([]);
  });

  test('is signed in to by a person, once', async () => {
    await reopen(PERSON);
    expect((await who()).outputs?.['text']).toBe('you');
    expect(guarded.asked).toEqual(['register', 'authorize', 'token authorization_code']);
    expect(shown).toHaveLength(1);
    await reopen();
    expect((await who()).outputs?.['text']).toBe('you');
    expect(guarded.asked).toHaveLength(3);
  });

  test('is used with a token that is made anew', async () => {
    await reopen(PERSON);
    await who();
    await reopen();
    guarded.revoke();
    expect((await who()).outputs?.['text']).toBe('you');
    expect(guarded.asked.slice(3)).toEqual(['token refresh_token']);
  });

  test('is signed in to by giga itself, which has a secret', async () => {
    const auth = { clientId: 'me', clientSecret: { secretText: [{ secret: 'SECRET' }] }, issuer: guarded.issuer };
    await reopen(PERSON);
    expect((await who({ auth })).outputs?.['text']).toBe('you');
    expect([guarded.asked, shown]).toEqual([['token client_credentials'], []]);
  });

  test('does not get the secret of another issuer', async () => {
    const auth = { clientId: 'me', clientSecret: 'hush', issuer: 'https://elsewhere.example' };
    expect((await who({ auth })).outcome).toBe('failed');
    expect(guarded.asked).toEqual([]);
  });

  test('is not asked with a key that is none', async () => {
    const answer = await who({ auth: { clientId: 'me', privateKey: 'no PEM', issuer: guarded.issuer } });
    expect(answer).toMatchObject({ outcome: 'failed', error: { code: 'STEP_MCP_START' } });
    expect(JSON.stringify(answer)).not.toContain('no PEM');
    expect(guarded.asked).toEqual([]);
  });

  test('has its tokens in a file of its owner alone', async () => {
    await reopen(PERSON);
    await who();
    const [file = ''] = readdirSync(join(root, 'tokens'));
    const path = join(root, 'tokens', file);
    expect([statSync(path).mode & 0o777, statSync(join(root, 'tokens')).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ tokens: { refresh_token: 'again' } });
  });

  test('is not signed in to by an answer that is not for us', async () => {
    const answers: number[] = [];
    await reopen({
      face: {
        async signIn(_, url) {
          const back = new URL(new URL(url).searchParams.get('redirect_uri') ?? '');
          answers.push((await fetch(`${back.href}?code=x&state=other`)).status);
          answers.push((await fetch(url)).status);
        },
      },
    });
    expect((await who()).outputs?.['text']).toBe('you');
    expect(answers).toEqual([404, 200]);
  });

  test('is given up when the step is stopped', async () => {
    const stop = new AbortController();
    await reopen({ face: { signIn: () => stop.abort('cancelled') } });
    const answer = await bench.perform({ name: 'guarded', url: guarded.url }, { tool: 'who' }, { signal: stop.signal });
    expect(answer.outcome).toBe('cancelled');
  });
});

describe('a server over HTTP', () => {
  beforeEach(async () => {
    await reopen(PERSON);
    await who();
  });

  test('that has forgotten the session is given a new one', async () => {
    guarded.forget();
    expect((await who()).error).toMatchObject({ code: 'STEP_MCP_LOST', retryable: true });
    expect((await who()).outputs?.['text']).toBe('you');
  });

  test.each([
    ['dies in the middle', 'STEP_MCP_LOST', true],
    ['is busy', 'STEP_MCP_LOST', true],
    ['refuses', 'STEP_MCP_ERROR', false],
    ['floods', 'STEP_MCP_LOST', true],
    ['answers with something else', 'STEP_MCP_LOST', true],
    ['hangs', 'STEP_MCP_TIMEOUT', true],
  ])('that %s', async (how, code, retryable) => {
    const json = { 'content-type': 'application/json' };
    guarded.instead = (response) => {
      if (how === 'dies in the middle') response.writeHead(200, json).write('{"jsonrpc":', () => response.destroy());
      else if (how === 'is busy') response.writeHead(503).end();
      else if (how === 'refuses') response.writeHead(418).end();
      else if (how === 'floods') response.writeHead(200, json).end('x'.repeat(20_000_000));
      else if (how === 'answers with something else') response.writeHead(200, json).end('no json');
    };
    const { outcome, error } = await who({ timeoutMs: how === 'hangs' ? 200 : 20_000 });
    expect([outcome, error?.code, error?.retryable]).toEqual(['failed', code, retryable]);
  });
});
