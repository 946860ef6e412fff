/** Keys of the language whose feature is not built yet, and keys that people know from other tools. Data only. */

/** By place in the schema: the key, and what it belongs to. They are refused as not built yet, never as unknown. */
export const RESERVED_KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'workflow.schema.json#': {
    sandbox: 'sandboxes',
  },
  'workflow.schema.json#/definitions/step': {
    spec: 'specs',
    analyze: 'the project analyzer',
    sandbox: 'sandboxes',
    workspace: 'worktrees',
    'runs-on': 'remote executors',
  },
  'workflow.schema.json#/definitions/permissions': {
    secrets: 'sandboxes',
  },
  'config.schema.json#': {
    policies: 'policies',
    permissions: 'permissions',
    stores: 'stores',
    alerts: 'alerts',
    secrets: 'providers of secrets',
    sandbox: 'sandboxes',
  },
};

/** By place in the schema: the key of another tool, and what to write instead. */
export const FAMILIAR_KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'workflow.schema.json#': {
    jobs: '`steps:`; a map of steps is a graph, as jobs are',
    tasks: '`steps:`',
    stages: '`steps:`',
    variables: '`env:` or `vars:`',
    version: 'nothing: a workflow has no version key',
    'env-file': '`env-files:`',
    environment: '`env:`',
    triggers: '`on:`',
    include: 'a step with `include:`',
    imports: 'a step with `workflow:` or `include:`',
  },
  'workflow.schema.json#/definitions/step/properties/claude': {
    thinking: '`effort:`',
    top_p: 'nothing: models refuse it since version 5',
    'top-p': 'nothing: models refuse it since version 5',
    top_k: 'nothing: models refuse it since version 5',
    'top-k': 'nothing: models refuse it since version 5',
    max_tokens: '`max-tokens:`',
  },
  'workflow.schema.json#/definitions/step': {
    'working-directory': '`cwd:`',
    workdir: '`cwd:`',
    dir: '`cwd:`',
    'timeout-minutes': '`timeout:` with a unit, such as `10m`',
    strategy: '`matrix:`',
    min: '`for-each: { items, min }`',
    script: '`run:`',
    cmd: '`run:`',
    command: '`run:`',
    commands: '`run:`',
    shell_command: '`run:`',
    'depends-on': '`needs:`',
    depends_on: '`needs:`',
    after: '`needs:`',
    when: '`if:`',
    condition: '`if:`',
    unless: '`if:` with `!`',
    retries: '`retry:`',
    environment: '`env:`',
    variables: '`env:`',
    sleep: '`wait: { for: … }`',
    output: '`outputs:`',
    ignore_errors: '`continue-on-error:`',
    title: '`name:`',
    label: '`name:`',
    sequence: '`steps:` with a list',
  },
};
