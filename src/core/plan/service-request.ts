/** The request of the step type `service`: what an ActionNode with `action: 'service'` evaluates to. */
import type { RunRequest } from './run-request.ts';

export interface ServiceRequest {
  readonly run: RunRequest;
  readonly ready: Readiness;
  /** Ends the service; absent: TERM does. */
  readonly stop?: RunRequest;
}

/** By what a service is known to be ready: exactly one of these. */
export interface Readiness {
  /** An address that answers with 2xx or 3xx. */
  readonly http?: string;
  /** Hosts that may be asked, and those of them that may be private; as in an HttpRequest. */
  readonly net?: readonly string[];
  readonly named?: readonly string[];
  /** A port of 127.0.0.1 that takes connections. */
  readonly port?: string;
  /** A text in its output; between slashes, a pattern. */
  readonly log?: string;
  /** A command that ends with 0. */
  readonly run?: RunRequest;
}

/** The pattern in a text between slashes; null for a text that is looked for as it is. */
export function patternIn(text: string): string | null {
  return text.length > 2 && text.startsWith('/') && text.endsWith('/') ? text.slice(1, -1) : null;
}

export const USUAL_SERVICE_TIMEOUT_MS = 60_000;
