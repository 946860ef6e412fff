/** The port that sees what changed in the workspace, and puts back what should not have. Knows no agents and no git. */
import type { Result } from './diagnostic/diagnostic.ts';

export interface WorkspaceGuard {
  /** Names how the files of the workspace are now; those that git ignores do not count. Never rejects. */
  save(): Promise<Result<string>>;
  /** As `putBack`, and leaves all as it is. Never rejects. */
  compare(before: string, isAllowed: (path: string) => boolean): Promise<Result<ChangedOutside>>;
  /**
   * Puts back what differs from `before` and is not allowed, and gives its paths, from the root with `/`, sorted. Never rejects.
   * What was there is not lost: `after` names it.
   */
  putBack(before: string, isAllowed: (path: string) => boolean): Promise<Result<ChangedOutside>>;
}

export interface ChangedOutside {
  readonly files: readonly string[];
  /** Names how the files were when they were compared. */
  readonly after: string;
}
