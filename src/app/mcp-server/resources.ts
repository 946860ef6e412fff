/** The runs of the offered workflows as resources: what each is now, its story in words, and its log. Starts nothing. */
import type { JsonObject } from '../../core/json.ts';
import { type ReadRun, readRun } from '../commands/find-run.ts';
import { type ListedRun, listRuns } from '../commands/list-runs.ts';
import { attemptLogs, readFrom, sizeOf } from '../commands/logs.ts';
import { stateOf } from '../commands/run-history.ts';
import type { Project } from '../project.ts';
import { slashed } from '../workspace.ts';
import type { Offered } from './offer.ts';
import { type RunPart, readRunUri, runUri } from './uris.ts';

export interface RunShelf {
  readonly project: Project;
  /** Runs of other workflows are nobody's business here. */
  readonly offered: readonly Offered[];
  /** The story of a run for people. */
  readonly tell: (run: ReadRun) => string;
}

export interface ListedResource {
  readonly uri: string;
  readonly name: string;
  readonly description: string;
  readonly mimeType: string;
  readonly [key: string]: unknown;
}

const PAGE = 50;

/** The latest first. `cursor`: the id of the last run of the page before. */
export async function listResources(
  shelf: RunShelf,
  cursor?: string,
): Promise<{ readonly resources: ListedResource[]; readonly nextCursor?: string }> {
  const files = filesOf(shelf);
  const runs = (await listRuns(shelf.project)).filter(({ file }) => files.has(file));
  const from = cursor === undefined ? 0 : runs.findIndex(({ id }) => id === cursor) + 1;
  const page = runs.slice(from, from + PAGE);
  const last = page.at(-1);
  const isMore = last !== undefined && from + PAGE < runs.length;
  return { resources: page.map(resourceOf), ...(isMore && { nextCursor: last.id }) };
}

function resourceOf({ id, name, state, startedAt }: ListedRun): ListedResource {
  const when = startedAt === null ? '' : ` · ${new Date(startedAt).toISOString()}`;
  return { uri: runUri(id), name: `run ${id}`, description: `${name} · ${state}${when}`, mimeType: TYPES.facts };
}

const TYPES: Readonly<Record<RunPart, string>> = { facts: 'application/json', story: 'text/plain', log: 'text/plain' };

export const TEMPLATES = [
  { uriTemplate: `giga://runs/{id}`, name: 'run', description: 'What a run is now', mimeType: TYPES.facts },
  { uriTemplate: `giga://runs/{id}/story`, name: 'story', description: 'Each step, and why', mimeType: TYPES.story },
  { uriTemplate: `giga://runs/{id}/log`, name: 'log', description: 'What steps wrote', mimeType: TYPES.log },
];

/** Null where there is no such run, or it is none of these workflows. */
export async function readResource(
  shelf: RunShelf,
  uri: string,
): Promise<{ readonly uri: string; readonly mimeType: string; readonly text: string } | null> {
  const named = readRunUri(uri);
  if (named === null) return null;
  const found = await readRun(shelf.project.store, named.id);
  if (!found.ok || found.value.id !== named.id || !filesOf(shelf).has(found.value.story.file)) return null;
  return { uri, mimeType: TYPES[named.part], text: textOf(shelf, found.value, named.part) };
}

function filesOf({ project, offered }: RunShelf): ReadonlySet<string> {
  return new Set(offered.map(({ file }) => slashed(project.root, file)));
}

function textOf({ project, tell }: RunShelf, run: ReadRun, part: RunPart): string {
  if (part === 'facts') return JSON.stringify(factsOf(run), null, 2);
  return part === 'story' ? tell(run) : logText(project, run);
}

function factsOf({ story, held }: ReadRun): JsonObject {
  const { id, name, file, inputs, startedAt, lastAt, finished, steps } = story;
  return {
    run: id,
    workflow: name,
    file,
    state: stateOf(story, held),
    inputs,
    'started-at': new Date(startedAt).toISOString(),
    'last-at': new Date(lastAt).toISOString(),
    ...(finished && { outputs: finished.outputs }),
    ...(finished?.error && { error: { code: finished.error.code, message: finished.error.message } }),
    steps: [...steps.values()].flatMap(({ path, attempts, settled }) =>
      path === ''
        ? []
        : {
            step: path,
            result: settled?.result ?? null,
            attempts: attempts.length,
            ...(settled?.error && { error: { code: settled.error.code, message: settled.error.message } }),
          },
    ),
  };
}

/** Of all logs together. Of a longer log its end is shown. */
const LOG_BYTES = 256 * 1024;
const MIN_BYTES = 1024;

function logText({ store }: Project, { story }: ReadRun): string {
  const logs = attemptLogs(store, story).flatMap(({ path, attempt, out, err }) =>
    [out, err].filter((file) => sizeOf(file) > 0).map((file) => ({ path, attempt, file })),
  );
  const room = Math.max(MIN_BYTES, Math.floor(LOG_BYTES / Math.max(1, logs.length)));
  return logs
    .slice(0, LOG_BYTES / MIN_BYTES)
    .map(({ path, attempt, file }) => {
      const skipped = Math.max(0, sizeOf(file) - room);
      const stream = file.endsWith('.err') ? 'stderr' : 'stdout';
      const cut = skipped > 0 ? `… ${skipped} bytes before this\n` : '';
      const text = Buffer.concat([...readFrom(file, skipped)]).toString();
      return `── ${path} · attempt ${attempt} · ${stream}\n${cut}${text.endsWith('\n') ? text : `${text}\n`}`;
    })
    .join('');
}
