/** Takes the evaluated request of a `run` step apart, and refuses what no program can be made of. Pure. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { SecretText } from '../../core/expr/ast.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { ArgvRequest, RunRequest, ScriptRequest } from '../../core/plan/run-request.ts';

/** Whether it is a text, some of which may be secrets. */
function isText(value: unknown): value is string | SecretText {
  return typeof value === 'string' || (isJsonObject(value) && Array.isArray(value['secretText']));
}

export function isArgv(request: RunRequest): request is ArgvRequest & RunRequest {
  return 'argv' in request;
}

export function isScript(request: RunRequest): request is ScriptRequest & RunRequest {
  return 'script' in request;
}

/** The request as what it is, or why it is none. The compiler makes these; a wrong one is mostly a value that turned out to be no text. */
export function readRequest(request: JsonObject): RunRequest | Diagnostic {
  const wrong = wrongPart(request);
  if (wrong !== null)
    return problem('STEP_BAD_REQUEST', wrong, { hint: 'Make it a text, for example with `toJSON(…)`.' });
  return request as unknown as RunRequest; // its parts were just checked, one by one
}

function wrongPart(request: JsonObject): string | null {
  const { argv, script, cwd, stdin } = request;
  if (typeof cwd !== 'string') return '`cwd` is no text.';
  if (stdin !== undefined && !isText(stdin)) return '`stdin` is no text.';
  if (argv !== undefined) return wrongItem(argv);
  return typeof script === 'string' ? wrongScript(request) : '`run` is neither a script nor a list.';
}

function wrongItem(argv: Json): string | null {
  if (!Array.isArray(argv) || argv.length === 0) return 'The list of `run` is empty.';
  const index = argv.findIndex((item: Json) => !isText(item));
  return index < 0 ? null : `Item ${index + 1} of the list of \`run\` is no text.`;
}

const SHELLS: ReadonlySet<Json | undefined> = new Set(['bash', 'sh', 'pwsh', 'cmd', 'python', 'node']);

function wrongScript({ shell, values, integers }: JsonObject): string | null {
  if (!SHELLS.has(shell)) return `\`shell\` is ${JSON.stringify(shell)}, which giga does not know.`;
  if (!isJsonObject(values) || !Array.isArray(integers)) return 'The script has no values.';
  const name = Object.keys(values).find((key) => !isText(values[key]));
  return name === undefined ? null : `The value \`${name}\` of the script is no text.`;
}
