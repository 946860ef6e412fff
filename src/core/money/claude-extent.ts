/** How much a `claude` step of a plan may ask for at worst, read from the template of its request. The one place here that knows its fields. */
import { DEFAULT_MAX_TOKENS, DEFAULT_MODEL, factsOf, type ModelBook } from '../claude/models.ts';
import type { Template } from '../expr/ast.ts';
import { isJsonObject, type Json } from '../json.ts';
import { known } from '../known.ts';
import { USUAL_TURNS } from '../plan/agent-request.ts';
import { type PriceTable, worstCaseOf } from './prices.ts';
import { toNano } from './usd.ts';

/** What one attempt may take. */
export interface Extent {
  readonly calls: number;
  readonly tokens: number;
  /** Null where nobody knows the price. */
  readonly nano: number | null;
  /** Whom it may ask; null where that is known only in a run. */
  readonly models: readonly (string | null)[];
  /** Why it is as much as it is, in words. */
  readonly notes: readonly string[];
}

/** Of a model of which nothing is known. */
const UNKNOWN_CONTEXT = 1_000_000;
/** What stands around a prompt. */
const FRAME_TOKENS = 1_000;

export function claudeExtent(request: Template, table: PriceTable, { usual, known: facts }: ModelBook = {}): Extent {
  const field = (name: string): Template | undefined => fieldOf(request, name);
  const agent = field('agent');
  const isAgent = agent !== undefined && !isTalk(agent, field);
  const turns = agent !== undefined && isAgent ? (countOf(fieldOf(agent, 'maxTurns')) ?? USUAL_TURNS) : 1;
  // An answer that does not satisfy its schema is asked to be mended.
  const tries = field('output') === undefined ? 1 : 1 + (countOf(field('repair')) ?? 0);
  const models = [
    textOf(field('model')) ?? (field('model') === undefined ? (usual ?? DEFAULT_MODEL) : null),
    ...textsOf(field('fallback')),
  ];
  const bound = countOf(field('maxPromptTokens'));
  // What goes on is as long as what was said before.
  const prompt = isAgent || field('continues') !== undefined ? null : promptTokens(field);
  const parts = { facts, prompt, bound, maxTokens: countOf(field('maxTokens')), field, table };
  const each = models.flatMap((model) => Array.from({ length: tries }, (_, before) => callOf(model, before, parts)));
  return {
    calls: turns * each.length,
    tokens: turns * each.reduce((sum, { tokens }) => sum + tokens, 0),
    nano: each.some(({ nano }) => nano === null) ? null : turns * each.reduce((sum, { nano }) => sum + known(nano), 0),
    models,
    notes: [
      ...(isAgent ? [`${turns} turns`] : []),
      ...(tries > 1 ? [`${tries} tries of its schema`] : []),
      ...(models.length > 1 ? [`${models.length} models`] : []),
      ...(prompt === null && bound === null ? ['the whole context of the model'] : []),
      ...(isBatch(field) ? ['batch'] : []),
    ],
  };
}

interface CallParts {
  readonly facts: ModelBook['known'];
  /** Null: as much as the model takes. */
  readonly prompt: number | null;
  /** What the step allows; null: as much as the model takes. */
  readonly bound: number | null;
  readonly maxTokens: number | null;
  readonly field: (name: string) => Template | undefined;
  readonly table: PriceTable;
}

/** `before`: answers that did not satisfy the schema; they are sent back with what is wrong with them. */
function callOf(
  model: string | null,
  before: number,
  { facts: more, prompt, bound, maxTokens, field, table }: CallParts,
) {
  const facts = model === null ? null : factsOf(model, more);
  const most = Math.min(maxTokens ?? DEFAULT_MAX_TOKENS, facts?.maxOutput ?? Number.POSITIVE_INFINITY);
  const context = facts?.context ?? UNKNOWN_CONTEXT;
  const sent = prompt === null ? context : prompt + before * (most + FRAME_TOKENS);
  const inputTokens = Math.min(sent, bound ?? context, context);
  const batch = isBatch(field);
  const ttl = ttlOf(field);
  const extent = { inputTokens, maxTokens: most, batch, ...(ttl === null ? {} : { cacheTtl: ttl }) };
  const worst = model === null ? 'unknown' : worstCaseOf(model, extent, table);
  return { tokens: inputTokens + most, nano: worst === 'unknown' ? null : toNano(worst.usd) };
}

/** For how long its prompts may be kept, which makes them dearer: those of agents are, and of single calls what says so. */
function ttlOf(field: CallParts['field']): '5m' | '1h' | null {
  const said = textOf(field('promptCache'));
  if (said === '1h') return said;
  return said === 'off' || (said === null && field('agent') === undefined) ? null : '5m';
}

/** Half the price is sure only where a call never goes by itself. */
function isBatch(field: CallParts['field']): boolean {
  return textOf(field('batch')) === 'always';
}

/** At most one token a byte; null where a part of it is known only in a run. */
function promptTokens(field: CallParts['field']): number | null {
  if (hasSome(field('files')) || hasSome(field('images'))) return null;
  const file = field('promptFile');
  const inFile = (name: string): Template | undefined => (file === undefined ? undefined : templateIn(file, name));
  let bytes = FRAME_TOKENS;
  for (const template of [field('prompt') ?? inFile('prompt'), field('system') ?? inFile('system'), field('output')]) {
    if (template === undefined) continue;
    const json = jsonOf(template);
    if (json === undefined) return null;
    bytes += Buffer.byteLength(typeof json === 'string' ? json : JSON.stringify(json));
  }
  return bytes;
}

/** A text of a prompt file, as it was compiled. */
function templateIn(file: Template, name: string): Template | undefined {
  return jsonOf(fieldOf(file, name)) as unknown as Template | undefined; // the compiler made it
}

/** A question whose conversation is kept: it has no tools, and turns only where its answer is mended. */
function isTalk(agent: Template, field: CallParts['field']): boolean {
  const tools = jsonOf(fieldOf(agent, 'tools'));
  const others = ['workflows', 'memory'].some((name) => fieldOf(agent, name) !== undefined);
  return Array.isArray(tools) && tools.length === 0 && !others && field('servers') === undefined;
}

function fieldOf(request: Template, name: string): Template | undefined {
  if (request.kind === 'object') return request.entries.find(([key]) => key === name)?.[1];
  const json = request.kind === 'literal' ? request.value : null;
  const value = isJsonObject(json) && Object.hasOwn(json, name) ? json[name] : undefined;
  return value === undefined ? undefined : { kind: 'literal', value };
}

/** What a template says whatever the run: undefined where it depends on it. */
function jsonOf(template: Template | undefined): Json | undefined {
  if (template?.kind === 'literal') return template.value;
  if (template?.kind === 'text' && template.parts.every((part) => typeof part === 'string'))
    return template.parts.join('');
  return undefined;
}

function countOf(template: Template | undefined): number | null {
  const value = jsonOf(template);
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : null;
}

function textOf(template: Template | undefined): string | null {
  const value = jsonOf(template);
  return typeof value === 'string' ? value : null;
}

function textsOf(template: Template | undefined): readonly (string | null)[] {
  if (template?.kind === 'list') return template.items.map(textOf);
  const value = jsonOf(template);
  return Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? one : null)) : [];
}

function hasSome(template: Template | undefined): boolean {
  if (template === undefined) return false;
  if (template.kind === 'list') return template.items.length > 0;
  const value = jsonOf(template);
  return !Array.isArray(value) || value.length > 0; // what is known only in a run may be some
}
