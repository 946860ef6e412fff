/** `giga cache prune`: removes results of steps that are old, or too many. */
import { type PruneOptions, pruneCache } from '../../app/commands/cache-stock.ts';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { parseBytes, parseDuration } from '../../core/units.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { sizeText } from '../render/cache-lines.ts';

const USUAL_AGE = '30d';

export async function perform(call: Call): Promise<number> {
  const options = take(call, optionsOf(call));
  if (!options.ok) return options.code;
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const pruned = take(call, pruneCache(project.value, options.value));
  if (!pruned.ok) return pruned.code;
  const { removed, freedBytes } = pruned.value;
  const isDry = options.value.isDry === true;
  if (call.json)
    for (const { key, file, step } of removed)
      call.io.out.write(`${JSON.stringify({ type: isDry ? 'cache.prunable' : 'cache.removed', key, file, step })}\n`);
  const what = `${removed.length} ${removed.length === 1 ? 'result' : 'results'}, ${sizeText(freedBytes)}`;
  call.io.err.write(`${what} ${isDry ? 'would be removed' : 'removed'}\n`);
  return EXIT.done;
}

function optionsOf({ flags }: Call): Result<PruneOptions> {
  const size = flags.text('max-size');
  const age = flags.text('older-than') ?? (size === undefined ? USUAL_AGE : undefined);
  const olderThanMs = age === undefined ? undefined : parseDuration(age);
  const maxBytes = size === undefined ? undefined : parseBytes(size);
  if (olderThanMs === null) return usage('--older-than takes a duration, such as 30d.');
  if (maxBytes === null) return usage('--max-size takes a size, such as 5GB.');
  const rules = {
    ...(olderThanMs === undefined ? {} : { olderThanMs }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  };
  return { ok: true, value: { ...rules, all: flags.on('all'), isDry: flags.on('dry-run') } };
}

function usage(message: string): Result<never> {
  return { ok: false, diagnostics: [problem('CLI_USAGE', message)] };
}
