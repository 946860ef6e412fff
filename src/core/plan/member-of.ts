/** What a plan says of a part of a request, as far as it is known before a run. Knows no request. */
import type { Template } from '../expr/ast.ts';
import { isJsonObject } from '../json.ts';

/** Null where it is not there. */
export function memberOf(template: Template, key: string): Template | null {
  if (template.kind === 'object') return template.entries.find(([name]) => name === key)?.[1] ?? null;
  const value = template.kind === 'literal' && isJsonObject(template.value) ? template.value[key] : undefined;
  return value === undefined ? null : { kind: 'literal', value };
}
