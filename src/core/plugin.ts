/** The nouns of plugins: what a module says of itself, and the port by which its steps are called. Plain data; knows no modules and no processes. */
import type { Json, JsonObject } from './json.ts';
import type { Permissions } from './permissions/permissions.ts';
import type { AttemptError } from './run/event.ts';

/** How far a plugin is kept from the machine; each level also does what the one before it does. */
export const ISOLATIONS = ['none', 'limited', 'strict'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** What a plugin may be granted, and asks for in its manifest. */
export const PLUGIN_PERMISSIONS = ['read', 'write', 'net', 'env'] as const;
export type PluginPermission = (typeof PLUGIN_PERMISSIONS)[number];
export type PluginPermissions = { readonly [name in PluginPermission]?: readonly string[] };

export interface PluginStep {
  readonly description?: string;
  /** JSON Schemas of objects. */
  readonly input: JsonObject;
  readonly output: JsonObject;
}

export interface PluginManifest {
  readonly description?: string;
  readonly permissions: PluginPermissions;
  /** A JSON Schema of its configuration. */
  readonly config?: JsonObject;
  /** Of one call. */
  readonly timeoutMs: number;
  /** Of one process; bytes. */
  readonly memory: number;
  readonly steps: Readonly<Record<string, PluginStep>>;
}

/** A module, bundled: one text of JavaScript, and what it is made of. */
export interface PluginBundle {
  /** The digest of the text: another text is another plugin. */
  readonly integrity: string;
  /** CommonJS; asks only for modules of Node, and for none where it is isolated. */
  readonly code: string;
  /** A source map, as JSON. */
  readonly map: string;
  /** The files that it is made of, absolute, with what they held. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Modules of Node that it asks for. */
  readonly builtins: readonly string[];
}

/** Which plugin, and how it runs: what a plan says of it. */
export interface PluginRef {
  readonly name: string;
  /** Relative to the workspace root, or absolute. */
  readonly from: string;
  readonly integrity: string;
  readonly isolation: Isolation;
  readonly config: JsonObject;
}

export interface PluginCall {
  readonly plugin: PluginRef;
  readonly step: string;
  readonly input: JsonObject;
  /** What it was granted. */
  readonly granted: Permissions;
  readonly signal: AbortSignal;
  readonly root: string;
  /** Names the doing: the same for every attempt of a step. */
  readonly key: string;
  progress(line: string): void;
  /** Writes news of a capability into the journal. */
  note(news: JsonObject): Promise<boolean>;
}

export type PluginEnd =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly error: AttemptError };

/** Calls the steps of plugins. Nothing of it rejects. */
export interface PluginHost {
  call(call: PluginCall): Promise<PluginEnd>;
  /** Ends what was started. */
  close(): Promise<void>;
}
