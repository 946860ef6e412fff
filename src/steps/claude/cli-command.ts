/** The command line of `claude` for a step: which tools it has, and what of them it may do. Pure; whatever is not allowed it denies by itself. */
import type { JsonObject } from '../../core/json.ts';
import type { Permissions } from '../../core/permissions/permissions.ts';
import { BUILT_IN_TOOLS, type BuiltInTool } from '../../core/plan/agent-request.ts';

/** What giga's tools are called there. */
const NAMES: Readonly<Record<BuiltInTool, readonly string[]>> = {
  read: ['Read'],
  search: ['Grep', 'Glob'],
  edit: ['Edit', 'Write'],
  run: ['Bash'],
  fetch: ['WebFetch'],
};

/** What giga calls a tool of that program; one of which it knows nothing keeps its name. */
export function ownName(name: string): string {
  return BUILT_IN_TOOLS.find((tool) => NAMES[tool].includes(name)) ?? name;
}

export interface CliAsked {
  readonly tools: readonly BuiltInTool[];
  readonly permissions: Permissions;
  readonly maxTurns: number;
  readonly model?: string;
  readonly effort?: string;
  readonly system?: string;
  readonly output?: JsonObject;
  /** The session that goes on. */
  readonly resume?: string;
}

/** Settings, hooks and servers of the project are not loaded: they would run what nobody allowed. */
export function cliCommand(program: string, asked: CliAsked): readonly [string, ...string[]] {
  const { tools, model, effort, system, output, resume, maxTurns } = asked;
  const option = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [name, value];
  return [
    program,
    '-p',
    '--output-format=stream-json',
    '--input-format=stream-json',
    '--verbose',
    '--setting-sources=',
    '--strict-mcp-config',
    '--permission-mode=default',
    `--max-turns=${maxTurns}`,
    `--tools=${tools.flatMap((tool) => NAMES[tool]).join(',')}`,
    ...allowed(asked).map((rule) => `--allowedTools=${rule}`),
    ...CLOSED.flatMap((path) => [`--disallowedTools=Read(${path})`, `--disallowedTools=Edit(${path})`]),
    ...option('--model', model),
    ...option('--effort', effort),
    ...option('--append-system-prompt', system),
    ...option('--json-schema', output === undefined ? undefined : JSON.stringify(output)),
    ...option('--resume', resume),
  ];
}

function allowed({ tools, permissions }: CliAsked): readonly string[] {
  const { write, run, net } = permissions;
  const rules: Readonly<Record<BuiltInTool, readonly string[]>> = {
    // It reads all of where it runs but for what is closed; more is refused before the run.
    read: ['Read(./**)'],
    search: ['Grep(./**)', 'Glob(./**)'],
    edit: write.map((path) => `Edit(${rule(path)})`),
    run: (run ?? []).map((program) => `Bash(${program}:*)`),
    fetch: net.map((host) => (host === '*' ? 'WebFetch' : `WebFetch(domain:${host})`)),
  };
  return tools.flatMap((tool) => rules[tool]);
}

/** What is of git and of giga, and the files that keep secrets by the commonest names. */
const CLOSED: readonly string[] = [
  ...['.git', '.giga', '.ssh', '.aws'].map((folder) => `./**/${folder}/**`),
  ...['.env', '.env.local', '.env.production', '.npmrc', '.netrc', '*.pem', '*.key', 'id_rsa', 'id_ed25519'].map(
    (name) => `./**/${name}`,
  ),
];

/** Relative to where it runs; a folder is meant with all that is in it. */
function rule(path: string): string {
  const plain = path.replace(/^\.\//, '').replace(/\/$/, '');
  return /[*?]/.test(plain) || /\.[A-Za-z0-9]+$/.test(plain) ? `./${plain}` : `./${plain}/**`;
}
