/** Makes the failure of a step of what a plugin threw: its words, and where in the plugin's own source it was thrown. */
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { problem } from '../core/diagnostic/diagnostic.ts';
import type { AttemptError } from '../core/run/event.ts';
import type { Thrown } from './isolate/messages.ts';

export interface Source {
  readonly name: string;
  /** The source map of the bundle. */
  readonly map: string;
  /** Absolute; the bundle runs under this name. */
  readonly file: string;
}

export const MORE_MEMORY = 'Raise `limits: { memory }` of the plugin.';

/** What the interpreter throws where no memory is left has no other words. */
export function explainThrown({ message, stack, retryable }: Thrown, source: Source): AttemptError {
  const where = placeIn(stack, source);
  if (message === 'out of memory')
    return problem('STEP_PLUGIN_MEMORY', `The plugin \`${source.name}\` used up its memory.`, { hint: MORE_MEMORY });
  const words = message.trim() === '' ? 'nothing that can be read' : message;
  const said = problem(
    'STEP_PLUGIN_FAILED',
    `The plugin \`${source.name}\` says: ${words}`,
    where === null ? {} : { hint: `It was thrown at ${where}.` },
  );
  return retryable === undefined ? said : { ...said, retryable };
}

/** `hello.ts:12:5`, beside the plugin's file; null where the stack does not lead into its source. */
function placeIn(stack: string, { map, file }: Source): string | null {
  const at = stack.indexOf(`${file}:`);
  const found = at < 0 ? null : /^(\d+):(\d+)/.exec(stack.slice(at + file.length + 1));
  if (found === null || found === undefined) return null;
  try {
    const { originalSource, originalLine, originalColumn } = new SourceMap(JSON.parse(map)).findEntry(
      Number(found[1]) - 1,
      Number(found[2]) - 1,
    ) as {
      readonly originalSource?: string;
      readonly originalLine?: number;
      readonly originalColumn?: number;
    }; // an entry, or an empty object
    if (originalSource === undefined || originalLine === undefined || originalColumn === undefined) return null;
    // The map names sources from the folder in which the bundle pretends to lie: the root.
    return `${relative(dirname(file), resolve('/', originalSource))}:${originalLine + 1}:${originalColumn + 1}`;
  } catch {
    return null;
  }
}
