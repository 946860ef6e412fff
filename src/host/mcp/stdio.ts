/**
 * A program that speaks MCP on its standard streams, in a process group of its own: lines of JSON, bounded, and what it wrote to
 * stderr last. Knows no requests.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  deserializeMessage,
  type JSONRPCMessage,
  serializeMessage,
  type Transport,
} from '@modelcontextprotocol/client';
import type { McpTarget } from '../../core/mcp.ts';
import { signalGroup } from '../process/group.ts';
import { killAfter } from '../process/leftovers.ts';

/** From closing its stdin to TERM, and from there to KILL. */
const LEAVE_MS = 500;
const GRACE_MS = 2_000;
const KEPT_WORDS = 2_048;
/** Lines that are no messages: more of them, and it is not a server that prints a greeting. */
const MAX_GARBAGE = 1_000;
/** Notifications and questions since its last answer: more of them, and it does not mean giga. */
const MAX_UNASKED = 100_000;

export interface StdioTransport extends Transport {
  /** Why it is over, in words; null while it lives. */
  why(): string | null;
  /** The process group, once it runs. */
  group(): number | null;
}

type StdioTarget = McpTarget & { readonly kind: 'stdio' };

export function stdioTransport(
  target: StdioTarget,
  maxBytes: number,
  groups: { started(group: number): void; ended(group: number): void },
): StdioTransport {
  let child: ChildProcess | null = null;
  let ended: Promise<void> = Promise.resolve();
  let reason: string | null = null;
  let words = '';
  let garbage = 0;
  let unasked = 0;
  const over = (why: string): void => {
    if (reason !== null) return;
    const last = words.trim();
    reason = last === '' ? why : `${why} It wrote last: ${last}`;
    if (child?.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  };
  const transport: StdioTransport = {
    why: () => reason,
    group: () => child?.pid ?? null,
    async start() {
      const started = spawn(target.command, [...target.args], {
        cwd: target.cwd,
        env: { ...target.env },
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
        windowsHide: true,
      });
      const { pid } = started;
      if (pid === undefined) {
        const error = await new Promise<Error>((resolve) => started.once('error', resolve));
        throw error;
      }
      child = started;
      groups.started(pid);
      started.on('error', () => {});
      started.stdin.on('error', () => {}); // its end is told by 'exit'
      const lines = lineReader(
        maxBytes,
        (line) => take(line),
        () => over(`It sent a message of more than ${maxBytes} bytes.`),
      );
      started.stdout.on('data', (chunk: Buffer) => {
        if (reason === null) lines(chunk);
      });
      started.stderr.on('data', (chunk: Buffer) => {
        words = (words + chunk.toString('utf8')).slice(-KEPT_WORDS);
      });
      ended = new Promise((resolve) => {
        started.once('close', (code, signal) => {
          over(signal === null ? `It ended with exit code ${code}.` : `It was ended by ${signal}.`);
          transport.onclose?.();
          void killAfter(pid, 0).then(() => {
            groups.ended(pid);
            resolve();
          });
        });
      });
    },
    async send(message) {
      const stdin = child?.stdin;
      if (reason !== null || !stdin?.writable) throw new Error(reason ?? 'It is not there.');
      const isTaken = stdin.write(serializeMessage(message));
      if (!isTaken)
        await new Promise<void>((resolve) => {
          const done = (): void => {
            stdin.off('drain', done).off('close', done);
            resolve();
          };
          stdin.on('drain', done).on('close', done);
        });
    },
    async close() {
      const pid = child?.pid;
      if (pid === undefined) return;
      child?.stdin?.end();
      await within(ended, LEAVE_MS);
      signalGroup(pid, 'SIGTERM');
      await killAfter(pid, GRACE_MS);
      await within(ended, GRACE_MS);
    },
  };
  const take = (line: string): void => {
    const message = messageIn(line);
    if (message !== null) {
      unasked = 'method' in message ? unasked + 1 : 0;
      if (unasked > MAX_UNASKED) over(`It sent more than ${MAX_UNASKED} messages that nobody asked for.`);
      else transport.onmessage?.(message);
    } else if (line.trim() !== '' && ++garbage > MAX_GARBAGE) over('It writes lines to stdout that are no messages.');
  };
  return transport;
}

function messageIn(line: string): JSONRPCMessage | null {
  try {
    return deserializeMessage(line);
  } catch {
    return null;
  }
}

/** Cuts a stream at the ends of its lines. What is longer than `maxBytes` is told once, and nothing after it. */
function lineReader(maxBytes: number, take: (line: string) => void, tooLong: () => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(10); size <= maxBytes; end = chunk.indexOf(10, from)) {
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      parts.push(part);
      size += part.length;
      if (size > maxBytes) {
        parts = [];
        return tooLong();
      }
      if (end < 0) return;
      const line = Buffer.concat(parts, size).toString('utf8');
      parts = [];
      size = 0;
      from = end + 1;
      take(line);
    }
  };
}

/** Waits for it, but not longer. */
async function within(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)))]);
  clearTimeout(timer);
}
