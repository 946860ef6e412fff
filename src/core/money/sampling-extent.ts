/** How much the MCP servers of a step may ask for at worst, where they may ask for model calls: read from the template of its request. */
import { DEFAULT_MODEL, factsOf } from '../claude/models.ts';
import type { Template } from '../expr/ast.ts';
import { isJsonObject, type Json } from '../json.ts';
import { USUAL_SAMPLING } from '../plan/mcp-request.ts';
import { memberOf, serversIn } from '../plan/member-of.ts';
import type { Extent } from './claude-extent.ts';
import { type PriceTable, worstCaseOf } from './prices.ts';
import { toNano } from './usd.ts';

/** Of a model of which nothing is known. */
const UNKNOWN_CONTEXT = 1_000_000;

/** For each server that may; prompts are its own, so each may be as long as the model takes. */
export function samplingExtents(request: Template, table: PriceTable, model = DEFAULT_MODEL): readonly Extent[] {
  const usual = textIn(memberOf(request, 'model')) ?? model;
  return serversIn(request).flatMap((server) => {
    const sampling = memberOf(server, 'sampling');
    const bounds = sampling?.kind === 'literal' ? sampling.value : null;
    return isJsonObject(bounds) ? [extentOf(bounds, usual, table)] : [];
  });
}

/** The compiler checked the bounds. */
function extentOf(
  { model, maxTokens = USUAL_SAMPLING.maxTokens, calls = USUAL_SAMPLING.calls }: { readonly [key: string]: Json },
  usual: string,
  table: PriceTable,
): Extent {
  const [name, times, answer] = [String(model ?? usual), Number(calls), Number(maxTokens)];
  const inputTokens = factsOf(name)?.context ?? UNKNOWN_CONTEXT;
  const worst = worstCaseOf(name, { inputTokens, maxTokens: answer }, table);
  const nano = worst === 'unknown' ? null : toNano(worst.usd);
  return {
    calls: times,
    tokens: times * (inputTokens + answer),
    nano: nano === null ? null : times * nano,
    models: [name],
    notes: [`${times} model calls of a server`],
  };
}

function textIn(template: Template | null): string | null {
  return template?.kind === 'literal' && typeof template.value === 'string' ? template.value : null;
}
