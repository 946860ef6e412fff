/**
 * What a part of giga's own process can offer as an MCP server would: the port by which plugins bring capabilities. Whatever stands behind
 * it is used through the same gateway: allow-lists, pins, schemas, limits and the journal. Types only.
 */
import type { JsonObject } from './json.ts';
import type { McpTool } from './mcp.ts';

/** How a call is told about itself. */
export interface CapabilityCall {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  progress(line: string): void;
}

export interface CapabilityTool extends McpTool {
  /** In the form of the protocol: `{ content, structuredContent, isError }`. What it throws is an error of the server. */
  call(args: JsonObject, call: CapabilityCall): Promise<JsonObject>;
}
export interface CapabilityResource {
  readonly uri: string;
  /** What is said of it; `{ name, description, mimeType }`. */
  readonly definition: JsonObject;
  /** `{ contents }`. */
  read(call: CapabilityCall): Promise<JsonObject>;
}
export interface CapabilityPrompt {
  readonly name: string;
  /** `{ description, arguments }`. */
  readonly definition: JsonObject;
  /** `{ messages }`. */
  get(args: JsonObject, call: CapabilityCall): Promise<JsonObject>;
}

export interface Capability {
  readonly version: string;
  readonly instructions?: string;
  readonly tools: readonly CapabilityTool[];
  readonly resources?: readonly CapabilityResource[];
  readonly prompts?: readonly CapabilityPrompt[];
}

/** By name. A name that is not there is a server that cannot be started. */
export type Capabilities = ReadonlyMap<string, Capability>;
