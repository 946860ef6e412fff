/** Finds the address of the next page of an answer. Pure. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import { evaluateTemplate } from '../../core/expr/evaluate.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Pagination } from '../../core/plan/http-request.ts';

/** What the page says is next: an address, absolute or relative to it; null at the end. */
export function nextPage(next: Pagination['next'], outputs: JsonObject): string | null | Diagnostic {
  if (next === 'link') return linkedPage(outputs.headers);
  const self = { outputs, ...outputs };
  const evaluated = evaluateTemplate(
    { kind: 'value', expression: next },
    { context: (name) => (name === 'self' ? self : undefined), captured: () => undefined },
  );
  if (evaluated.kind === 'error') return evaluated.error;
  if (evaluated.kind === 'missing')
    return problem('STEP_BAD_REQUEST', '`paginate.next` reads something from outside, which it cannot.');
  const { value } = evaluated;
  if (value === null || value === '' || value === false) return null;
  if (typeof value === 'string') return value;
  return problem('STEP_BAD_REQUEST', '`paginate.next` came out as something that is no address.', {
    hint: 'It gives the address of the next page, or null.',
  });
}

/** The target of `<…>; rel="next"` (RFC 8288). Linear in the header's length. */
function linkedPage(headers: JsonObject[string] | undefined): string | null {
  const given = typeof headers === 'object' && headers !== null && 'link' in headers ? headers.link : undefined;
  const text = Array.isArray(given) ? given.join(',') : given;
  if (typeof text !== 'string') return null;
  for (const [, target = '', parameters = ''] of text.matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:next\b|"(?:[^"]*\s)?next(?:\s[^"]*)?")/i.test(parameters)) return target;
  }
  return null;
}
