/** Finds out whether a service is ready. Knows what is asked, not how the service runs. */
import { closeSync, openSync, readSync } from 'node:fs';
import { RE2JS } from 're2js';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { HttpClient } from '../../core/http.ts';
import { plainHost } from '../../core/net/hosts.ts';
import { patternIn, type Readiness } from '../../core/plan/service-request.ts';
import type { ProcessEnd } from '../../core/process.ts';

/** True: ready. False: not yet. A diagnostic: it never will be. */
export type Probe = (signal: AbortSignal) => Promise<boolean | Diagnostic>;

export interface ProbeTools {
  readonly client: HttpClient;
  readonly connects: (port: number, signal: AbortSignal) => Promise<boolean>;
  /** Runs the command of `ready: { run }`. */
  readonly execute: (signal: AbortSignal) => Promise<ProcessEnd>;
  /** The files of its output. */
  readonly logs: readonly string[];
}

export interface Prepared {
  readonly probe: Probe;
  /** The port that it will take connections at, where that is said. */
  readonly port: number | null;
}

/** One answer of a server takes no longer. */
const ANSWER_MS = 5_000;
/** So much of the beginning of its output is looked through. */
const LOG_BYTES = 1_048_576;
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/** The probe for what the workflow says, or why it can be none. */
export function prepare(ready: Readiness, tools: ProbeTools): Prepared | Diagnostic {
  if (ready.http !== undefined) return httpProbe(ready, ready.http, tools.client);
  if (ready.port !== undefined) return portProbe(ready.port, tools);
  if (ready.log !== undefined) return { port: null, probe: logProbe(ready.log, tools.logs) };
  return { port: null, probe: commandProbe(tools) };
}

function httpProbe(ready: Readiness, address: string, client: HttpClient): Prepared | Diagnostic {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return problem('STEP_HTTP_URL', `The address \`${address.slice(0, 200)}\` of \`ready\` cannot be asked.`, {
      hint: 'Write it whole, such as `http://127.0.0.1:3000/`.',
    });
  const host = plainHost(url.hostname);
  // A service on this machine is what this is for.
  const { named = [] } = ready;
  const permitted = LOOPBACK.has(host) ? { net: null, named: [host] } : { net: ready.net ?? null, named };
  const call = { url: url.href, method: 'GET', headers: {}, ...permitted, keepsRedirect: () => true, sink: () => DEAF };
  const usual = url.protocol === 'https:' ? 443 : 80;
  return {
    port: url.port === '' ? usual : Number(url.port),
    async probe(signal) {
      const end = await client.send(call, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]));
      if (end.kind === 'failed') return end.error.code === 'STEP_HTTP_REFUSED' ? end.error : false;
      return end.head.status >= 200 && end.head.status < 400;
    },
  };
}

/** What the server says besides is of no interest. */
const DEAF = { write: () => Promise.resolve(null) };

function portProbe(text: string, { connects }: ProbeTools): Prepared | Diagnostic {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535)
    return problem('STEP_BAD_REQUEST', `The port \`${text.slice(0, 60)}\` of \`ready\` is no number from 1 to 65535.`);
  return { port, probe: (signal) => connects(port, signal) };
}

function logProbe(text: string, logs: readonly string[]): Probe {
  const pattern = patternIn(text);
  const compiled = pattern === null ? null : RE2JS.compile(`(?m)${pattern}`);
  return async () =>
    logs.map(beginningOf).some((log) => (compiled === null ? log.includes(text) : compiled.matcher(log).find()));
}

function beginningOf(file: string): string {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const bytes = Buffer.alloc(LOG_BYTES);
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, LOG_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}

function commandProbe({ execute }: ProbeTools): Probe {
  return async (signal) => {
    const end = await execute(signal);
    if (end.kind === 'refused') return end.diagnostic;
    return end.kind === 'exited' && end.code === 0;
  };
}
