/** The request of the step type `mcp`: what an ActionNode with `action: 'mcp'` evaluates to. */
import type { SecretText } from '../expr/ast.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { known } from '../known.ts';
import { parseBytes, parseDuration } from '../units.ts';

/** Exactly one of `tool`, `resource` and `prompt` is there. */
export interface McpRequest {
  readonly server: McpServer;
  readonly tool?: string;
  /** An address. */
  readonly resource?: string;
  /** It is read once it is another than it was when the step began. */
  readonly until?: 'changed';
  readonly prompt?: string;
  readonly arguments?: JsonObject;
  /** What `tool` may come to; `*` stands for any characters. */
  readonly tools?: readonly string[];
  /** Hosts that a server may be at; absent: any. */
  readonly net?: readonly string[];
  /** Bytes of the answer. Absent: what the server says. */
  readonly maxOutput?: number;
}

type Text = string | SecretText;

/** A server as it is written down. It has a `command`, a `url` or a `capability`. */
export interface McpServer {
  readonly name: string;
  /** A file of configuration, whose texts hold `${NAME}`; absent: the workflow. */
  readonly from?: string;
  /** Of giga's own process: who brings it says its name; it is not written by hand. */
  readonly capability?: string;
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, Text>>;
  readonly url?: string;
  /** Of an address that is made of values: hosts that may be private nevertheless. Absent: the host is written down, and may be. */
  readonly named?: readonly string[];
  readonly headers?: Readonly<Record<string, Text>>;
  readonly auth?: McpAuth;
  /** How many of it may run side by side, at least 1. */
  readonly replicas?: number;
  readonly stateful?: boolean;
  /** The tools that may be called; `*` stands for any characters. */
  readonly tools?: readonly string[];
  /** True: only with definitions in the lock file. False: never compared. */
  readonly pin?: boolean;
  /** Absent: it may ask for no model calls. */
  readonly sampling?: McpSampling;
  /** Without any progress. */
  readonly timeoutMs?: number;
  /** Bytes of an answer. */
  readonly maxOutput?: number;
}

/** Model calls that a server may ask for in the middle of a call; the step that made it pays for them. */
export interface McpSampling {
  readonly model?: string;
  /** Of one answer. */
  readonly maxTokens?: number;
  /** In one attempt of a step. */
  readonly calls?: number;
}
export const USUAL_SAMPLING = { maxTokens: 4_096, calls: 10 } as const;
export const MOST_SAMPLING = { maxTokens: 1_000_000, calls: 10_000 } as const;

/** How giga signs in where the server asks for OAuth. */
export interface McpAuth {
  readonly clientId: string;
  /** With one of these giga signs in by itself; then there is an issuer. */
  readonly clientSecret?: Text;
  /** In PEM. */
  readonly privateKey?: Text;
  readonly issuer?: string;
  readonly scope?: string;
}

export const SERVER_NAME = /^[A-Za-z0-9_-]{1,64}$/;
export const MAX_REPLICAS = 32;

/** Whether a name fits one of the patterns. */
export function isAllowedTool(patterns: readonly string[] | undefined, name: string): boolean {
  return patterns === undefined || patterns.some((pattern) => fitsPattern(pattern, name));
}

/** The parts between the stars are looked for one after the other: no expression that a name could make slow. */
function fitsPattern(pattern: string, name: string): boolean {
  const rest = pattern.split('*');
  const last = known(rest.pop());
  const first = rest.shift();
  if (first === undefined) return pattern === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

const KEYS: Readonly<Record<string, (value: Json) => boolean>> = {
  command: isText,
  args: isTexts,
  env: isTextMap,
  url: isText,
  headers: isTextMap,
  auth: isAuth,
  replicas: (value) => isWhole(value, MAX_REPLICAS),
  stateful: isFlag,
  tools: isTexts,
  pin: isFlag,
  sampling: (value) => isFlag(value) || isSampling(value),
  timeout: (value) => typeof value === 'string' && parseDuration(value) !== null,
  'max-output': (value) => bytesIn(value) !== null,
};

/** A server out of a file of configuration, or what is wrong with it; the text goes on after its name. */
export function readServer(name: string, from: string, value: Json): McpServer | string {
  if (!SERVER_NAME.test(name)) return 'has a name that is not made of letters, digits, `_` and `-`';
  if (!isJsonObject(value)) return 'is no map';
  for (const [key, given] of Object.entries(value)) {
    if (!Object.hasOwn(KEYS, key)) return `has no key \`${key}\`; there are ${Object.keys(KEYS).join(', ')}`;
    if (KEYS[key]?.(given) !== true) return `has a \`${key}\` that cannot be used`;
  }
  if ((value['command'] === undefined) === (value['url'] === undefined)) return 'needs either `command` or `url`';
  const { timeout, 'max-output': maxOutput, auth, args, tools, sampling = false, ...rest } = value;
  const lists = {
    ...(args !== undefined && { args: [args].flat() }),
    ...(tools !== undefined && { tools: [tools].flat() }),
  };
  return {
    name,
    from,
    ...rest,
    ...lists,
    ...(isJsonObject(auth) && { auth: authOf(auth) }),
    ...(sampling !== false && { sampling: isJsonObject(sampling) ? samplingOf(sampling) : {} }),
    ...(timeout !== undefined && { timeoutMs: parseDuration(String(timeout)) }),
    ...(maxOutput !== undefined && { maxOutput: bytesIn(maxOutput) }),
  } as unknown as McpServer; // every key was checked above
}

function authOf({
  'client-id': clientId,
  'client-secret': secret,
  'private-key': key,
  ...rest
}: JsonObject): JsonObject {
  return {
    clientId: known(clientId),
    ...(secret !== undefined && { clientSecret: secret }),
    ...(key !== undefined && { privateKey: key }),
    ...rest,
  };
}

function samplingOf({ 'max-tokens': maxTokens, ...rest }: JsonObject): JsonObject {
  return { ...rest, ...(maxTokens !== undefined && { maxTokens }) };
}

function isSampling(value: Json): boolean {
  if (!isJsonObject(value)) return false;
  const { model, 'max-tokens': maxTokens, calls, ...others } = value;
  return (
    Object.keys(others).length === 0 &&
    (model === undefined || isText(model)) &&
    (maxTokens === undefined || isWhole(maxTokens, MOST_SAMPLING.maxTokens)) &&
    (calls === undefined || isWhole(calls, MOST_SAMPLING.calls))
  );
}

/** A secret is for one authorization server, which must be named. */
function isAuth(value: Json): boolean {
  if (!isTextMap(value) || !isJsonObject(value) || !isText(value['client-id'] ?? null)) return false;
  const isSecret = value['client-secret'] !== undefined || value['private-key'] !== undefined;
  return !isSecret || isText(value['issuer'] ?? null);
}

function isWhole(value: Json, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;
}
function isText(value: Json): boolean {
  return typeof value === 'string' && value !== '';
}
function isTexts(value: Json): boolean {
  return [value].flat().every((one) => typeof one === 'string');
}
function isTextMap(value: Json): boolean {
  return isJsonObject(value) && Object.values(value).every((one) => typeof one === 'string');
}
function isFlag(value: Json): boolean {
  return typeof value === 'boolean';
}
function bytesIn(value: Json): number | null {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 1 ? value : null;
  return typeof value === 'string' ? parseBytes(value) : null;
}
