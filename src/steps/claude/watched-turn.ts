/**
 * Compares the workspace around the calls of one turn. What tools without a sandbox changed that they may not is put back; in the sandbox that
 * cannot be their work, so it is found and told, and stays. Knows no git and no transcript.
 */
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import type { AttemptError } from '../../core/run/event.ts';
import type { WorkspaceGuard } from '../../core/workspace-guard.ts';
import type { OfferedTool } from './agent-types.ts';

export interface WatchedTurn {
  readonly guard: WorkspaceGuard;
  /** Names how the files were before the calls. */
  readonly before: string;
  /** Calls could write anywhere. */
  readonly isOpen: boolean;
  /** Whether other steps were at work since then. */
  readonly others: () => boolean;
}

export interface Watcher {
  readonly guard?: WorkspaceGuard;
  readonly othersAtWork?: () => () => boolean;
}

/** Null where nothing can change, or nobody can say what did and nothing but the sandbox writes. */
export async function watchTurn(
  { guard, othersAtWork }: Watcher,
  reaches: readonly OfferedTool['reach'][],
): Promise<Result<WatchedTurn | null>> {
  const isOpen = reaches.includes('acts');
  if (guard === undefined || !(isOpen || reaches.includes('edits'))) return { ok: true, value: null };
  const others = othersAtWork?.() ?? ALONE;
  const saved = await guard.save();
  if (saved.ok) return { ok: true, value: { guard, before: saved.value, isOpen, others } };
  return isOpen ? saved : { ok: true, value: null };
}

const ALONE = (): boolean => false;

/** What was found: to be noted first, then to fail of, where there is an error. */
export interface Trespass {
  readonly news: JsonObject;
  readonly error: AttemptError | null;
}

/** Null where nothing changed that may not. */
export async function trespassIn(
  { guard, before, isOpen, others }: WatchedTurn,
  mayWrite: (path: string) => boolean,
): Promise<Result<Trespass | null>> {
  const compare = isOpen ? guard.putBack : guard.compare;
  const found = await compare(before, mayWrite);
  if (!found.ok) return isOpen ? found : { ok: true, value: null };
  const { files, after } = found.value;
  if (files.length === 0) return { ok: true, value: null };
  const seen = { files: files.slice(0, MAX_FILES), after };
  if (isOpen) return { ok: true, value: { news: { kind: 'write-reverted', ...seen }, error: reverted(files, after) } };
  const wereOthers = others();
  const news = { kind: 'write-outside', ...seen, before, 'others-at-work': wereOthers };
  return { ok: true, value: { news, error: wereOthers ? null : outside(files, before) } };
}

const MAX_FILES = 1_000;

function reverted(files: readonly string[], after: string): AttemptError {
  return problem(
    'STEP_WRITE_OUTSIDE',
    `While tools of the agent ran, ${named(files)} changed, which it may not write. It was put back.`,
    {
      hint: `Allow it (\`permissions: { write: [...] }\`), or keep other steps from writing at the same time. What it was is kept as the git tree ${after}.`,
    },
  );
}

/** The sandbox lets nothing through, so this is most likely the work of somebody else, and is not taken from them. */
function outside(files: readonly string[], before: string): AttemptError {
  return problem(
    'STEP_WRITE_OUTSIDE',
    `While tools of the agent ran, ${named(files)} changed, which it may not write. It was left as it is.`,
    {
      hint: `The sandbox should not let it through: look at who wrote it. Where others write in the workspace, give the run a worktree (\`workspace: { worktree: true }\`). What it was before is kept as the git tree ${before}.`,
    },
  );
}

function named(files: readonly string[]): string {
  const some = files
    .slice(0, 5)
    .map((file) => `\`${file}\``)
    .join(', ');
  return files.length > 5 ? `${some} and ${files.length - 5} more` : some;
}
