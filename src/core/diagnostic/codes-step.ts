/** Codes of what a step did or met while it ran. */
import type { Explanation } from './catalog.ts';

export const STEP_CODES = {
  STEP_FAILED: {
    title: 'A step failed',
    text: 'The program that the step ran ended with an exit code that is not a success. `giga logs STEP` shows its output; `success-codes` names exit codes that are answers, not failures.',
  },
  STEP_NULL_VALUE: {
    title: 'A value that is needed is null',
    text: "A reference in the text of a step has no value at run time, and an empty text there would do something else than was meant. Write `?? ''` behind the reference to say that empty is meant.",
  },
  STEP_NO_ARTIFACTS: {
    title: 'A step made no file where it was to make one',
    text: 'The program ended well, but a glob of its `artifacts` finds no file: a build without a result is no success. Correct the glob, or say that it may be so with `if-none: warn` or `ignore`.',
  },
  STEP_FILES_UNREADABLE: {
    title: 'The files that a step reads could not be looked at',
    text: 'A glob of `files` finds nothing, leads out of the folder of the step, or a file cannot be read; the message says which. A step whose files are not known cannot be kept truthfully, so it fails before it begins. A glob that finds nothing is most often a typing error; take it out where the files may be missing.',
  },
  STEP_TREE_UNSAVED: {
    title: 'The workspace could not be saved before a step',
    text: 'The workflow says `workspace: { save: true }`, so that everything that a step does to the files can be undone, and git could not save them; the message says why. The step did not begin. Mend what git complains of and `giga resume`, or take `save` away.',
  },
  STEP_ARTIFACTS_LOST: {
    title: 'The artifacts of a step could not be kept',
    text: 'The files that the step made could not be copied to the folder of the run: there are too many, they are too large, they lead out of the folder, or the disk refuses. The message says which. Nothing was kept.',
  },
  STEP_SERVICE_NOT_READY: {
    title: 'A service did not become ready',
    text: 'The program of a `service` runs, but what `ready` looks for did not come within its `timeout` (60s where it says nothing), so it was stopped. `giga logs STEP` shows what it printed.',
  },
  STEP_SERVICE_ENDED: {
    title: 'A service ended too early',
    text: 'The program of a `service` ended by itself before it was ready, or while steps still needed it. It has to stay in the foreground: a script that starts a server with `&` ends at once, and its server with it.',
  },
  STEP_LOCK_NAME: {
    title: 'The name of a lock, or a key, is empty or too long',
    text: 'The name of a `lock`, the key of `once`, or the `group` of a run under `concurrency`, is made by `${{ }}` when it is needed, and came out empty or longer than 256 characters.',
  },
  STEP_ONCE_IN_DOUBT: {
    title: 'Nothing says whether something that is done once was done',
    text: 'A step with `once: KEY` succeeds at most once for each key, among all runs. Another run began it under this key, was cut off in the middle, and nothing drives it now: it may have been done. Resume that run, which goes on with it; this one is resumed after that. Where that run was removed, only you can find out.',
  },
  STEP_INPUT_INVALID: {
    title: 'A child workflow or a prompt was given a value that does not fit',
    text: 'The inputs that a step gives to another workflow, to a fragment or to a prompt file are checked when the step begins, since their values are known only then. A null counts as not given: an optional input gets its default, a required one has no value. Nothing of the child has started, and no model was asked.',
  },
  STEP_WORKFLOW_UNKNOWN: {
    title: 'A step names a workflow that was not planned',
    text: 'The template in `workflow` or `include` gave a text that is none of those for which a file was checked before the run. It should be one of the values of an `enum`.',
  },
  STEP_HOLLOW: {
    title: 'A step did its work, and nothing came of it',
    text: 'The step succeeded by its own account, and something that its `ensures` promises is not so: giga looked for itself. A step that says it is done and has done nothing is a failure, with the exit code 1 of any other; `retry` covers it. See with `giga logs STEP` what it did, or change what it ensures.',
  },
  STEP_TIMEOUT: {
    title: 'A step took longer than its timeout',
    text: 'The attempt was stopped: its process group got TERM, and KILL after the grace period. Of a group, every step inside that was under way was stopped so. Raise `timeout`, or see with `giga logs STEP` what it was waiting for.',
  },
  STEP_UNKNOWN_TYPE: {
    title: 'A step type is not known',
    text: 'The plan names a step type that this version of giga does not have. It was probably made by another version: run the workflow anew.',
  },
  STEP_CRASHED: {
    title: 'A step type has a bug',
    text: 'The code of a step type threw instead of answering. The run goes on as after any failed attempt; please report it with the message.',
  },
  STEP_CAPTURE_FAILED: {
    title: 'A value from outside could not be read',
    text: 'A function such as `hashFiles` or `readFile`, or an `env` value with `run`, needs something from the machine before the step starts, and it could not be had. The message says what.',
  },
  STEP_SHELL_MISSING: {
    title: 'A shell is not installed',
    text: 'The step asks for a shell that is not on the PATH of this machine, so its script was not started. Install it, or choose another one with `shell`.',
  },
  STEP_PROGRAM_MISSING: {
    title: 'A program is not found',
    text: "The first item of a `run` list names a program, and no file of that name is on the PATH that the step sees, or at that place. Check the spelling, install it, or write its path relative to the step's `cwd` with `./`.",
  },
  STEP_NOT_EXECUTABLE: {
    title: 'A program cannot be executed',
    text: 'The file exists, but the system refuses to run it: it is a folder, lacks the permission to execute (`chmod +x`), or is no program for this machine. A script without a `#!` line is run by naming its shell first.',
  },
  STEP_CWD_MISSING: {
    title: 'The working folder of a step is missing',
    text: 'The `cwd` of a step must be a folder that exists when the step starts. An earlier step may have to make it, or the path is relative to another place than meant: it counts from the workspace root.',
  },
  STEP_TOO_LARGE: {
    title: 'The arguments or the environment are too large',
    text: 'The system bounds what a program gets as arguments and environment: on Linux 128 KiB for one text, and about 2 MiB for all. Give large values by `stdin`, or write them to a file.',
  },
  STEP_BAD_VALUE: {
    title: 'A value cannot be given to a program',
    text: 'Arguments and variables of programs cannot hold a NUL character, and the name of a variable must not be empty or hold `=`. Give such data by `stdin`, or write it to a file.',
  },
  STEP_VALUE_TOO_LARGE: {
    title: 'A value is too large for a script',
    text: 'Each `${{ }}` of a script is handed over as one variable, and the system refuses a variable of more than 128 KiB. Give the value by `stdin:`, or write it to a file and hand over its path.',
  },
  STEP_NOT_STARTED: {
    title: 'A program could not be started',
    text: "The system refused to start the program, for a reason that has nothing to do with the program itself: too many processes or open files, or no memory. The message has the system's own word for it.",
  },
  STEP_LOG_FAILED: {
    title: 'The output of a step could not be kept',
    text: 'The log files of the step could not be written: the disk is full or read-only, or the folder of the run was removed. Free some space, or name another place with `--state`, and resume.',
  },
  STEP_BAD_OUTPUT: {
    title: 'The step wrote outputs that cannot be read',
    text: 'A file at `$GIGA_OUTPUT` holds lines `name=value`, blocks `name<<END` … `END`, or one JSON object. Names start with a letter or `_` and hold letters, digits, `_` and `-`. The message names the line that is neither.',
  },
  STEP_BAD_REQUEST: {
    title: 'A step was asked for something it cannot do',
    text: 'What the step evaluates to when it starts is not what its kind takes: for example a list for `run` without an item, or an empty text where a program should stand. The message names the part.',
  },
  STEP_LEFTOVERS: {
    title: 'A step left processes behind',
    text: 'When the program of the step had ended, other programs that it started were still running, and giga stopped them. A step is over when its own program is: wait for what it starts (`wait`), or run a service outside of the workflow.',
  },
  STEP_CANCELLED: {
    title: 'A step was stopped',
    text: 'The attempt was asked to stop before it was through: its process group got TERM, and KILL after the grace period. Nothing is wrong with the step itself.',
  },
  STEP_LOST: {
    title: 'The shell of a step was lost',
    text: 'The shell that giga keeps open for quick steps died while the step ran in it, so nobody knows how the step ended. This is an interruption and no failure: the step runs again, in a shell of its own.',
  },
  STEP_SHORT_SECRET: {
    title: 'A secret is very short',
    text: 'giga hides the values of secrets wherever they would be shown or stored. A value of fewer than four characters occurs everywhere by chance: hiding it makes logs hard to read, and its encoded forms cannot be hidden at all. Use a longer one.',
  },
  STEP_FAIL: {
    title: 'A step says that the run fails',
    text: 'The workflow reached a `fail` step, whose only work is to fail with a message of the author. Look at the condition of that step for the reason.',
  },
  STEP_OUTPUT_INVALID: {
    title: 'An output is not what its schema says',
    text: 'A computed output has a schema beside its `value`, and what the step gave does not satisfy it; or the values of a `set` step are not an object. The step counts as failed and publishes no outputs.',
  },
  STEP_ITEMS_INVALID: {
    title: 'The items of a step cannot be used',
    text: 'What `for-each` or `matrix` names is known only when the step begins, and it is no list, has too many items, or cannot be put in order. The message says which; `giga eval` helps to try an expression.',
  },
  STEP_ITEM_KEY: {
    title: 'An item has no key of its own',
    text: 'Each item is known by a key: in paths such as `deploy[eu]`, and when a run is resumed. It must be a short text or a number that no other item has; say with `for-each.key` where it comes from.',
  },
  STEP_TOO_FEW_ITEMS: {
    title: 'A step has too few items',
    text: 'The list of a `for-each` with `min` came out shorter than that, so something before it most likely did not do its work. Without `min` an empty list skips the step.',
  },
  STEP_LOOP_EXHAUSTED: {
    title: 'A loop did not reach its end',
    text: 'The step was done as often as `loop.max` allows, and its `until` is still false (or its `while` still true). The outputs and `giga why STEP#N` of the last iteration show what is missing; raise `max` if it only takes longer.',
  },
  STEP_LOOP_PLATEAU: {
    title: 'A loop makes no progress',
    text: 'The `metric` of the loop had the same value in as many iterations as `stop-when.plateau` says, and `until` is still false. Without `until` a plateau ends the loop as a success.',
  },
  STEP_LOOP_METRIC: {
    title: 'The metric of a loop is no number',
    text: 'A plateau is found by comparing numbers, and what `stop-when.metric` gave after an iteration is none. A text becomes a number with `float(…)`; a null most often means that the output it reads is not there.',
  },
  STEP_OUTPUT_TRUNCATED: {
    title: 'An output is read that was cut off',
    text: 'The step wrote more than is kept as an output, so `stdout`, `json` and `lines` would be wrong without a word. Read the whole from the file in the output `log`, write less, or raise `max-output`.',
  },
  STEP_NOT_JSON: {
    title: 'The output of a step is not JSON',
    text: 'The step reads its own output as `self.json`, and what it wrote is not one JSON value. Often a program mixes messages into its output: send those to stderr.',
  },
  STEP_WAIT_DURATION: {
    title: 'A wait has no duration',
    text: 'What a `wait` step is to wait `for` came out as something that is not a duration with units, such as `90s`, `10m` or `1h30m`. A bare number is none, since it does not say its unit.',
  },
  STEP_WAIT_TIMEOUT: {
    title: 'What a step waited for did not come',
    text: 'The `wait` has a `timeout`, and when it was over the condition did not hold, the event was not sent, or the file was not there. The message says what was waited for, and what was found at the last look. Time in which giga did not run counts too.',
  },
  STEP_WAIT_FILE: {
    title: 'A file cannot be waited for',
    text: 'A `wait` for a file looks for a path or a pattern of the workspace. One that leads out of it, or that the disk refuses to look at, can never be found.',
  },
  STEP_ENV_NOT_TEXT: {
    title: 'A variable of the environment is no text',
    text: 'Programs get their environment as texts, and a list or an object has no one text. Say with `toJSON(…)`, `join(…)` or an index which text is meant.',
  },
} as const satisfies Record<string, Explanation>;
