/** An MCP server over HTTP that wants to know who is there, with its authorization server, at one port of this machine. No library. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Guarded {
  readonly url: string;
  readonly issuer: string;
  /** Whom it names as its authorization server. */
  named: string;
  /** What was asked of the authorization server, in order: `register`, `authorize`, `token refresh_token`. */
  readonly asked: string[];
  /** Tokens that were given so far are worth nothing any more. */
  revoke(): void;
  /** Sessions that were begun so far are over. */
  forget(): void;
  /** Requests are answered with this instead, where it is set. */
  instead: ((response: ServerResponse) => void) | null;
  close(): Promise<void>;
}

export async function guardedServer(): Promise<Guarded> {
  const asked: string[] = [];
  const good = new Set<string>();
  const sessions = new Set<string>();
  const codes = new Map<string, string>();
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens at a port
  const guarded: Guarded = {
    url: `${issuer}/mcp`,
    issuer,
    named: issuer,
    asked,
    revoke: () => good.clear(),
    forget: () => sessions.clear(),
    instead: null,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  const tokens = () => {
    const token = randomBytes(8).toString('hex');
    good.add(token);
    return { access_token: token, token_type: 'Bearer', expires_in: 3_600, refresh_token: 'again' };
  };

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', issuer);
    const body = await textOf(request);
    const json = (value: object, status = 200): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    switch (url.pathname) {
      case '/.well-known/oauth-protected-resource/mcp':
        return json({ resource: guarded.url, authorization_servers: [guarded.named] });
      case '/.well-known/oauth-authorization-server':
        return json({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          registration_endpoint: `${issuer}/register`,
          response_types_supported: ['code'],
          grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
          code_challenge_methods_supported: ['S256'],
          token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
        });
      case '/register':
        asked.push('register');
        return json({ ...JSON.parse(body), client_id: `c${asked.length}` }, 201);
      case '/authorize': {
        asked.push('authorize');
        const code = randomBytes(8).toString('hex');
        codes.set(code, url.searchParams.get('code_challenge') ?? '');
        const back = new URL(url.searchParams.get('redirect_uri') ?? '');
        back.searchParams.set('code', code);
        back.searchParams.set('state', url.searchParams.get('state') ?? '');
        return void response.writeHead(302, { location: back.href }).end();
      }
      case '/token': {
        const form = new URLSearchParams(body);
        const grant = form.get('grant_type');
        asked.push(`token ${grant}`);
        const challenge = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url');
        const basic = `Basic ${Buffer.from('me:hush').toString('base64')}`;
        const isGood =
          (grant === 'authorization_code' && codes.get(form.get('code') ?? '') === challenge) ||
          (grant === 'refresh_token' && form.get('refresh_token') === 'again') ||
          (grant === 'client_credentials' && request.headers.authorization === basic);
        return isGood ? json(tokens()) : json({ error: 'invalid_grant' }, 400);
      }
      default: {
        if (!good.has((request.headers.authorization ?? '').replace('Bearer ', ''))) {
          const metadata = `${issuer}/.well-known/oauth-protected-resource/mcp`;
          response.setHeader('www-authenticate', `Bearer resource_metadata="${metadata}"`);
          return json({ error: 'invalid_token' }, 401);
        }
        if (request.method !== 'POST') return void response.writeHead(405).end();
        if (guarded.instead !== null && body.includes('tools/call')) return guarded.instead(response);
        const { id, method, params } = JSON.parse(body);
        if (method === 'initialize') {
          sessions.add(`s${sessions.size}-${randomBytes(4).toString('hex')}`);
          response.setHeader('mcp-session-id', [...sessions].at(-1) ?? '');
        } else if (!sessions.has(String(request.headers['mcp-session-id']))) return json({ error: 'gone' }, 404);
        if (id === undefined) return void response.writeHead(202).end();
        return json({ jsonrpc: '2.0', id, result: answerTo(method, params) });
      }
    }
  }
  return guarded;
}

function answerTo(method: string, params: { readonly protocolVersion?: string }): object {
  if (method === 'initialize')
    return {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'guarded', version: '1' },
    };
  if (method === 'tools/list') return { tools: [{ name: 'who', inputSchema: { type: 'object' } }] };
  return method === 'tools/call' ? { content: [{ type: 'text', text: 'you' }] } : {};
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
