/** The port by which steps talk to MCP servers. Knows what is asked and how it can end; no library, no processes, no sockets. */
import type { Json, JsonObject } from './json.ts';
import type { AttemptError } from './run/event.ts';

/** A server as it is started or reached: secrets are in their places. */
export type McpTarget =
  | {
      readonly kind: 'stdio';
      readonly name: string;
      readonly command: string;
      readonly args: readonly string[];
      /** All of its environment. */
      readonly env: Readonly<Record<string, string>>;
      /** Absolute. */
      readonly cwd: string;
    }
  | {
      readonly kind: 'http';
      readonly name: string;
      readonly url: string;
      /** Hosts that may be private: it was said which. */
      readonly named: readonly string[];
      readonly headers: Readonly<Record<string, string>>;
      readonly auth?: McpCredentials;
    }
  /** In giga's own process. */
  | { readonly kind: 'own'; readonly name: string; readonly capability: string };
export interface McpCredentials {
  readonly clientId: string;
  /** With one of these giga signs in by itself. */
  readonly clientSecret?: string;
  /** In PEM. */
  readonly privateKey?: string;
  readonly issuer?: string;
  readonly scope?: string;
}

/** What a server may ask of giga in the middle of a call. */
export interface McpFace {
  /** Absolute paths of the folders that it may take for its own. */
  readonly roots: readonly string[];
  /** A question to a person. Absent: nobody is there, and it is declined. */
  readonly elicit?: (asked: McpQuestion, signal: AbortSignal) => Promise<McpAnswerOfPerson>;
  /** Shows a person the address at which they sign in to a server. Absent: nobody is there. */
  readonly signIn?: (server: string, url: string) => void;
}
/** Answers a model call that a server asks for, in the form of the protocol. */
export type McpSample = (request: JsonObject, signal: AbortSignal) => Promise<McpEnd<JsonObject>>;
export interface McpQuestion {
  readonly server: string;
  readonly message: string;
  /** A flat JSON Schema of the object that is asked for. */
  readonly schema: JsonObject;
}
export type McpAnswerOfPerson =
  | { readonly action: 'accept'; readonly content: JsonObject }
  | { readonly action: 'decline' | 'cancel' };

export type McpEnd<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: AttemptError };

export interface McpTool {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly annotations?: JsonObject;
}

export interface McpAbout {
  readonly name: string;
  readonly version: string;
  /** Of the protocol. */
  readonly protocol: string;
  readonly capabilities: JsonObject;
  readonly instructions?: string;
}

export interface McpCall {
  readonly signal: AbortSignal;
  /** Without any progress. */
  readonly timeoutMs: number;
  readonly progress?: (line: string) => void;
  /** Answers model calls that the server asks for in the middle of this one. Absent: they are refused. */
  readonly sample?: McpSample;
}

/** A request whose result has the form of the protocol. */
export type McpRequestBody =
  | { readonly kind: 'tool'; readonly name: string; readonly arguments: JsonObject }
  | { readonly kind: 'resource'; readonly uri: string }
  | { readonly kind: 'prompt'; readonly name: string; readonly arguments: JsonObject };
export type McpListKind = 'tools' | 'resources' | 'resource-templates' | 'prompts';

/** A server that is there. Nothing rejects. */
export interface McpConnection {
  readonly about: McpAbout;
  request(body: McpRequestBody, call: McpCall): Promise<McpEnd<JsonObject>>;
  /** All pages, as they are now. Empty where the server has no such things. */
  list(kind: McpListKind, call: McpCall): Promise<McpEnd<readonly JsonObject[]>>;
  /** Subscribes to a resource. Whoever has updates ends them. */
  updates(uri: string, call: McpCall): Promise<McpEnd<McpUpdates>>;
  ping(call: McpCall): Promise<McpEnd<null>>;
  /** How often the server said that what it offers is different. */
  readonly changes: () => number;
  /** It is over, by itself or by `close`. */
  readonly isEnded: () => boolean;
  /** Resolves when nothing of it is left. */
  close(): Promise<void>;
}

export interface McpUpdates {
  /** `updated` also where that was before it was asked; `ended`: the server is not there any more. */
  next(signal: AbortSignal): Promise<'updated' | 'ended' | 'stopped'>;
  end(): void;
}

export interface McpConnector {
  /** `maxBytes`: the largest message that is taken. */
  connect(
    target: McpTarget,
    face: McpFace,
    call: McpCall & { readonly maxBytes: number },
  ): Promise<McpEnd<McpConnection>>;
  /** What is wrong with a value first; null where it fits. Takes every draft that servers use. */
  fault(schema: JsonObject, value: Json): string | null;
}
