/** `giga/plugin`: what a plugin is written with. Its functions give back what they are given; types do the rest. Imports nothing. */
import type { Given, Json, ObjectSchema, Schema, Value } from './schema.ts';

export type { Given, Json, ObjectSchema, Schema, Value } from './schema.ts';

/** What a step may use of the world: each call is checked against what the plugin was granted, and refused by an exception. */
export interface PluginContext {
  /** Of the workflow or of `giga.yaml`, as the schema `config` says. */
  readonly config: { readonly [name: string]: Json };
  /** Aborted when the step is to stop. */
  readonly signal: AbortSignal;
  /** Shown on the screen, and kept nowhere. */
  progress(line: string): void;
  /** Files of the workspace, by paths from its root: `permissions: { read, write }`. */
  readonly fs: {
    /** The text of a file (UTF-8, at most 4 MiB). */
    read(path: string): Promise<string>;
    /** Replaces a file, or makes it, whole. */
    write(path: string, text: string): Promise<void>;
    /** Files that match a pattern such as `src/**`, sorted. */
    list(pattern: string): Promise<readonly string[]>;
  };
  /** A request over HTTP to a host of `permissions: { net }`. */
  fetch(url: string, options?: FetchOptions): Promise<FetchAnswer>;
  /** A variable of giga's environment, of those in `permissions: { env }`; null where it is not set. */
  env(name: string): Promise<string | null>;
}

export interface FetchOptions {
  readonly method?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
}

export interface FetchAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** Text (UTF-8, at most 4 MiB). */
  readonly body: string;
}

export interface StepDefinition<I extends ObjectSchema = ObjectSchema, O extends ObjectSchema = ObjectSchema> {
  readonly description?: string;
  /** Of `with`. */
  readonly input: I;
  /** Of the outputs; what does not satisfy it is a failure of the step. */
  readonly output: O;
  /** What it throws is the failure of the step; `retryable: false` on the error says that trying again is of no use. */
  readonly run: (input: Given<I>, context: PluginContext) => Value<O> | Promise<Value<O>>;
}

/** A step of whatever schemas. */
export interface AnyStep extends Omit<StepDefinition, 'run'> {
  readonly run: (input: never, context: PluginContext) => unknown;
}

export interface PluginDefinition {
  readonly description?: string;
  /** What it may use; nothing where nothing is said. */
  readonly permissions?: {
    readonly read?: readonly string[];
    readonly write?: readonly string[];
    readonly net?: readonly string[];
    readonly env?: readonly string[];
  };
  readonly config?: Schema;
  readonly limits?: {
    /** Of one call: `5s`, `2m`. Default `1m`. */
    readonly timeout?: string;
    /** Of its process: `64MB`. Default `256MB`. */
    readonly memory?: string;
  };
  /** By name: letters, digits, `_`, `-`, `.`. */
  readonly steps?: { readonly [name: string]: AnyStep };
}

/** A module's default export. */
export function definePlugin<const P extends PluginDefinition>(plugin: P): P {
  return plugin;
}

/** A step whose `run` gets the types of its schemas. */
export function step<const I extends ObjectSchema, const O extends ObjectSchema>(
  definition: StepDefinition<I, O>,
): StepDefinition<I, O> {
  return definition;
}
