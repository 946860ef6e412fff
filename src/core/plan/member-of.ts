/** What a plan says of a request, as far as it is known before a run. Knows no request. */
import type { Template } from '../expr/ast.ts';
import { isJsonObject, type Json } from '../json.ts';

/** Null where it is not there. */
export function memberOf(template: Template, key: string): Template | null {
  if (template.kind === 'object') return template.entries.find(([name]) => name === key)?.[1] ?? null;
  const value = template.kind === 'literal' && isJsonObject(template.value) ? template.value[key] : undefined;
  return value === undefined ? null : { kind: 'literal', value };
}

/** The MCP servers that a step or an agent may ask. */
export function serversIn(request: Template): readonly Template[] {
  const [one, many] = [memberOf(request, 'server'), memberOf(request, 'servers')];
  if (one !== null) return [one];
  if (many?.kind === 'list') return many.items;
  const values = many?.kind === 'literal' && Array.isArray(many.value) ? many.value : [];
  return values.map((value: Json): Template => ({ kind: 'literal', value }));
}
