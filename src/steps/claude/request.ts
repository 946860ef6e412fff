/** Takes the evaluated request of a `claude` step apart. Pure. */
import { EFFORTS } from '../../core/claude/models.ts';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { readAgentRequest } from '../../core/plan/agent-request.ts';
import type { ClaudeRequest, PromptFile } from '../../core/plan/claude-request.ts';
import { fillPrompt } from './prompt.ts';

/** The request as what it is, or why it is none. The compiler makes these; a wrong one is mostly a value that turned out to be another. */
export function readRequest(given: JsonObject): ClaudeRequest | Diagnostic {
  const filled = withPromptFile(given);
  if (!filled.ok) return filled.diagnostics[0] ?? bad('The `prompt-file` is none.');
  const request = filled.value;
  const { prompt, system, model, fallback, effort, files, images, cwd } = request;
  if (typeof prompt !== 'string') return bad('The `prompt` is no text.');
  if (prompt.trim() === '') return bad('The `prompt` is empty.');
  if (system !== undefined && typeof system !== 'string') return bad('`system` is no text.');
  if (model !== undefined && !isName(model)) return bad('`model` is no name of a model.');
  if (!isListOf(fallback, isName)) return bad('`fallback` is no list of names of models.');
  if (!isListOf(files, isText) || !isListOf(images, isText)) return bad('`files` and `images` are lists of paths.');
  if (effort !== undefined && !EFFORTS.some((word) => word === effort))
    return bad(`\`effort\` is ${JSON.stringify(effort)?.slice(0, 60)}, and not one of ${EFFORTS.join(', ')}.`);
  if (request.agent !== undefined && readAgentRequest(request.agent) === null) return bad('`tools` are none.');
  if (request.continues !== undefined && !isJsonObject(request.continues)) return bad('`session` is none.');
  if (!isListOf(request.servers ?? [], isServer)) return bad('The servers of `mcp` are none.');
  if (typeof cwd !== 'string') return bad('`cwd` is no text.');
  return request as unknown as ClaudeRequest; // its parts were just checked; the others are the compiler's own
}

/** The prompt that a file and its values make; a `system` of the step wins over that of the file. */
function withPromptFile(request: JsonObject): Result<JsonObject> {
  const { promptFile, with: values = {}, ...rest } = request;
  if (promptFile === undefined) return { ok: true, value: request };
  if (!isJsonObject(promptFile) || !isJsonObject(values))
    return { ok: false, diagnostics: [bad('The `prompt-file` is none.')] };
  const filled = fillPrompt(promptFile as unknown as PromptFile, values); // the compiler made it
  return filled.ok ? { ok: true, value: { ...filled.value, ...rest } } : filled;
}

function isServer(value: Json): boolean {
  return isJsonObject(value) && typeof value.name === 'string';
}

function isText(value: Json): boolean {
  return typeof value === 'string';
}

function isName(value: Json): boolean {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/.test(value);
}

function isListOf(value: Json | undefined, holds: (item: Json) => boolean): boolean {
  return Array.isArray(value) && value.every(holds);
}

function bad(message: string): Diagnostic {
  return problem('STEP_BAD_REQUEST', message, { hint: 'See what its values come to: `giga why` shows the parts.' });
}
