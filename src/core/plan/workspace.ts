/** How a plan deals with the files around its run. */

export interface WorkspaceSpec {
  /** A tree of the workspace is saved before each step that may write. */
  readonly save?: true;
  /** The run works in a git worktree of its own; what becomes of its changes at the good end of the run. */
  readonly merge?: 'ff' | 'squash' | 'none';
}
