/** What the system says of a connection that failed, as a diagnostic that says whether another attempt makes sense. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { AttemptError } from '../../core/run/event.ts';
import { errorCode } from '../files.ts';

/** Thrown into a socket that is silent for too long. */
export class Silence extends Error {}

const TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/;
const NOT_READABLE = /^(?:HPE_|Z_|ERR_HTTP|ERR_PADDING|ERR_BUFFER|ERR__ERROR)/;

export function failureOf(error: unknown, url: string, hasAnswer: boolean): AttemptError {
  const { host } = new URL(url);
  const code = errorCode(error) ?? (error instanceof Error ? error.message : String(error));
  if (error instanceof Silence)
    return problem('STEP_HTTP_TIMEOUT', `\`${host}\` has not said anything for ${error.message}.`, {
      hint: 'Try again later, or see what the server is doing.',
    });
  if (code === 'ENOTFOUND' || code === 'EAI_NONAME')
    return hopeless(problem('STEP_HTTP_FAILED', `There is no host \`${host}\`.`, { hint: 'Check the spelling.' }));
  if (TLS.test(code)) {
    const hint = 'Have the certificate mended; a certificate authority of your own is named by `NODE_EXTRA_CA_CERTS`.';
    return hopeless(problem('STEP_HTTP_FAILED', `\`${host}\` cannot be trusted: ${code}.`, { hint }));
  }
  if (NOT_READABLE.test(code))
    return problem('STEP_HTTP_BROKEN', `What \`${host}\` answered cannot be read: ${code}.`, {
      hint: 'The server or something before it does not speak HTTP as it should.',
    });
  if (hasAnswer)
    return problem('STEP_HTTP_BROKEN', `The answer of \`${host}\` was cut off: ${code}.`, { hint: 'Try again.' });
  return problem('STEP_HTTP_FAILED', `\`${host}\` could not be reached: ${code}.`, {
    hint: 'See whether the server runs and listens there.',
  });
}

export function hopeless(diagnostic: Diagnostic): AttemptError {
  return { ...diagnostic, retryable: false };
}
