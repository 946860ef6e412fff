/**
 * What an agent had a stateful server do, so that a server that was started anew can be brought to where the agent left it: the calls that
 * succeeded are made again, in order, and what they give now is held against what they gave. Knows no models and no pool.
 */
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { McpConnection, McpEnd } from '../../core/mcp.ts';
import type { ToolAnswer } from '../tool.ts';

export interface PastCall {
  readonly id: string;
  /** As the model sees it. */
  readonly tool: string;
  /** Null where the journal has only a part of them. */
  readonly args: JsonObject | null;
  /** Of what the model was told. */
  readonly digest: string;
}

/** Which calls a connection has answered, by their ids. One for all agents of a run. */
export type Answered = WeakMap<McpConnection, Set<string>>;

export interface Past {
  /** Of earlier attempts; those of this one are added. */
  readonly calls: PastCall[];
  digest(id: string, answer: ToolAnswer): string;
  /** Calls were made again. `different`: tools that gave something else. */
  repeated(server: string, calls: number, different: readonly string[]): Promise<void>;
}

/** What earlier attempts noted of calls that succeeded. What is damaged is none. */
export function pastCalls(news: readonly JsonObject[]): PastCall[] {
  return news.flatMap((data): PastCall[] => {
    const { kind, verdict, call: id, tool, arguments: args, digest } = isJsonObject(data) ? data : {};
    if (kind !== 'tool-ended' || verdict !== 'ok' || typeof id !== 'string') return [];
    if (typeof tool !== 'string' || typeof digest !== 'string') return [];
    const isWhole = isJsonObject(args) && !(typeof args['cut'] === 'string' && typeof args['digest'] === 'string');
    return [{ id, tool, args: isWhole ? args : null, digest }];
  });
}

export interface Recall {
  readonly server: string;
  readonly connection: McpConnection;
  readonly answered: Answered;
  readonly past: Past;
  /** Whether a tool is one of this server. */
  readonly isOwn: (tool: string) => boolean;
  again(call: PastCall & { readonly args: JsonObject }): Promise<McpEnd<ToolAnswer>>;
}

/** Why the server is not where it was; null once it is. */
export async function bringBack({ server, connection, answered, past, isOwn, again }: Recall): Promise<string | null> {
  const known = answered.get(connection) ?? new Set<string>();
  answered.set(connection, known);
  const missing = past.calls.filter(({ id, tool }) => isOwn(tool) && !known.has(id));
  const different: string[] = [];
  for (const call of missing) {
    const { id, tool, args } = call;
    if (args === null) return lost(server, tool, 'its arguments are too long to stand in the journal');
    const end = await again({ ...call, args });
    if (!end.ok) return lost(server, tool, end.error.message);
    if (end.value.verdict !== 'ok') return lost(server, tool, 'this time it failed');
    if (past.digest(id, end.value) !== call.digest) different.push(tool);
    known.add(id);
  }
  if (missing.length > 0) await past.repeated(server, missing.length, different);
  return null;
}

function lost(server: string, tool: string, why: string): string {
  return `The server ${server} was started anew and cannot be brought to where it was: the call of \`${tool}\` could not be made again (${why}). What it knew of earlier calls is gone. This call was not made.`;
}
