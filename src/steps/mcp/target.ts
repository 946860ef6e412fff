/** A server as it is written down becomes one that can be started: the one place where its secrets become text. Pure. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { SecretText } from '../../core/expr/ast.ts';
import { bareObject } from '../../core/json.ts';
import type { McpTarget } from '../../core/mcp.ts';
import { plainHost } from '../../core/net/hosts.ts';
import type { McpServer } from '../../core/plan/mcp-request.ts';
import { clearText, type Secrets } from '../run/environment.ts';

type HttpTarget = McpTarget & { readonly kind: 'http' };

export interface Surroundings {
  readonly secrets: Secrets;
  /** Giga's own environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The workspace root. */
  readonly root: string;
}

/** What a program needs to find its way on a machine. Everything else of giga's environment is none of a server's business. */
const INHERITED: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TERM',
  'APPDATA',
  'LOCALAPPDATA',
  'PATHEXT',
  'PROGRAMFILES',
  'SYSTEMDRIVE',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'USERNAME',
  'USERPROFILE',
  'COMSPEC',
];

export function targetOf(server: McpServer, around: Surroundings): McpTarget | Diagnostic {
  const missing: string[] = [];
  const text = (value: string | SecretText): string => {
    const clear = clearText(value, around.secrets);
    return server.from === undefined ? clear : expanded(clear, around, missing);
  };
  const texts = (map: McpServer['env'] = {}): Record<string, string> =>
    bareObject(Object.entries(map).map(([name, value]) => [name, text(value)] as const));
  const { name, capability } = server;
  if (capability !== undefined) return { kind: 'own', name, capability };
  const target: McpTarget | null =
    server.command !== undefined
      ? {
          kind: 'stdio',
          name,
          command: text(server.command),
          args: (server.args ?? []).map(text),
          env: { ...inherited(around.env), ...texts(server.env) },
          cwd: around.root,
        }
      : server.url === undefined
        ? null
        : httpTarget(server, text(server.url), texts(server.headers), authOf(server, text));
  if (target === null)
    return problem('STEP_BAD_REQUEST', `The MCP server \`${name}\` has neither \`command\` nor \`url\`.`);
  if (missing.length > 0)
    return problem('STEP_MCP_START', `The MCP server \`${name}\` of \`${server.from}\` needs ${missing.join(', ')}.`, {
      hint: 'Set the variable, declare a secret of this name in the workflow, or write `${NAME:-default}`.',
    });
  return urlProblem(target) ?? target;
}

/** Names of this machine: who names one of them means any. */
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '::1'];

function httpTarget(
  { name, named }: McpServer,
  url: string,
  headers: Record<string, string>,
  auth: Pick<HttpTarget, 'auth'>,
): HttpTarget {
  const hosts = [...(named ?? [hostOf(url)]), ...(auth.auth?.issuer === undefined ? [] : [hostOf(auth.auth.issuer)])];
  const isHere = hosts.some((host) => LOOPBACK.includes(host));
  return { kind: 'http', name, url, named: isHere ? [...hosts, ...LOOPBACK] : hosts, headers, ...auth };
}

function hostOf(url: string): string {
  return plainHost(URL.parse(url)?.hostname ?? '');
}

function authOf(server: McpServer, text: (value: string | SecretText) => string): Pick<HttpTarget, 'auth'> {
  const { auth } = server;
  if (auth === undefined) return {};
  const { clientSecret, privateKey, ...rest } = auth;
  return {
    auth: {
      ...rest,
      ...(clientSecret !== undefined && { clientSecret: text(clientSecret) }),
      ...(privateKey !== undefined && { privateKey: text(privateKey) }),
    },
  };
}

function urlProblem(target: McpTarget): Diagnostic | null {
  if (target.kind !== 'http') return null;
  const url = URL.parse(target.url);
  if (url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '')
    return null;
  return problem(
    'STEP_MCP_START',
    `The address of the MCP server \`${target.name}\` is no plain http: or https: address.`,
  );
}

function inherited(env: Surroundings['env']): Record<string, string> {
  const kept = INHERITED.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return bareObject(kept);
}

/** In a default no brace may stand: one that is never closed would be looked for again from each that is opened. */
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}/g;

/** `${NAME}` and `${NAME:-default}`, as `.mcp.json` has them; secrets of the workflow come first. */
function expanded(text: string, { secrets, env }: Surroundings, missing: string[]): string {
  return text.replaceAll(VARIABLE, (_, name: string, fallback?: string) => {
    const value = secrets.get(name) ?? env[name] ?? fallback;
    if (value === undefined) missing.push(name);
    return value ?? '';
  });
}
