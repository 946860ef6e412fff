/** Conversations as lines: in a list, for a reader, and as Markdown. Pure. */
import type { KeptSession, WholeSession } from '../../app/commands/sessions.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { bytes } from './artifact-lines.ts';
import { column, harmless, type Paint, widthOf } from './text.ts';
import { duration } from './time.ts';

/** `7f3c  draft  answered  claude-opus-5-5  2 turns, 1.2k tokens  3 KB  5m00s ago  7f3c-draft-1-9cad9cc3.1`. */
export function sessionRows(sessions: readonly KeptSession[], nowMs: number): string[] {
  const rows = sessions.map((one) => [
    one.run ?? '?',
    harmless(one.step ?? '?'),
    harmless(one.state),
    harmless(one.model ?? '?'),
    `${counted(one.turns, 'turn')}, ${tokensText(one.tokens)}`,
    bytes(one.bytes),
    `${duration(Math.max(0, nowMs - one.changedAt))} ago`,
    harmless(one.name),
  ]);
  const widths = Array.from({ length: 8 }, (_, at) => Math.max(0, ...rows.map((row) => widthOf(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, at) => column(cell, widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** What is said of a conversation in JSON. */
export function sessionRecord(type: string, session: KeptSession): JsonObject {
  const { name, run, step, model, from, state, turns, messages, tokens, listPriceUsd } = session;
  const size = { bytes: session.bytes, 'changed-at': new Date(session.changedAt).toISOString() };
  const usage = { turns, messages, tokens, 'list-price-usd': listPriceUsd };
  return { type, session: name, run, step, model, state, from, ...usage, ...size };
}

/** The same, with what was said, in the shapes of the Messages API. */
export function wholeRecord(session: WholeSession): JsonObject {
  const { system, said, copied } = session;
  const messages = said.map((message) => ({ ...message }));
  return { ...sessionRecord('claude.session', session), system, copied, said: messages };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function tokensText(tokens: number): string {
  return tokens < 1_000 ? counted(tokens, 'token') : `${(tokens / 1_000).toFixed(1)}k tokens`;
}

/** Whose it is, and what was said; each line is harmless on a screen. */
export function sessionLines(session: WholeSession, paint: Paint): string[] {
  const { name, run, step, model, state, turns, tokens, listPriceUsd, system, copied, from } = session;
  const price = listPriceUsd === null ? '' : `, $${listPriceUsd.toFixed(4)} at list prices`;
  const lines = [
    paint('bold', harmless(name)),
    harmless(`run ${run ?? '?'} · step ${step ?? '?'} · ${model ?? '?'} · ${state}`),
    `${counted(turns, 'turn')}, ${tokensText(tokens)}${price}`,
  ];
  if (system !== null) lines.push('', paint('accent', 'system'), ...indented(system));
  for (const [index, { role, content }] of session.said.entries()) {
    const origin = index < copied ? ` (said in ${from ?? 'another one'})` : '';
    lines.push('', paint('accent', `${speakerOf(role, content)}${harmless(origin)}`));
    for (const block of content) lines.push(...indented(blockText(block)));
  }
  return lines;
}

/** Results of tools are told in the name of the user, who did not say them. */
function speakerOf(role: string, content: readonly JsonObject[]): string {
  return role === 'user' && content.some(({ type }) => type === 'tool_result') ? 'tools' : role;
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => (line === '' ? '' : `  ${harmless(line)}`));
}

function blockText(block: JsonObject): string {
  switch (block.type) {
    case 'text':
      return String(block.text);
    case 'thinking':
      return `(thought: ${String(block.thinking)})`;
    case 'tool_use':
      return `→ ${String(block.name)} ${JSON.stringify(block.input ?? {})}`;
    case 'tool_result':
      return `${block.is_error === true ? '✘' : '←'} ${resultText(block.content)}`;
    default:
      return `(${String(block.type)})`;
  }
}

function resultText(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isJsonObject(part) ? blockText(part) : '')).join('\n');
}

/** A page that says the same; what models and tools wrote stands as it is. */
export function sessionMarkdown(session: WholeSession): string {
  const { name, run, step, model, state, system, said } = session;
  const head = [`# ${name}`, '', `Run ${run ?? '?'}, step ${step ?? '?'}, ${model ?? '?'}, ${state}.`];
  const parts = said.flatMap(({ role, content }) => [
    `## ${speakerOf(role, content)}`,
    ...content.map((block) => (block.type === 'text' ? String(block.text) : fenced(blockText(block)))),
  ]);
  const all = [...(system === null ? [] : ['## system', system]), ...parts];
  return `${[...head, ...all.flatMap((part) => ['', part])].join('\n')}\n`;
}

/** A fence that is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
