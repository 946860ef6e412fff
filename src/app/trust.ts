/** Whom a run works for: results of steps are used again only among runs of the same trust. Knows CI systems by their variables. */
import { readFileSync } from 'node:fs';

/** What runs of the project's own people and branches have. */
const OWN = 'own';

/**
 * `GIGA_TRUST` says it; else the CI does: a change that comes from a fork is not trusted by others. Nothing in the repository has a
 * say, since a fork could change that.
 */
export function trustOf(env: NodeJS.ProcessEnv): string {
  const given = env['GIGA_TRUST'];
  if (given) return given;
  return forkOnGitHub(env) ?? forkOnGitLab(env) ?? OWN;
}

function forkOnGitHub(env: NodeJS.ProcessEnv): string | null {
  if (env['GITHUB_ACTIONS'] !== 'true' || !env['GITHUB_EVENT_NAME']?.startsWith('pull_request')) return null;
  const { head, base } = reposOf(env['GITHUB_EVENT_PATH'] ?? '');
  if (head !== null && head === base) return null;
  return `fork ${head ?? 'unknown'}`;
}

interface Repos {
  readonly head: string | null;
  readonly base: string | null;
}

/** The repositories that a pull request goes from and to; null where the event does not say, or cannot be read. */
function reposOf(path: string): Repos {
  try {
    const event: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const repoOf = (side: string): string | null => {
      const name = inside(event, ['pull_request', side, 'repo', 'full_name']);
      return typeof name === 'string' ? name : null;
    };
    return { head: repoOf('head'), base: repoOf('base') };
  } catch {
    return { head: null, base: null };
  }
}

function inside(value: unknown, names: readonly string[]): unknown {
  let at: unknown = value;
  for (const name of names) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name]; // it has the name
  }
  return at;
}

function forkOnGitLab({
  CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: source,
  CI_PROJECT_PATH: own,
}: NodeJS.ProcessEnv): string | null {
  return source && source !== own ? `fork ${source}` : null;
}
