/** Codes of the check and the compilation of workflows, and of the inputs given to them. */
import type { Explanation } from './catalog.ts';

export const PLAN_CODES = {
  PLAN_IDEMPOTENT: {
    title: 'A promise about repeating a step cannot be kept',
    text: 'A step with `idempotent: false` is never done twice blindly. For that it needs an id, by which a later run of the journal finds it; an own `retry` needs `verify`, which says whether the effect happened; a group around it cannot have a `retry`, which does all of it anew; and `cache` would pass over it. `verify` has a meaning only beside `idempotent: false`.',
  },
  PLAN_ARTIFACT_PATH: {
    title: 'An artifact lies outside of the folder of its step',
    text: 'The globs of `artifacts` are relative to the `cwd` of the step and may not lead out of it, so that a workflow cannot collect files of the machine by mistake. Set `cwd`, or copy the file there in the step.',
  },
  PLAN_FILES_PATH: {
    title: 'A file that a step reads lies outside of its folder',
    text: 'The globs of `files` are relative to the `cwd` of the step and may not lead out of it. Set `cwd`, or name the files from the root of the workspace.',
  },
  PLAN_MALFORMED: {
    title: 'A value has the wrong shape',
    text: 'The key is known, but its value is of a kind that it cannot take, such as a list where a text is wanted. The language reference shows the forms of each key.',
  },
  PLAN_FILE_MISSING: {
    title: 'A file that a workflow names is not there',
    text: 'The path in `workflow`, `include` or `prompt-file` is relative to the document that it stands in, and names one file with its ending.',
  },
  PLAN_FILE_CYCLE: {
    title: 'Workflows that contain each other',
    text: 'A workflow runs another one that, directly or over others, runs the first again. The plan of a run is made before it starts, so it would have no end. To do something until a condition holds, use `loop`.',
  },
  PLAN_OPEN_FILE: {
    title: 'Which workflow is meant cannot be known before the run',
    text: 'Every workflow that a run may come to is read and checked before it starts. A template in `workflow` or `include` must therefore be made of values of which all words are known: an input, or an output with a schema, that has an `enum`.',
  },
  PLAN_TOO_LARGE: {
    title: 'A workflow is too large with all that it contains',
    text: 'The steps of a child workflow count at each place where it is run. Do parts of it as runs of their own, or over a list with `for-each`.',
  },
  PLAN_FRAGMENT: {
    title: 'A fragment says more than a fragment can',
    text: 'A file named by `include` becomes a group of the workflow that includes it, and has its environment, secrets and permissions. It says `inputs`, `steps` and `outputs`. What has a life of its own (`env`, `secrets`, `on-failure`, `finally` …) is a workflow, run with `workflow:`.',
  },
  PLAN_CHILD_SECRET: {
    title: 'A child workflow is not given a secret that it declares',
    text: 'A child workflow gets no secret by itself: the step that runs it names those that it may have, in `secrets: [NAME]`, and the workflow around it declares them.',
  },
  PLAN_NO_STEPS: {
    title: 'A workflow without steps',
    text: 'A workflow needs at least one step under `steps:`, or, in a Markdown file, at least one section that is one: a heading that is an id, with one fenced block in a shell language below it.',
  },
  PLAN_NOT_BUILT: {
    title: 'A part of the language that is not built yet',
    text: 'The language reference describes it, but this version of giga cannot do it. It is refused rather than left out, since a workflow that silently does less than it says is worse than one that does not start.',
  },
  PLAN_UNKNOWN_CODE: {
    title: 'A code of an error that does not exist',
    text: 'The `errors` of `retry` name failures by the codes with which giga reports them, such as `STEP_TIMEOUT`. One that does not exist would never match, so it is refused.',
  },
  PLAN_PERMISSION: {
    title: 'A permission that cannot be given',
    text: 'A step can only narrow what `permissions` of the workflow allow: each host in its `net` must be one that the workflow lets through. A host is a name, an address, or `*.example.com`, without scheme, port and path.',
  },
  PLAN_KEY_WITHOUT_EFFECT: {
    title: 'A key that does nothing here',
    text: 'The key is a modifier of steps that run a program, such as `timeout` or `secrets`. Beside an action that runs none it would be silently ignored, so it is refused.',
  },
  PLAN_EMPTY_RUN: {
    title: 'A step runs nothing',
    text: 'The `run` of the step is empty, which most often is a value that was forgotten. A step that is meant to do nothing runs `true`.',
  },
  PLAN_EXIT_CODE: {
    title: 'An exit code that cannot be met',
    text: 'On every system but Windows an exit code has eight bits, from 0 to 255: a shell that is told to end with 256 ends with 0. A greater number in `success-codes` would never be met, so it is refused where the shell is one of POSIX.',
  },
  PLAN_BAD_ID: {
    title: 'A text that cannot be an id',
    text: 'Ids stand in paths, file names and expressions, so they are made of 1 to 64 letters, digits, `-` and `_`, and `on-failure` and `finally` are taken. A `name:` may be any text.',
  },
  PLAN_DUPLICATE_ID: {
    title: 'Two steps of one scope have the same id',
    text: 'Expressions, `needs` and commands name a step by its id, so it must be the only one of its scope. Without an `id:` it is made from the `name:`.',
  },
  PLAN_ID_CASE: {
    title: 'Two ids differ only in case',
    text: 'The logs of a step lie in a folder of its name, and some systems cannot tell `Build` from `build`. Choose ids that differ in more than case.',
  },
  PLAN_SHADOWED_ID: {
    title: 'An id repeats one of an enclosing scope',
    text: 'Steps inside a group can read the steps around it by id. An inner step of the same id would make every such reference mean something else, so it is refused.',
  },
  PLAN_ITEMS_BY_INDEX: {
    title: 'Items are known by their place alone',
    text: 'The items of a `for-each` are no distinct texts or numbers, so each is known by its place in the list. When one is put in or taken out, a resume takes those behind it for others and does them again. `key:` names what tells them apart.',
  },
  PLAN_ANONYMOUS_STEP: {
    title: 'A step without id and name',
    text: 'Such a step is called by its position, `step-3`. After an edit of the file a resume knows it again only if its definition is unchanged. Give it an `id:` to have its result kept more often.',
  },
  PLAN_TOO_DEEP: {
    title: 'Groups stand too deep inside each other',
    text: 'Everything has a limit, and groups may stand 32 deep. A deeper workflow is almost always a generated one that can be written flat, with `needs`.',
  },
  PLAN_UNREACHABLE: {
    title: 'A step or a branch that can never run',
    text: 'Its condition is never true, an earlier branch always holds, or it waits for the success of a step that never runs. What depends on it is skipped in every run.',
  },
  PLAN_CYCLE: {
    title: 'Steps that wait for each other',
    text: 'A step waits for its `needs`, for every step that its text reads, and in a list for those before it. Along the path shown, the last step waits for the first, so none of them could ever start. Remove one of these edges.',
  },
  PLAN_NOTHING_TO_UNDO: {
    title: 'There is nothing that `compensate` could undo',
    text: 'A `compensate` in `on-failure` undoes steps that say how they are undone: `compensate: { run: … }` on the step itself, or on one inside of it. It takes `all`, or ids of steps at the top of the same workflow.',
  },
  PLAN_COMPENSATE_PLACE: {
    title: '`compensate` stands where it cannot be',
    text: 'As a modifier it says how a step is undone: of steps under `steps`, and of what is inside of them, but not of what is done at an end (`on-success`, `on-failure`, `finally`, hooks, or what undoes a step itself). As an action it undoes what succeeded, and is a step of `on-failure` at the top level of a workflow.',
  },
  PLAN_UNKNOWN_NEED: {
    title: 'A step needs a step that does not exist',
    text: '`needs` names steps of the same scope: members of the same list, map or group. A step inside a group is named by no step outside it: need the group.',
  },
  PLAN_INNER_STEP: {
    title: 'A step inside a group is read from outside',
    text: 'What a group does inside is its own affair; the steps around it see only what it declares in `outputs`. Declare what is needed there and read `steps.GROUP.outputs.NAME`.',
  },
  PLAN_NEVER_FAILS: {
    title: '`failure()` in a step that depends on nothing',
    text: '`failure()` asks whether a step that this one depends on has failed. Without `needs` and reads there is none, so it is never true. To do something when the workflow fails, use `on-failure` at the top level.',
  },
  PLAN_CONTEXT: {
    title: 'A context that does not exist here',
    text: 'Some contexts have a meaning only in some keys: `self` only in the `outputs` of a step that runs something, and `steps` not in what holds for every step.',
  },
  PLAN_SECRET_UNDECLARED: {
    title: 'A secret that the workflow does not declare',
    text: 'The names under `secrets:` at the top level are the whole list of secrets that a workflow may use. They are asked for before any step starts, and masked everywhere from then on.',
  },
  PLAN_VALUE_IN_PROGRAM: {
    title: 'A value inside the text of a program',
    text: 'giga never pastes values into programs, since the language would execute whatever they hold. In bash and sh a value becomes a reference to a variable; in cmd, Python, Node and some places of PowerShell that cannot be done. Put the value in `env:` and read the variable in the program.',
  },
  PLAN_BARE_EXPRESSION: {
    title: 'An expression without `${{ }}`',
    text: 'In `outputs` and in the values of `set` a text is a template: without `${{ }}` it is taken as it stands. A text that begins like a reference is most likely meant to be evaluated.',
  },
  PLAN_BAD_DURATION: {
    title: 'A text that is not a duration',
    text: 'Durations are written with units, the larger first: `500ms`, `10s`, `1h30m`, `2d`. A bare number does not say what it counts.',
  },
  PLAN_BAD_SIZE: {
    title: 'A text that is not a size',
    text: 'Sizes are written as `512KB`, `10MB` (decimal) or `64KiB`, `1MiB` (binary).',
  },
  PLAN_BAD_SCHEMA: {
    title: 'A schema that cannot be checked',
    text: 'Inputs and outputs are described by the keywords of JSON Schema (draft-07), without `$ref`, `if` and `dependencies`. One that is unknown, or has a value of the wrong kind, would check nothing.',
  },
  PLAN_BAD_DEFAULT: {
    title: 'A default that its own input would refuse',
    text: 'The `default` of an input must satisfy the type and the other keywords of that input.',
  },
  PLAN_INPUT_UNKNOWN: {
    title: 'An input that the workflow does not have',
    text: 'A value was given for an input that is not declared under `inputs:`. It would change nothing, so it is most likely a slip.',
  },
  PLAN_INPUT_MISSING: {
    title: 'A required input has no value',
    text: 'Give it with `-i name=value`, in a file with `--inputs FILE`, or as the variable `GIGA_INPUT_NAME`.',
  },
  PLAN_INPUT_INVALID: {
    title: 'The value of an input does not fit',
    text: 'The value given is not of the type that the input declares, or breaks one of its other rules. Lists and objects are given as JSON.',
  },
  PLAN_UNKNOWN_PROFILE: {
    title: 'A profile that does not exist',
    text: '`--profile` names an entry under `profiles:` of the workflow or of `giga.yaml`.',
  },
  PLAN_SECTION_SCRIPTS: {
    title: 'A section with more than one script',
    text: 'In a Markdown workflow a heading that is an id is a step, and the one fenced block below it is its script. With two it is not clear which one runs. Give the second a section of its own, or indent it inside a list or quote to make it an example.',
  },
  PLAN_SECTION_LANGUAGE: {
    title: 'A fenced block in a language that cannot be run',
    text: 'The language of the fence picks the shell: bash, sh, pwsh, cmd, python, node. A step of a Markdown workflow needs a block in one of them.',
  },
  PLAN_SECTION_MISSING: {
    title: 'A step of the frontmatter without a section',
    text: 'In a Markdown workflow the frontmatter adds keys to the steps of the body. A step that has neither a section of its id nor an action of its own does nothing.',
  },
} as const satisfies Record<string, Explanation>;
