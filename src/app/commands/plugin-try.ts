/** Calls a step of a plugin in a folder made for it, and holds what came of it against a case. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import { canonical, type Json } from '../../core/json.ts';
import type { PluginHost } from '../../core/plugin.ts';
import type { StepAnswer } from '../../core/ports.ts';
import { usePlugin } from '../../steps/uses/uses.ts';
import type { OpenPlugin } from './plugin-book.ts';
import type { PluginCase } from './plugin-cases.ts';
import { type Doing, requestOf } from './plugin-run.ts';

export interface Tried {
  readonly answer: StepAnswer;
  /** The text of a file of the folder; null where there is none. */
  readonly after: ReadonlyMap<string, string | null>;
}

export interface Try {
  readonly doing: Doing;
  readonly files: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Files to look at afterwards. */
  readonly look?: readonly string[];
}

export async function tryStep(
  plugin: OpenPlugin,
  host: PluginHost,
  { doing, files, signal, look = [] }: Try,
): Promise<Tried> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'giga-case-')));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    const request = requestOf({ ...plugin, booked: { ...plugin.booked, from: plugin.booked.file } }, doing);
    const around = { signal, root: folder, key: 'case', note: async () => true, progress: () => {} };
    const answer = await usePlugin(request, around, async () => host);
    return { answer, after: new Map(look.map((file) => [file, textOf(join(folder, file))])) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** How a call ended, in a word that is the same wherever it ran. */
export function endOf({ outcome, error }: StepAnswer): string {
  return outcome === 'succeeded' ? 'succeeded' : `failed with ${error?.code ?? outcome}`;
}

/** What is not as a case expects; empty where all of it is. */
export function expectedOf({ expected, after, at }: PluginCase, tried: Tried): readonly Diagnostic[] {
  const faults = expected.kind === 'success' ? outputFaults(expected.outputs, tried) : errorFaults(expected, tried);
  const files = Object.entries(after).flatMap(([file, text]) => {
    const found = tried.after.get(file) ?? null;
    return found === text
      ? []
      : [
          `The file \`${file}\` ${holds(found)}, and is expected ${text === null ? 'not to be there' : `to hold ${shown(text)}`}.`,
        ];
  });
  return [...faults, ...files].map((message) => problem('PLUGIN_TEST', message, { at, ...hintOf(tried) }));
}

function outputFaults(outputs: Readonly<Record<string, Json>>, { answer }: Tried): readonly string[] {
  if (answer.outcome !== 'succeeded') return [`It failed: ${answer.error?.message ?? answer.outcome}`];
  const given = answer.outputs ?? {};
  return Object.entries(outputs).flatMap(([name, value]) => {
    const found = Object.hasOwn(given, name) ? given[name] : undefined;
    if (found !== undefined && canonical(found) === canonical(value)) return [];
    return [
      `The output \`${name}\` is ${found === undefined ? 'not there' : shown(found)}, and ${shown(value)} is expected.`,
    ];
  });
}

function errorFaults(
  { code, message }: { readonly code: string; readonly message: string },
  { answer }: Tried,
): readonly string[] {
  const { outcome, error } = answer;
  if (outcome === 'succeeded') return [`It succeeded, and ${code} is expected.`];
  if (error?.code !== code)
    return [`It failed with ${error?.code ?? outcome} (${error?.message ?? ''}), and ${code} is expected.`];
  return error.message.includes(message) ? [] : [`It says "${error.message}", and "${message}" is expected in that.`];
}

/** Where a plugin threw. */
function hintOf({ answer }: Tried): { readonly hint?: string } {
  const { error } = answer;
  return error?.hint === undefined ? {} : { hint: error.hint };
}

function holds(text: string | null): string {
  return text === null ? 'is not there' : `holds ${shown(text)}`;
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
