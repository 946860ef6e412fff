/** Codes of runs: their state folder, their journals, who holds them, and the disk below. */
import type { Explanation } from './catalog.ts';

export const RUN_CODES = {
  RUN_REQUIRED: {
    title: 'A step that was required did not succeed',
    text: 'With `giga run --require STEP` a run counts as failed in which the step did not succeed, whatever became of the others: it was skipped, or something before it was. A run that only seems to have done its work is found so.',
  },
  RUN_ASSUME: {
    title: 'Nothing can be assumed of a step',
    text: 'With `giga resume --assume STEP=done` or `STEP=retry` someone who knows says whether the effect of a step has happened. It is for steps with `idempotent: false` alone, of which giga does not know it: all others may simply run again.',
  },
  RUN_STATE_UNWRITABLE: {
    title: 'The state folder cannot be written',
    text: 'giga keeps runs in `.giga` under the workspace root and could not write there, so nothing was started. Give yourself the right to write there, mount it writable, or name another folder with `--state`.',
  },
  RUN_STATE_NEWER: {
    title: 'The state was written by a newer giga',
    text: 'The state folder or a journal in it has a format that this giga does not know. Use the newer giga, or another folder with `--state`; nothing was changed.',
  },
  RUN_NOT_FOUND: {
    title: 'There is no such run',
    text: 'No run of this workspace has the id that was given, or one that begins so. `giga runs list` shows what there is.',
  },
  RUN_AMBIGUOUS: {
    title: 'Several runs begin like that',
    text: 'A run may be named by the beginning of its id as long as only one run begins so. Give more of the id.',
  },
  RUN_COMPENSATION_FAILED: {
    title: 'What undoes a step failed',
    text: 'A workflow failed, and a `compensate` step of its `on-failure` undoes the steps that had succeeded, in the reverse order of their end. One of those undoings failed: what its step did still stands; the others were undone all the same. A resume does again what was undone, and undoes what is left where the run fails again.',
  },
  RUN_EXISTS: {
    title: 'A run with this id exists',
    text: 'Every run has an id of its own, and what belongs to an earlier run is never written over. Choose another id, or leave it to giga.',
  },
  RUN_HELD: {
    title: 'Another process holds the run',
    text: 'A run has one writer at a time. The process that is named still lives (it may be paused): wait for it, or end it, and try again.',
  },
  RUN_HELD_ELSEWHERE: {
    title: 'The run is held where this process cannot look',
    text: 'The last holder of the run ran on another machine, before a reboot, or in another container, so that nobody here can tell whether it still lives. If you know that it has ended, say `--takeover`; a holder that lives on will notice and stop.',
  },
  RUN_TAKEN_OVER: {
    title: 'Another process took the run over',
    text: 'While this process was paused or cut off, another one took the run over. This one stops writing; what it did since then is not part of the run.',
  },
  RUN_NOT_LIVE: {
    title: 'No process drives the run',
    text: 'A command was sent to a run that nobody is driving at the moment. `giga resume` goes on with it.',
  },
  RUN_NO_REPOSITORY: {
    title: 'The workspace is in no git repository',
    text: 'The workflow asks for something that needs git: `workspace: { save: true }` saves the files as git trees, and `worktree` works in one. Make a repository with `git init` (`worktree` needs a commit, too), or take the key away.',
  },
  RUN_WORKTREE_FAILED: {
    title: 'The worktree of a run could not be made',
    text: 'The workflow says `workspace: { worktree: true }`, and git could not make a worktree from the commit that is checked out; the message says why. A repository needs at least one commit. No step was started.',
  },
  RUN_WORKTREE_LOST: {
    title: 'The worktree of a run is gone',
    text: 'The run worked in a worktree of its own that somebody removed, so that it cannot go on. What was committed in it may still be on the branch `giga/RUN`. Start anew with `giga run`.',
  },
  RUN_MERGE_REFUSED: {
    title: 'The changes of a run were not merged',
    text: 'All steps of the run succeeded in its worktree, and git could not merge what they did into the branch that was checked out when the run began: another branch is checked out now, that branch has moved (`merge: ff`), the changes conflict with it (`merge: squash`), or uncommitted changes would be written over. Nothing was changed, and the worktree is kept: mend it and `giga resume`, which only merges, or merge the branch `giga/RUN` by hand.',
  },
  RUN_NOTHING_TO_UNDO: {
    title: 'There is nothing to undo or redo',
    text: 'No files were saved before a step of this run, or not before the one that was named; or nothing was undone since the run last went on. Files are saved where the workflow says `workspace: { save: true }`; `giga undo --list` shows the steps to which a run can go back.',
  },
  RUN_WORKSPACE_CHANGED: {
    title: 'Someone else changed files since the run',
    text: 'An undo brings all files of the workspace back, also those that somebody changed after the run stopped; so it asks first. With `--force` it goes on: the files are saved as they are before, and `giga redo` brings them back. Where a run was cut off, nobody can tell its changes from those of others.',
  },
  RUN_UNDO_UNFINISHED: {
    title: 'An undo was cut off',
    text: 'An undo or redo was ended from outside before all files were restored. `giga undo` (or `giga redo`) completes it; nothing else is done with the run before that.',
  },
  RUN_UNDO_FAILED: {
    title: 'The files could not be restored',
    text: 'git could not save or restore the files of the workspace; the message says why. What is in the journal of the run is unchanged. Mend it and say it again: an undo that was begun is completed.',
  },
  RUN_JOURNAL_TORN: {
    title: 'The end of a journal was cut',
    text: 'A crash can leave the last records of a journal half written. They were never known to be on disk, so the run goes on before them. Damage at this place cannot be told from a write that was cut short.',
  },
  RUN_JOURNAL_DAMAGED: {
    title: 'A journal is damaged',
    text: 'Records that were known to be on disk are no longer there as they were written: the disk, a copy or an editor changed them. giga does not guess; `giga doctor --repair` goes back to the last whole record before the damage, and keeps the damaged file.',
  },
  RUN_RECORD_LIMIT: {
    title: 'An event is too large for the journal',
    text: 'One record of a journal may have 64 million characters and 1,000 levels. Let steps hand on large values as files, and journal their names.',
  },
  RUN_DISK_FULL: {
    title: 'There is no room to write',
    text: 'The disk is full, a quota is used up, or a limit on file sizes was met. The run stopped before anything was lost; make room and `giga resume`.',
  },
  RUN_DISK_ERROR: {
    title: 'The disk reported an error',
    text: 'Writing or syncing met an input/output error: the disk, the cable or the network behind it may be failing. The run stopped; what was acknowledged is kept. Look into the system log, then `giga resume`.',
  },
  RUN_DISK_READ_ONLY: {
    title: 'The disk refused a write',
    text: 'The file system became read-only, or the right to write was taken away, while the run went on. Mend that and `giga resume`.',
  },
  RUN_DISK_FAILED: {
    title: 'The state could not be read or written',
    text: 'The operating system refused to read or write a file of the state folder; the message names the file and the reason. Once that is mended, `giga resume` goes on.',
  },
  RUN_BUG: {
    title: 'A bug in giga',
    text: 'Giga met a state that should not exist and stopped before it could do harm. The journal is whole and the run can be resumed. Please report it with the message.',
  },
  RUN_SECRET_MISSING: {
    title: 'A declared secret has no value',
    text: 'The workflow names the secret under `secrets:`, and no provider has a value for it. The run stops before its first step. Set the environment variable of that name.',
  },
  RUN_EMPTY: {
    title: 'The journal of a run holds no beginning',
    text: 'Giga was stopped before it could write the first record of the run, so nothing of it has happened. Start anew with `giga run`.',
  },
  RUN_PLAN_LOST: {
    title: 'The plan of a run is lost',
    text: 'The journal names a plan that is not in the state folder any more, or whose content does not match its hash. Without it the records cannot be understood. Start anew with `giga run`.',
  },
  RUN_FILE_GONE: {
    title: 'The workflow file of a run is gone',
    text: 'The run was started from a file that does not exist any more. It goes on with the plan as it was stored.',
  },
  RUN_TIMEOUT: {
    title: 'A run took longer than its timeout',
    text: 'The workflow has a `timeout`, and its steps were not through when that was over: what was under way was stopped, then `on-failure` and `finally` ran. Time in which giga did not run counts too, as long as the same run goes on. `giga resume` starts from what succeeded, with new time.',
  },
  RUN_BAD_EVENT: {
    title: 'An event that cannot be sent to a run',
    text: 'An event has a name of letters, digits and a few marks, who sent it, and data: JSON of a bounded size and depth, which `giga runs send RUN NAME --data` takes. The message says which of them does not fit.',
  },
  RUN_EVENT_UNAWAITED: {
    title: 'No step waits for an event of this name',
    text: 'An event was sent to a run whose workflow has no `wait` with this name. It is kept, since an edited workflow may have one when the run goes on, but most likely the name is mistyped.',
  },
  RUN_EVENTS_FULL: {
    title: 'Too many events are kept for a run',
    text: 'An event that no step waits for is kept until one does, and so is one that no `match` lets through. There is room for 100 of them: more most likely mean that they are sent to the wrong run, or under a wrong name.',
  },
  RUN_INTERRUPTIONS: {
    title: 'A step was cut off too often',
    text: 'Each time the step ran, giga or the machine went down before it ended. That spends no retry, but it is bounded, since the step itself may be the reason. `giga resume` tries again.',
  },
  RUN_ARTIFACT_NOT_COPIED: {
    title: 'A kept file could not be copied out',
    text: '`giga runs artifacts --to` copies files only below the folder that it was given, replaces none unless `--force` says so, and checks what was kept against its SHA-256. The message says what stood against it; the other files are there.',
  },
  RUN_GROUP_HELD: {
    title: 'Another run of the group is under way',
    text: 'The workflow lets one run of its group go on at a time, and says `on-conflict: fail`: the run ended before any of its steps began. Start it again when the other one is over, or let runs wait for their turn with `on-conflict: queue`.',
  },
  RUN_UNKNOWN_EVENT: {
    title: 'A journal holds an event that is not known',
    text: 'The record is of a kind, or of a version of its kind, that this giga does not know, so it cannot say what the state of the run is. A newer giga wrote it: use that one.',
  },
  RUN_UNKNOWN_COMMAND: {
    title: 'A run was sent a command that is not known',
    text: 'What arrived for the run is not one of the commands that this giga understands, or a part of it is missing. Nothing was changed.',
  },
  RUN_OTHER_MODELS: {
    title: 'A run goes on with the models that it began with',
    text: 'A run that was started with `--fake` or `--replay` goes on so when it is resumed, and one that asks models goes on asking them: what was made up must not be taken for an answer. Start another run where you want it otherwise.',
  },
  RUN_UNKNOWN_STEP: {
    title: 'There is no such step in the run',
    text: 'Steps are named by their path: `deploy/upload` is the step `upload` of the group `deploy`. `giga plan` shows all of them; a step inside a group that has not begun, or is over, cannot be stopped by itself.',
  },
  RUN_OVER: {
    title: 'The run is over',
    text: 'The run has ended, so there is nothing left to stop or to hold. `giga resume` makes a new end of a run that failed or was cancelled.',
  },
  RUN_NOTHING_TO_RESUME: {
    title: 'There is nothing to resume',
    text: 'The run ended well and its workflow did not change since. `giga resume --from STEP` runs a step again, with all that depends on it; `giga run` starts a new run.',
  },
  RUN_NO_FAILED_ITEMS: {
    title: 'No item failed',
    text: '`giga resume --failed-items` runs those items of `for-each` and `matrix` again that failed, and this run has none. `giga runs failed` lists them; `giga why STEP` tells of a step that is no item.',
  },
  RUN_GOES_ON: {
    title: 'The run goes on',
    text: 'A run takes another plan, or a choice of steps, only when it is resumed, before it does anything. Stop it first, then resume it.',
  },
} as const satisfies Record<string, Explanation>;
