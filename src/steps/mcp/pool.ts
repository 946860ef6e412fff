/**
 * The MCP servers of a run: started when they are first needed, shared by all its steps, closed with it. A call goes to the replica
 * with the fewest calls; one that fails again and again is left alone for a while. Knows connections, no tools.
 *
 * replica: (none) --start--> ready --ended, or a ping unanswered--> (none), started again at the next call
 *          a ping is sent to one that was idle, or whose last call went wrong
 *          failures in a row: 1 free, then a pause that doubles, up to 30 s ("open"); one good call forgets them
 */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import { digest, type Json } from '../../core/json.ts';
import type { McpCall, McpConnection, McpConnector, McpEnd, McpFace } from '../../core/mcp.ts';
import type { McpServer } from '../../core/plan/mcp-request.ts';
import type { Clock } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { type Surroundings, targetOf } from './target.ts';

export interface PoolOptions {
  readonly connector: McpConnector;
  readonly clock: Clock;
  readonly around: Surroundings;
  readonly face: McpFace;
}

export interface McpPool {
  readonly connector: McpConnector;
  /** Never rejects. Whoever takes a lease gives it back. */
  lease(server: McpServer, call: McpCall): Promise<McpEnd<Lease>>;
  /** A connection to a server that is there; null where none is. */
  current(server: McpServer): McpConnection | null;
  /** Resolves when nothing of any server is left. */
  close(): Promise<void>;
}
export interface Lease {
  readonly connection: McpConnection;
  /** `error`: how the call failed. One that is the server's own answer speaks for it. */
  release(error?: AttemptError): void;
}

export const USUAL_CALL_TIMEOUT_MS = 60_000;
export const USUAL_MAX_OUTPUT = 1_048_576;
/** A message is larger than what is kept of it: base64, quotes, lists of tools. */
const LEAST_MESSAGE = 16 * 1_048_576;
/** Unused for so long, it is asked whether it is still there. */
const IDLE_MS = 30_000;
const PING_MS = 5_000;
const FREE_FAILURES = 1;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

interface Replica {
  connection: McpConnection | null;
  starting: Promise<McpEnd<McpConnection>> | null;
  busy: number;
  failures: number;
  openUntilMs: number;
  usedMs: number;
  /** Its last call went wrong: whether it is still there is asked before the next one. */
  isSuspect: boolean;
  /** The end of the last call, where calls come one after the other. */
  turn: Promise<void>;
}

export function createMcpPool(options: PoolOptions): McpPool {
  const { clock, connector } = options;
  const all = new Map<string, Replica[]>();
  const over = new AbortController();
  const replicasOf = (server: McpServer): Replica[] => {
    const key = digest(server as unknown as Json); // plain JSON, with names of secrets in place of them
    const known = all.get(key) ?? [];
    all.set(key, known);
    return known;
  };
  return {
    connector,
    async lease(server, call) {
      const picked = pick(replicasOf(server), server, clock.monotonicMs());
      if ('code' in picked) return { ok: false, error: picked };
      picked.busy += 1;
      const endTurn = isSerial(server) ? await takeTurn(picked, call.signal) : () => {};
      // Who came before may have found that it does not start.
      if (picked.openUntilMs > clock.monotonicMs()) {
        picked.busy -= 1;
        endTurn();
        return { ok: false, error: leftAlone([picked], server, clock.monotonicMs()) };
      }
      const end = await alive(picked, server, { ...options, over: over.signal }, call);
      const release = (error?: AttemptError): void => {
        picked.busy -= 1;
        picked.usedMs = clock.monotonicMs();
        judge(picked, error, clock.monotonicMs());
        endTurn();
      };
      if (!end.ok) release(end.error);
      return end.ok ? { ok: true, value: { connection: end.value, release } } : end;
    },
    current(server) {
      const there = replicasOf(server).find(({ connection }) => connection !== null && !connection.isEnded());
      return there?.connection ?? null;
    },
    async close() {
      over.abort();
      await Promise.all(
        [...all.values()].flat().map(async (replica) => {
          await replica.starting;
          await replica.connection?.close();
        }),
      );
    },
  };
}

/** Calls of a stateful server depend on each other; and of one that asks for model calls it must be known whose they are. */
function isSerial({ stateful, sampling }: McpServer): boolean {
  return stateful === true || sampling !== undefined;
}

/** Calls come one after the other, in the order in which they were asked for. */
async function takeTurn(replica: Replica, signal: AbortSignal): Promise<() => void> {
  const before = replica.turn;
  let end = (): void => {};
  replica.turn = new Promise((resolve) => {
    end = resolve;
  });
  await orAborted(before, signal, undefined);
  // One that does not wait any more must not let the next one in early.
  return () => void before.then(end);
}

/** The replica with the fewest calls; a new one where all are at work and there may be more. */
function pick(replicas: Replica[], server: McpServer, nowMs: number): Replica | AttemptError {
  const most = server.stateful === true ? 1 : (server.replicas ?? 1);
  const usable = replicas.filter(({ openUntilMs }) => openUntilMs <= nowMs);
  const [best] = usable.toSorted((a, b) => a.busy - b.busy);
  if (best !== undefined && (best.busy === 0 || replicas.length >= most)) return best;
  if (replicas.length < most) {
    const fresh: Replica = {
      connection: null,
      starting: null,
      busy: 0,
      failures: 0,
      openUntilMs: 0,
      usedMs: nowMs,
      isSuspect: false,
      turn: Promise.resolve(),
    };
    replicas.push(fresh);
    return fresh;
  }
  return leftAlone(replicas, server, nowMs);
}

function leftAlone(replicas: readonly Replica[], server: McpServer, nowMs: number): AttemptError {
  const retryAfterMs = Math.max(0, Math.min(...replicas.map(({ openUntilMs }) => openUntilMs)) - nowMs);
  const message = `The MCP server \`${server.name}\` failed several times in a row, and is left alone for ${Math.ceil(retryAfterMs)} ms.`;
  return { ...problem('STEP_MCP_START', message), retryable: true, retryAfterMs };
}

function judge(replica: Replica, error: AttemptError | undefined, nowMs: number): void {
  if (error?.code !== 'STEP_MCP_START' && error?.code !== 'STEP_MCP_LOST' && error?.code !== 'STEP_MCP_TIMEOUT') {
    if (error === undefined) replica.failures = 0;
    return;
  }
  replica.failures += 1;
  replica.isSuspect = true;
  const times = replica.failures - FREE_FAILURES;
  if (times > 0) replica.openUntilMs = nowMs + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (times - 1));
}

/** `over`: the run is, and nothing may be started any more. */
type Starting = PoolOptions & { readonly over: AbortSignal };

/** Its connection: the one that is there, or a new one. Calls that come while it starts share the start, which is none of theirs to stop. */
async function alive(
  replica: Replica,
  server: McpServer,
  options: Starting,
  call: McpCall,
): Promise<McpEnd<McpConnection>> {
  const { connection } = replica;
  if (connection !== null && !connection.isEnded()) {
    const isIdle = options.clock.monotonicMs() - replica.usedMs > IDLE_MS && replica.busy === 1;
    if (!isIdle && !replica.isSuspect) return { ok: true, value: connection };
    const ping = await connection.ping({ ...call, timeoutMs: Math.min(PING_MS, call.timeoutMs) });
    if (ping.ok) replica.isSuspect = false;
    if (ping.ok || call.signal.aborted) return { ok: true, value: connection };
  }
  replica.starting ??= start(replica, server, options, call).finally(() => {
    replica.starting = null;
  });
  const stopped = problem('STEP_CANCELLED', 'The step was stopped before the MCP server was there.');
  return orAborted(replica.starting, call.signal, { ok: false, error: stopped });
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal, otherwise: T): Promise<T> {
  let stop = (): void => {};
  const aborted = new Promise<T>((resolve) => {
    stop = () => resolve(otherwise);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function start(
  replica: Replica,
  server: McpServer,
  options: Starting,
  { timeoutMs }: McpCall,
): Promise<McpEnd<McpConnection>> {
  await replica.connection?.close();
  replica.connection = null;
  const target = targetOf(server, options.around);
  if ('code' in target) return { ok: false, error: hopeless(target) };
  const maxBytes = Math.max(LEAST_MESSAGE, 2 * (server.maxOutput ?? USUAL_MAX_OUTPUT));
  const end = await options.connector.connect(target, options.face, { signal: options.over, timeoutMs, maxBytes });
  if (end.ok) {
    replica.connection = end.value;
    replica.isSuspect = false;
  }
  return end;
}

function hopeless(diagnostic: Diagnostic): AttemptError {
  return { ...diagnostic, retryable: false };
}
