/**
 * What the `claude` command line says (`--output-format stream-json`), line by line: tools that it called, turns, its end. Pure; tried with 2.1.197.
 *
 * | line | says |
 * | --- | --- |
 * | `system`, `init` | the session begins, under this id |
 * | `assistant` | an answer of the model, or a part of one; calls of tools are in it |
 * | `user` | what tools gave |
 * | `result` | the end, with the answer, what it cost, and what was denied |
 */
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

export interface CliTool {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
}

export interface CliResult {
  readonly subtype: string;
  readonly isError: boolean;
  readonly text: string;
  readonly structured: Json | null;
  readonly stop: string | null;
  readonly usd: number | null;
  readonly usage: JsonObject;
  readonly turns: number;
  readonly model: string | null;
  /** Names of the tools. */
  readonly denied: readonly string[];
  /** Of the API, where that failed. */
  readonly status: number | null;
}

export type CliEvent =
  | { readonly kind: 'began'; readonly session: string; readonly model: string | null }
  | { readonly kind: 'said'; readonly calls: readonly CliTool[]; readonly text: string; readonly isInner: boolean }
  | {
      readonly kind: 'gave';
      readonly results: readonly { readonly id: string; readonly content: Json; readonly isError: boolean }[];
    }
  | { readonly kind: 'ended'; readonly result: CliResult };

/** Null for a line that says nothing of this; also for one that is no JSON, since only the end is relied on. */
export function cliEvent(line: string): CliEvent | null {
  const value = jsonOf(line);
  if (value === null) return null;
  switch (value.type) {
    case 'system':
      return value.subtype === 'init' && typeof value.session_id === 'string'
        ? { kind: 'began', session: value.session_id, model: textOr(value.model) }
        : null;
    case 'assistant':
      return saidIn(value);
    case 'user':
      return gaveIn(value);
    case 'result':
      return { kind: 'ended', result: resultIn(value) };
    default:
      return null;
  }
}

function jsonOf(line: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

function blocksOf({ message }: JsonObject): readonly JsonObject[] {
  const content = isJsonObject(message) ? message.content : null;
  return Array.isArray(content) ? content.filter(isJsonObject) : [];
}

/** `isInner`: of an agent that this one has begun. */
function saidIn(value: JsonObject): CliEvent {
  const blocks = blocksOf(value);
  const calls = blocks.flatMap(({ type, id, name, input }) =>
    type === 'tool_use' && typeof id === 'string' && typeof name === 'string'
      ? [{ id, name, args: isJsonObject(input) ? input : {} }]
      : [],
  );
  const text = blocks
    .flatMap((block) => (block.type === 'text' && typeof block.text === 'string' ? [block.text] : []))
    .join('');
  return { kind: 'said', calls, text, isInner: typeof value.parent_tool_use_id === 'string' };
}

function gaveIn(value: JsonObject): CliEvent {
  const results = blocksOf(value).flatMap(({ type, tool_use_id: id, content, is_error: isError }) =>
    type === 'tool_result' && typeof id === 'string'
      ? [{ id, content: content ?? null, isError: isError === true }]
      : [],
  );
  return { kind: 'gave', results };
}

function resultIn(value: JsonObject): CliResult {
  const denials = Array.isArray(value.permission_denials) ? value.permission_denials.filter(isJsonObject) : [];
  const [model = null] = isJsonObject(value.modelUsage) ? Object.keys(value.modelUsage) : [];
  return {
    subtype: textOr(value.subtype) ?? '',
    isError: value.is_error === true,
    text: textOr(value.result) ?? '',
    structured: value.structured_output ?? null,
    stop: textOr(value.stop_reason),
    usd: numberOr(value.total_cost_usd),
    usage: usageIn(value.usage),
    turns: numberOr(value.num_turns) ?? 0,
    model,
    denied: denials.map(({ tool_name: name }) => textOr(name) ?? 'a tool'),
    status: numberOr(value.api_error_status),
  };
}

function usageIn(usage: Json | undefined): JsonObject {
  const given = isJsonObject(usage) ? usage : {};
  return {
    input: numberOr(given.input_tokens) ?? 0,
    output: numberOr(given.output_tokens) ?? 0,
    'cache-read': numberOr(given.cache_read_input_tokens) ?? 0,
    'cache-write': numberOr(given.cache_creation_input_tokens) ?? 0,
  };
}

function textOr(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOr(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
