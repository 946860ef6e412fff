/** The request of the step type `http`: what an ActionNode with `action: 'http'` evaluates to. */
import type { Expression, SecretText } from '../expr/ast.ts';
import type { Json, JsonObject } from '../json.ts';

export interface HttpRequest {
  readonly url: string;
  /** Default: GET, and POST with a body. */
  readonly method?: string;
  readonly headers: Readonly<Record<string, string | SecretText>>;
  /** A text as it is, anything else as JSON. */
  readonly body?: Json;
  readonly expect?: HttpExpectation;
  /** The body goes to this file, relative to `cwd`. */
  readonly save?: string;
  readonly paginate?: Pagination;
  /** Hosts that may be talked to; absent: all public ones. */
  readonly net?: readonly string[];
  /** Those of them that may be private, since every `net` on the way names them. */
  readonly named?: readonly string[];
  /** Relative to the workspace root, or absolute; '' is the root. */
  readonly cwd: string;
  /** Bytes of the body, of all pages together, kept as outputs; default 1 MiB. */
  readonly maxOutput?: number;
}

export interface HttpExpectation {
  /** Codes, and classes such as `2xx`. */
  readonly status?: readonly (number | string)[];
  /** What a header must be, or whether it must be there at all. */
  readonly headers?: Readonly<Record<string, string | boolean>>;
  /** A JSON Schema of the body. */
  readonly json?: JsonObject;
}

export interface Pagination {
  /** `link`: what the header `Link` says. Else an expression that gives the address from `self`; null and '' end it. */
  readonly next: 'link' | Expression;
  readonly max: number;
}

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** Headers that giga sets by itself: with others a server could be made to see another request than the one that was checked. */
export const OWN_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'proxy-authorization',
]); // prettier-ignore
export const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/;
/** Pages when `max` says nothing, and the most that it may say. */
export const USUAL_PAGES = 100;
export const MAX_PAGES = 10_000;

/** Whether a status is one of those, by code or by class. */
export function isStatusOf(status: number, wanted: readonly (number | string)[]): boolean {
  return wanted.some((one) => one === status || one === `${Math.floor(status / 100)}xx`);
}
