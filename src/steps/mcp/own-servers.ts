/** Connects to capabilities of giga's own process as to servers of others: bounded in time and size, and what they throw is a typed failure. Knows no plugins. */
import type { Capabilities, Capability, CapabilityCall } from '../../core/capability.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { depthOfText, MAX_GIVEN_DEPTH } from '../../core/json-depth.ts';
import type { McpCall, McpConnection, McpConnector, McpEnd, McpListKind, McpRequestBody } from '../../core/mcp.ts';
import type { Clock } from '../../core/ports.ts';
import type { AttemptError } from '../../core/run/event.ts';

/** A connector that knows them beside the servers of others. */
export function withOwnServers(connector: McpConnector, capabilities: Capabilities, clock: Clock): McpConnector {
  return {
    fault: connector.fault,
    async connect(target, face, call) {
      if (target.kind !== 'own') return connector.connect(target, face, call);
      const capability = capabilities.get(target.capability);
      if (capability !== undefined)
        return { ok: true, value: connection(target.name, capability, { clock, maxBytes: call.maxBytes }) };
      const message = `The MCP server \`${target.name}\` cannot be used: nobody brings \`${target.capability}\`.`;
      return { ok: false, error: { ...problem('STEP_MCP_START', message), retryable: false } };
    },
  };
}

interface Bounds {
  readonly clock: Clock;
  readonly maxBytes: number;
}

function connection(name: string, capability: Capability, bounds: Bounds): McpConnection {
  let isEnded = false;
  const { version, instructions, resources = [], prompts = [] } = capability;
  return {
    about: {
      name,
      version,
      protocol: 'giga',
      capabilities: {
        tools: {},
        ...(resources.length > 0 && { resources: {} }),
        ...(prompts.length > 0 && { prompts: {} }),
      },
      ...(instructions !== undefined && { instructions }),
    },
    async request(body, call) {
      const work = workOf(capability, body);
      const what = body.kind === 'resource' ? body.uri : body.name;
      if (work === null)
        return failed('STEP_MCP_UNKNOWN', `The MCP server \`${name}\` has no ${body.kind} \`${what}\`.`);
      return bounded(name, what, call, bounds, work);
    },
    list: async (kind) => ({ ok: true, value: listOf(capability, kind) }),
    updates: async (uri) => failed('STEP_MCP_UNKNOWN', `The MCP server \`${name}\` tells no changes of \`${uri}\`.`),
    ping: async () => ({ ok: true, value: null }),
    changes: () => 0,
    isEnded: () => isEnded,
    async close() {
      isEnded = true;
    },
  };
}

type Work = (call: CapabilityCall) => Promise<JsonObject>;

function workOf({ tools, resources, prompts }: Capability, body: McpRequestBody): Work | null {
  switch (body.kind) {
    case 'tool': {
      const tool = tools.find(({ name }) => name === body.name);
      return tool === undefined ? null : (call) => tool.call(body.arguments, call);
    }
    case 'resource': {
      const resource = resources?.find(({ uri }) => uri === body.uri);
      return resource === undefined ? null : (call) => resource.read(call);
    }
    case 'prompt': {
      const prompt = prompts?.find(({ name }) => name === body.name);
      return prompt === undefined ? null : (call) => prompt.get(body.arguments, call);
    }
    default:
      return body satisfies never;
  }
}

function listOf({ tools, resources = [], prompts = [] }: Capability, kind: McpListKind): readonly JsonObject[] {
  switch (kind) {
    case 'tools':
      return tools.map(({ call: _call, ...tool }) => tool as unknown as JsonObject); // plain JSON
    case 'resources':
      return resources.map(({ uri, definition }) => ({ ...definition, uri }));
    case 'prompts':
      return prompts.map(({ name, definition }) => ({ ...definition, name }));
    case 'resource-templates':
      return [];
    default:
      return kind satisfies never;
  }
}

/** Ends when the work does, when nobody waits any more, or after too long without progress. */
function bounded(
  name: string,
  what: string,
  { signal, timeoutMs, progress }: McpCall,
  { clock, maxBytes }: Bounds,
  work: Work,
): Promise<McpEnd<JsonObject>> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = (how: McpEnd<JsonObject>): void => {
      stopTimer();
      signal.removeEventListener('abort', stop);
      over.abort();
      resolve(how);
    };
    const late = (): void =>
      end(failed('STEP_MCP_TIMEOUT', `The MCP server \`${name}\` did not answer in time: \`${what}\`.`, true));
    const stop = (): void => end(failed('STEP_CANCELLED', `The step was stopped during \`${what}\`.`));
    let stopTimer = clock.after(timeoutMs, late);
    signal.addEventListener('abort', stop);
    if (signal.aborted) return stop();
    const call: CapabilityCall = {
      signal: over.signal,
      progress(line) {
        if (over.signal.aborted) return;
        stopTimer();
        stopTimer = clock.after(timeoutMs, late);
        progress?.(line);
      },
    };
    const answer = async (): Promise<void> => {
      try {
        end(plain(name, what, await work(call), maxBytes));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        end(failed('STEP_MCP_ERROR', `The MCP server \`${name}\` failed at \`${what}\`: ${why.slice(0, SHOWN)}`));
      }
    };
    void answer();
  });
}

const SHOWN = 600;

/** What it gave as JSON, whatever it was: nothing of it is shared with who made it. */
function plain(name: string, what: string, given: JsonObject, maxBytes: number): McpEnd<JsonObject> {
  const text = JSON.stringify(given);
  if (text === undefined || depthOfText(text) > MAX_GIVEN_DEPTH)
    return failed(
      'STEP_MCP_RESULT',
      `The MCP server \`${name}\` answered \`${what}\` with something else than a result.`,
    );
  if (Buffer.byteLength(text) > maxBytes)
    return failed('STEP_MCP_TOO_LARGE', `The answer of \`${what}\` has more than ${maxBytes} bytes.`);
  const json: unknown = JSON.parse(text);
  if (isJsonObject(json)) return { ok: true, value: json };
  return failed(
    'STEP_MCP_RESULT',
    `The MCP server \`${name}\` answered \`${what}\` with something else than a result.`,
  );
}

function failed(
  code: AttemptError['code'],
  message: string,
  retryable = false,
): { readonly ok: false; readonly error: AttemptError } {
  return { ok: false, error: { ...problem(code, message), retryable } };
}
