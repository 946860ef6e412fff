/** What giga and a plugin say to each other, as plain values. What comes from a plugin is believed of nothing: its shape is checked here, its meaning by the peer. */
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

export type ToPlugin =
  | { readonly kind: 'load'; readonly code: string; readonly file: string }
  | {
      readonly kind: 'call';
      readonly call: number;
      readonly step: string;
      readonly input: JsonObject;
      readonly config: JsonObject;
    }
  | { readonly kind: 'stop'; readonly call: number }
  /** To what it asked. */
  | { readonly kind: 'answer'; readonly ask: number; readonly value: Json }
  | { readonly kind: 'refusal'; readonly ask: number; readonly message: string };

export type FromPlugin =
  /** What the module says of itself, not yet checked. */
  | { readonly kind: 'loaded'; readonly manifest: Json }
  | { readonly kind: 'unusable'; readonly error: Thrown }
  | { readonly kind: 'done'; readonly call: number; readonly value: Json }
  | { readonly kind: 'threw'; readonly call: number; readonly error: Thrown }
  /** Wants something of the world for one of its calls. */
  | {
      readonly kind: 'ask';
      readonly call: number;
      readonly ask: number;
      readonly what: string;
      readonly args: readonly Json[];
    }
  | { readonly kind: 'progress'; readonly call: number; readonly line: string };

/** What a plugin threw, as text. */
export interface Thrown {
  readonly message: string;
  readonly stack: string;
  readonly retryable?: boolean;
}

/** Null for what no plugin of ours says. */
export function readMessage(value: unknown): FromPlugin | null {
  if (!isJsonObject(value)) return null;
  const { kind, call, ask, what, args, line } = value;
  switch (kind) {
    case 'loaded':
      return { kind, manifest: value['manifest'] ?? null };
    case 'unusable': {
      const error = readThrown(value['error']);
      return error === null ? null : { kind, error };
    }
    case 'done':
      return isNumber(call) ? { kind, call, value: value['value'] ?? null } : null;
    case 'threw': {
      const error = readThrown(value['error']);
      return isNumber(call) && error !== null ? { kind, call, error } : null;
    }
    case 'ask':
      if (!isNumber(call) || !isNumber(ask) || typeof what !== 'string' || !Array.isArray(args)) return null;
      return { kind, call, ask, what, args };
    case 'progress':
      return isNumber(call) && typeof line === 'string' ? { kind, call, line } : null;
    default:
      return null;
  }
}

function isNumber(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

const MAX_TEXT = 8_000;

function readThrown(value: Json | undefined): Thrown | null {
  if (value === undefined || !isJsonObject(value)) return null;
  const { message, stack, retryable } = value;
  if (typeof message !== 'string' || typeof stack !== 'string') return null;
  return {
    message: message.slice(0, MAX_TEXT),
    stack: stack.slice(0, MAX_TEXT),
    ...(typeof retryable === 'boolean' ? { retryable } : {}),
  };
}
