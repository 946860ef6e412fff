/** What a run asked of MCP servers, and what these asked of it: read from its journal, in order. Pure. */
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Path, Recorded } from '../../core/run/event.ts';

export interface AuditLine {
  /** Wall clock, ms since 1970. */
  readonly at: number;
  readonly step: Path;
  readonly kind: 'call' | 'model-call' | 'calls-repeated' | 'tools-changed';
  /** `server.tool` of an `mcp` step, `server__tool` of an agent; else the server. */
  readonly what: string;
  /** `ok`, `failed` or `denied` of a call. */
  readonly verdict: string | null;
  readonly durationMs: number | null;
  /** As they were noted. */
  readonly arguments: Json;
  readonly digest: string | null;
  readonly bytes: number | null;
  /** What else was noted. */
  readonly more: JsonObject;
}

/** Tools of giga's own that an agent called are none of a server's. Notes that are damaged are passed over. */
export function auditOf(records: readonly Recorded[]): readonly AuditLine[] {
  return records.flatMap((record) => {
    if (record.type !== 'attempt.noted' || !isJsonObject(record.data)) return [];
    const line = lineOf(record.data);
    return line === null ? [] : [{ at: record.at, step: record.node, ...line }];
  });
}

type Line = Omit<AuditLine, 'at' | 'step'>;

function lineOf(data: JsonObject): Line | null {
  const { kind, tool, server, verdict, 'duration-ms': durationMs, arguments: args, digest, bytes } = data;
  const nothing = { verdict: null, durationMs: null, arguments: null, digest: null, bytes: null };
  if (kind === 'tool-ended' && typeof tool === 'string' && /\.|__/.test(tool))
    return {
      kind: 'call',
      what: tool,
      verdict: textOr(verdict),
      durationMs: numberOr(durationMs),
      arguments: args ?? null,
      digest: textOr(digest),
      bytes: numberOr(bytes),
      more: {},
    };
  if (typeof server !== 'string') return null;
  const { kind: _, server: __, ...more } = data;
  if (kind === 'call-ended') return { ...nothing, kind: 'model-call', what: server, more };
  if (kind === 'calls-repeated' || kind === 'tools-changed') return { ...nothing, kind, what: server, more };
  return null;
}

function textOr(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOr(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
