/** What went wrong between giga and an MCP server, as a typed failure. Knows the errors of the client library, and no steps. */
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError, UnauthorizedError } from '@modelcontextprotocol/client';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { AttemptError } from '../../core/run/event.ts';

export interface Circumstances {
  readonly server: string;
  /** What was being done: `the tool "echo"`. */
  readonly what: string;
  readonly signal: AbortSignal;
  /** Why the server is over, where it is. */
  readonly why: string | null;
  /** Why an address was refused to which the server led. */
  readonly refusal?: AttemptError | null;
  readonly isStarting: boolean;
  /** It was given up since there was no answer in time. */
  readonly isLate?: boolean;
}

const SHOWN = 600;
/** The session is over: a new one may be begun. */
const FORGOTTEN = 404;
const BUSY: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export function faultOf(error: unknown, at: Circumstances): AttemptError {
  const { server, what } = at;
  if (at.signal.aborted) return problem('STEP_CANCELLED', `The step was stopped during ${what}.`);
  if (at.refusal)
    return {
      ...problem('POLICY_MCP_ADDRESS', `The MCP server \`${server}\` is not asked: ${at.refusal.message}`, {
        hint: 'Where that is meant: a host that stands in `url`, or in `issuer` of its `auth`, may be private.',
      }),
      retryable: false,
    };
  if (isUnauthorized(error))
    return problem('STEP_MCP_AUTH', `The MCP server \`${server}\` does not let giga in: ${wordsOf(error)}`, {
      hint: `Sign in with \`giga mcp ping ${server}\` at a terminal, or give the server a header or \`auth\`.`,
    });
  if (at.isStarting)
    return passing('STEP_MCP_START', `The MCP server \`${server}\` cannot be used. ${at.why ?? wordsOf(error)}`);
  if (at.isLate === true || (SdkError.isInstance(error) && error.code === SdkErrorCode.RequestTimeout))
    return passing('STEP_MCP_TIMEOUT', `The MCP server \`${server}\` did not answer in time: ${what}.`);
  if (ProtocolError.isInstance(error)) {
    const message = `The MCP server \`${server}\` answered ${what} with error ${error.code}: ${wordsOf(error)}`;
    return { ...problem('STEP_MCP_ERROR', message), retryable: false };
  }
  if (
    error instanceof TooDeep ||
    error instanceof RangeError ||
    (SdkError.isInstance(error) && isBadResult(error.code))
  )
    return {
      ...problem(
        'STEP_MCP_RESULT',
        `The MCP server \`${server}\` answered ${what} with something else than a result: ${wordsOf(error)}`,
      ),
      retryable: false,
    };
  if (SdkHttpError.isInstance(error) && !BUSY.has(error.status) && error.status !== FORGOTTEN)
    return {
      ...problem('STEP_MCP_ERROR', `The MCP server \`${server}\` answered ${what} with status ${error.status}.`),
      retryable: false,
    };
  return passing('STEP_MCP_LOST', `The MCP server \`${server}\` was lost during ${what}. ${at.why ?? wordsOf(error)}`);
}

/** What nests deeper could not be walked through, nor journaled; of what is deeper still the JSON of Node says a RangeError. */
export class TooDeep extends Error {}

function passing(code: 'STEP_MCP_START' | 'STEP_MCP_LOST' | 'STEP_MCP_TIMEOUT', message: string): AttemptError {
  return { ...problem(code, message), retryable: true };
}

function isUnauthorized(error: unknown): boolean {
  if (error instanceof UnauthorizedError) return true;
  return SdkHttpError.isInstance(error) && (error.status === 401 || error.status === 403);
}

function isBadResult(code: SdkErrorCode): boolean {
  return (
    code === SdkErrorCode.InvalidResult ||
    code === SdkErrorCode.UnsupportedResultType ||
    code === SdkErrorCode.ListPaginationExceeded
  );
}

/** What the library says, and what it was caused by, on one line. */
function wordsOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  const { cause } = error instanceof Error ? error : { cause: undefined };
  const because = cause instanceof Error && !said.includes(cause.message) ? ` (${cause.message})` : '';
  return `${said}${because}`.replaceAll(/\s+/g, ' ').slice(0, SHOWN);
}
