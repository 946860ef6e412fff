/** Which places of a document may not be reached by unchecked text, by what such a text would decide there. Knows keys, no flows. */

import { textOf } from '../compile/tree.ts';
import { OWN_VARIABLES, PROGRAM_VARIABLES } from '../lower-shell/programs.ts';
import type { Use } from './use.ts';

export interface Sink {
  /** What the text would decide: `a path`. */
  readonly decides: string;
  /** A text that `urlEncode` made is fine. */
  readonly takesEncoded?: true;
}

const PATH: Sink = { decides: 'a path' };
const HOST: Sink = { decides: 'the host of a request' };
const PART: Sink = { decides: 'a part of an address', takesEncoded: true };
const PROGRAM: Sink = { decides: 'which program runs' };

/** By key, whatever step it stands in. */
const KEYS: ReadonlyMap<string, Sink> = new Map<string, Sink>([
  ...['cwd', 'path', 'save', 'file', 'files', 'images', 'artifacts', 'cache.inputs', 'cache.outputs'].map(
    (key) => [key, PATH] as const,
  ),
  ...['exists', 'files-changed', 'prompt-file'].map((key) => [key, PATH] as const),
  ['workflow', { decides: 'which workflow runs' }],
  ['tool', { decides: 'which tool is called' }],
]);

/** Variables in which a program looks for code of its own. */
const CODE_VARIABLES =
  /^(?:DYLD_\w+|LD_\w+|PYTHONPATH|PYTHONHOME|PERL5LIB|PERL5DB|RUBYLIB|NODE_PATH|CLASSPATH|_JAVA_OPTIONS|GIT_CONFIG\w*|GIT_EXEC_PATH|GIT_PROXY_COMMAND|npm_config_\w+|SHELL|HOME|CARGO_HOME|GOFLAGS)$/;

/** Null where any text may stand. */
export function sinkOf(use: Use): Sink | null {
  const { place, runs } = use;
  if (runs !== undefined) return ranBy(runs);
  if (place.key === 'url' || place.key === 'ready.http') return partOfAddress(use);
  if (place.variable !== undefined) return isActedOn(place.variable) ? variableSink(place.variable) : null;
  // Servers of `mcp:` belong to no step.
  if (place.step === null && (place.key === 'command' || place.key === 'args')) return PROGRAM;
  return KEYS.get(place.key) ?? null;
}

/** `''` is of a program itself. */
export function ranBy(program: string): Sink {
  return program === '' ? PROGRAM : { decides: `what \`${program}\` runs` };
}

function variableSink(name: string): Sink {
  return { decides: `the variable \`${name}\`, on which programs act` };
}

function isActedOn(name: string): boolean {
  return OWN_VARIABLES.test(name) || PROGRAM_VARIABLES.test(name) || CODE_VARIABLES.test(name);
}

/** Behind the first `/`, `?` or `#` after the host nothing can change the host. */
function partOfAddress({ scalar, from }: Use): Sink {
  const before = textOf(scalar).slice(0, from);
  const text = before.slice(0, Math.max(0, before.lastIndexOf('${{'))).replaceAll(/\$\{\{[^]*?\}\}/g, 'X');
  return /^(?:[^/?#:]*:)?\/\/[^/?#]+[/?#]/.test(text) || /^X[^/?#:]*[/?#]/.test(text) ? PART : HOST;
}
