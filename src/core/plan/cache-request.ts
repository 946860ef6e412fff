/** What a step asks of the cache: which files it reads and makes, and what else it depends on. Knows no disk. */
import type { Json } from '../json.ts';

/** What `cache` of an ActionNode evaluates to, without its tools. */
export interface CacheRequest {
  /** Globs of the files that it reads, relative to the `cwd` of the step; `!` in front takes files out. Null: nothing is declared. */
  readonly inputs: readonly string[] | null;
  /** Globs of the files that it makes, which are put back. */
  readonly outputs: readonly string[];
  /** A value of the author's that it depends on too. */
  readonly key: Json;
  /** Names of variables of giga's own environment that it depends on. */
  readonly env: readonly string[];
  /** How long a result may be used. Null: as long as it is there. */
  readonly ttlMs: number | null;
}
