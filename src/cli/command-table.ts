/** Every command of giga and what it takes: the one source of the parser, the help, completion and docs/cli.md. */
import { CACHE_COMMANDS } from './cache-commands.ts';
import { CLAUDE_MEMORY_COMMANDS } from './claude-memory-commands.ts';
import { CLAUDE_SESSION_COMMANDS } from './claude-session-commands.ts';
import type { CommandSpec } from './command-spec.ts';
import { CACHE_FLAGS, FILE, INPUT_FLAGS, MODEL_FLAGS, PEOPLE_FLAGS, RUN, RUN_FLAGS } from './common-flags.ts';
import { MCP_COMMANDS } from './mcp-commands.ts';
import { MCP_SERVE } from './mcp-serve-spec.ts';
import { PLUGIN_COMMANDS } from './plugin-commands.ts';
import { PROVE } from './prove-spec.ts';
import { UNDO_COMMANDS } from './undo-commands.ts';

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'run',
    summary: 'run a workflow',
    arguments: [FILE],
    flags: [
      ...INPUT_FLAGS,
      {
        name: 'require',
        kind: 'list',
        value: 'step',
        description: 'fail unless this step succeeds, also where it would be skipped; repeatable',
      },
      ...RUN_FLAGS,
      ...CACHE_FLAGS,
      ...MODEL_FLAGS,
      ...PEOPLE_FLAGS,
    ],
    examples: ['giga run hello.yaml', 'giga run ci -i target=es2023 --concurrency 4'],
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'resume',
    summary: 'continue a run: finished steps are kept',
    details:
      'Finished steps are kept as long as nothing that they depend on has changed, also after an edit of the file.',
    arguments: [RUN],
    flags: [
      { name: 'plan', kind: 'switch', description: 'only say what would be kept or run, and why' },
      {
        name: 'from',
        kind: 'list',
        value: 'step',
        description: 'run this step and what depends on it again; repeatable',
        complete: 'step',
      },
      {
        name: 'only',
        kind: 'list',
        value: 'step',
        description: 'run nothing but this step; repeatable',
        complete: 'step',
      },
      { name: 'downstream', kind: 'switch', description: 'with --only: and what depends on it' },
      {
        name: 'assume',
        kind: 'list',
        value: 'step=how',
        description: 'of a step in doubt: it has happened (`done`), or is to be done again (`retry`); repeatable',
      },
      {
        name: 'budget',
        kind: 'list',
        value: 'amount',
        description:
          'raise a budget: `usd=5`, `tokens=800k` or `calls=300` of the run, `STEP:usd=5` of a step; repeatable',
      },
      { name: 'failed-items', kind: 'switch', description: 'run the items of for-each and matrix again that failed' },
      {
        name: 'strict',
        kind: 'switch',
        description: 'run steps without `files` again where the workspace was changed since',
      },
      { name: 'takeover', kind: 'switch', description: 'take the run over from a holder on another machine' },
      ...RUN_FLAGS,
      ...CACHE_FLAGS,
      ...MODEL_FLAGS,
      ...PEOPLE_FLAGS,
    ],
    examples: [
      'giga resume',
      'giga resume 7f3c --plan',
      'giga resume 7f3c --from build',
      'giga resume 7f3c --assume publish=done',
      'giga resume 7f3c --budget usd=5',
    ],
    load: () => import('./commands/resume.ts'),
  },
  {
    name: 'approve',
    summary: 'answer what a run asks: show what waits, and give a verdict',
    details:
      'Without a verdict it lists what waits, and asks at a terminal. A run that was stopped goes on here once it is answered',
    arguments: [RUN, { name: 'step', description: 'the step that asks; may be left out when there is one' }],
    flags: [
      { name: 'verdict', kind: 'text', value: 'word', description: 'the verdict: one of the options of the step' },
      { name: 'as', kind: 'text', value: 'name', description: 'who answers; default: the user of this machine' },
      {
        name: 'form',
        kind: 'list',
        value: 'name=value',
        description: 'fill in a field of the form, or all of them as a JSON object; repeatable',
      },
      { name: 'comment', kind: 'text', value: 'text', description: 'say why' },
      { name: 'digest', kind: 'text', value: 'digits', description: 'answer only what was shown with this digest' },
      { name: 'key', kind: 'text', value: 'file', description: 'sign with this private key' },
      {
        name: 'out',
        kind: 'text',
        value: 'file',
        description: 'write the signed verdict into a file, and answer nothing',
      },
      { name: 'expires', kind: 'text', value: 'time', description: 'how long a signed verdict holds; default: 7d' },
      { name: 'keygen', kind: 'text', value: 'file', description: 'make a key for signing, and print its public half' },
      { name: 'record-only', kind: 'switch', description: 'record the verdict, and do not go on with the run' },
      ...RUN_FLAGS,
      ...PEOPLE_FLAGS,
    ],
    examples: [
      'giga approve',
      'giga approve 7f3c gate --verdict approve --as alice',
      'giga approve 7f3c gate --verdict approve --as alice --key alice.pem --out verdict.json',
    ],
    load: () => import('./commands/approve.ts'),
  },
  ...UNDO_COMMANDS,
  {
    name: 'validate',
    summary: 'check files and report every problem at once',
    arguments: [
      {
        name: 'files',
        description: 'files, globs or names; default: all of workflows/',
        variadic: true,
        complete: 'workflow',
      },
    ],
    flags: [
      {
        name: 'budget',
        kind: 'switch',
        description: 'add up what calls of models may take at worst, and refuse budgets that it does not fit into',
      },
      {
        name: 'security',
        kind: 'switch',
        description:
          'list where text of models, servers and the web goes, what is in no sandbox and what is not pinned',
      },
    ],
    examples: ['giga validate', "giga validate 'workflows/**/*.yaml'", 'giga validate --budget --security'],
    load: () => import('./commands/validate.ts'),
  },
  {
    name: 'plan',
    summary: 'show what a workflow would run',
    arguments: [FILE],
    flags: [],
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'graph',
    summary: 'print the graph of a workflow',
    arguments: [FILE],
    flags: [
      {
        name: 'format',
        short: 'f',
        kind: 'text',
        value: 'format',
        choices: ['text', 'mermaid', 'dot', 'svg'],
        description: 'default: text',
      },
    ],
    examples: ['giga graph ci -f svg > ci.svg'],
    load: () => import('./commands/graph.ts'),
  },
  {
    name: 'why',
    summary: 'say why a step ran, was kept, was skipped or failed',
    arguments: [{ name: 'step', description: 'path of a step', required: true, complete: 'step' }, RUN],
    flags: [],
    load: () => import('./commands/why.ts'),
  },
  {
    name: 'test',
    summary: 'run workflows with fakes and hold them against what their tests expect',
    details:
      'Tests stand in `NAME.test.yaml`. No step is run, and time is virtual: a wait of a day takes none. Ends with the branches that no test has taken.',
    arguments: [{ name: 'files', description: 'files or globs; default: all *.test.yaml below here', variadic: true }],
    flags: [
      { name: 'only', kind: 'text', value: 'text', description: 'only tests with this in their name' },
      { name: 'watch', short: 'w', kind: 'switch', description: 'run again whenever a file changes' },
      { name: 'junit', kind: 'text', value: 'file', description: 'write the results as JUnit XML' },
    ],
    examples: ['giga test', 'giga test workflows/release.test.yaml --only publishes'],
    load: () => import('./commands/test.ts'),
  },
  PROVE,
  {
    name: 'diff',
    summary: 'show what differs between two runs: steps, inputs, outputs, durations, decisions',
    arguments: [
      { ...RUN, required: true, description: 'id of the earlier run, or its beginning' },
      { ...RUN, name: 'other', description: 'id of the later run; default: the latest' },
    ],
    flags: [],
    examples: ['giga diff 7f3c', 'giga diff 7f3c 9k2m --json'],
    load: () => import('./commands/diff.ts'),
  },
  {
    name: 'verify',
    summary: 'ask anew what a run decided, from its journal and its plan',
    details:
      'Every condition, join, skip, item, output, fingerprint and the verdict is evaluated again. What differs is shown; then the exit code is 1.',
    arguments: [RUN],
    flags: [],
    load: () => import('./commands/verify.ts'),
  },
  {
    name: 'runs list',
    summary: 'list runs, the latest first',
    arguments: [],
    flags: [
      { name: 'limit', short: 'n', kind: 'count', min: 1, value: 'n', description: 'at most so many; default: 20' },
    ],
    load: () => import('./commands/runs-list.ts'),
  },
  {
    name: 'runs show',
    summary: 'show a run and the state of its steps',
    arguments: [RUN],
    flags: [],
    load: () => import('./commands/runs-show.ts'),
  },
  {
    name: 'runs failed',
    summary: 'list the items of for-each and matrix that failed',
    details: 'giga resume RUN --failed-items runs them again, with what depends on them.',
    arguments: [RUN],
    flags: [],
    load: () => import('./commands/runs-failed.ts'),
  },
  {
    name: 'runs artifacts',
    summary: 'list the files that steps made, or copy them out',
    details: 'With one argument: a run, or a step of the latest run.',
    arguments: [{ ...RUN }, { name: 'step', description: 'path of a step; default: all', complete: 'step' }],
    flags: [
      { name: 'to', kind: 'text', value: 'dir', description: 'copy them below this folder' },
      { name: 'force', kind: 'switch', description: 'with --to: replace files that are there' },
    ],
    examples: ['giga runs artifacts', 'giga runs artifacts 7f3c build --to out'],
    load: () => import('./commands/runs-artifacts.ts'),
  },
  {
    name: 'runs events',
    summary: 'print the events of a run',
    arguments: [RUN],
    flags: [{ name: 'follow', short: 'f', kind: 'switch', description: 'go on until the run ends' }],
    load: () => import('./commands/runs-events.ts'),
  },
  {
    name: 'runs cancel',
    summary: 'end a stopped run as cancelled',
    details: 'A run that is going on is first stopped, as by Ctrl-C. A cancelled run ends: its `finally` steps run.',
    arguments: [{ ...RUN, required: true, description: 'id of a run, or its beginning' }],
    flags: [],
    load: () => import('./commands/runs-cancel.ts'),
  },
  {
    name: 'runs send',
    summary: 'send an event to a run that waits for it, or will',
    details:
      'The first step that waits for an event of this name takes it, if its `match` holds; all that wait at the moment do. A stopped run has it when it goes on.',
    arguments: [
      { ...RUN, required: true, description: 'id of a run, or its beginning' },
      { name: 'event', description: 'the name of the event', required: true },
    ],
    flags: [
      { name: 'data', kind: 'text', value: 'json', description: 'what the step reads as `event`; default: null' },
      { name: 'as', kind: 'text', value: 'who', description: 'who sends it; default: you' },
    ],
    examples: ['giga runs send 7f3c deployed --data \'{"version": "1.2.3"}\''],
    load: () => import('./commands/runs-send.ts'),
  },
  {
    name: 'runs prune',
    summary: 'remove old runs',
    arguments: [],
    flags: [
      { name: 'keep', kind: 'count', min: 0, value: 'n', description: 'keep so many of the latest; default: 50' },
      { name: 'dry-run', kind: 'switch', description: 'only say what would be removed' },
    ],
    load: () => import('./commands/runs-prune.ts'),
  },
  {
    name: 'logs',
    summary: 'print the output of the steps of a run',
    details: 'With one argument: a run, or a step of the latest run.',
    arguments: [{ ...RUN }, { name: 'step', description: 'path of a step; default: all', complete: 'step' }],
    flags: [
      { name: 'tail', kind: 'count', min: 0, value: 'n', description: 'only the last n lines of each step' },
      { name: 'follow', short: 'f', kind: 'switch', description: 'go on until the run ends' },
      { name: 'stderr', kind: 'switch', description: 'only what went to stderr' },
    ],
    load: () => import('./commands/logs.ts'),
  },
  {
    name: 'schema',
    summary: 'print a JSON Schema',
    arguments: [{ name: 'kind', description: 'workflow, config, test, plugin-test or event; default: workflow' }],
    flags: [],
    load: () => import('./commands/schema.ts'),
  },
  {
    name: 'explain',
    summary: 'explain a code, such as PLAN_CYCLE',
    arguments: [{ name: 'code', description: 'a code; default: list all', complete: 'code' }],
    flags: [],
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'init',
    summary: 'set up a first workflow here; never overwrites',
    arguments: [],
    flags: [],
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'doctor',
    summary: 'check this machine and the state folder',
    arguments: [],
    flags: [
      { name: 'repair', kind: 'switch', description: 'set the damaged end of a journal aside and go on before it' },
    ],
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'completion',
    summary: 'print a completion script',
    arguments: [{ name: 'shell', description: 'bash, zsh, fish or powershell', required: true }],
    flags: [],
    examples: ['source <(giga completion bash)'],
    load: () => import('./commands/completion.ts'),
  },
  {
    name: 'config explain',
    summary: 'show settings and where each value comes from',
    arguments: [{ name: 'key', description: 'a key such as concurrency or env.NODE_ENV; default: all' }],
    flags: [],
    load: () => import('./commands/config-explain.ts'),
  },
  ...CACHE_COMMANDS,
  ...CLAUDE_SESSION_COMMANDS,
  ...CLAUDE_MEMORY_COMMANDS,
  ...MCP_COMMANDS,
  MCP_SERVE,
  ...PLUGIN_COMMANDS,
  {
    name: 'eval',
    summary: 'evaluate an expression',
    arguments: [{ name: 'expression', description: "an expression, such as 'inputs.n + 1'" }],
    flags: [
      { name: 'context', kind: 'text', value: 'file', description: 'a JSON file with the contexts' },
      {
        name: 'batch',
        kind: 'switch',
        description: 'read {expr, contexts} lines from stdin, print {result} or {err} lines',
      },
    ],
    load: () => import('./commands/eval.ts'),
  },
  {
    name: 'parse',
    summary: 'show how giga reads a file: kind, frontmatter, sections, problems',
    arguments: [{ name: 'file', description: 'a file', required: true }],
    flags: [],
    load: () => import('./commands/parse.ts'),
  },
];

/** The groups of commands of several words. */
export const GROUPS: Readonly<Record<string, string>> = {
  runs: 'look at runs, and tidy them up',
  config: 'look at the configuration',
  cache: 'look at the results of steps that are kept for later runs',
  claude: 'look at what agents keep',
  'claude sessions': 'look at conversations with models, and remove them',
  'claude memory': 'look at the notes of agents, change and forget them',
  mcp: 'look at MCP servers, ask them, accept what they are; and be one',
  plugin: 'write, try and look at plugins',
};

/** Commands that the design names and that later parts of giga bring: an unknown-command message can say so. */
export const NOT_BUILT_YET: readonly string[] =
  'bench spec analyze improve loop serve worker dashboard report new secrets history lsp audit stats'.split(' ');
