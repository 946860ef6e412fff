/** The tool `search`: lines of files that match, or files by their names. Reads only; bounded in files, bytes, matches and time. */
import { RE2JS } from 're2js';
import { isPathPattern, matchesPath } from '../../../core/permissions/path-patterns.ts';
import { mayRead } from '../../../core/permissions/permissions.ts';
import type { Tool, ToolAnswer } from '../../tool.ts';
import { denied, failed } from '../tool-calls.ts';
import { countArgument, isAnswer, ok, placeFor, textArgument, type Workspace } from './workspace.ts';

const MAX_LISTED = 100_000;
const MAX_FILE_BYTES = 2 * 1_048_576;
const MAX_ALL_BYTES = 64 * 1_048_576;
const USUAL_MATCHES = 100;
const MAX_MATCHES = 1_000;
const MAX_PATTERN = 1_000;
const MAX_LINE_CHARACTERS = 500;

/** Instructions of a pattern times characters: about two seconds. */
const MAX_WORK = 100_000_000;
/** Of a longer line the rest is not looked at: it was made by a program. */
const MAX_SEARCHED = 5_000;

interface Finds {
  find(line: string): boolean;
  /** What looking at one character costs. */
  readonly cost: number;
}

export function searchTool(workspace: Workspace): Tool {
  return {
    name: 'search',
    description:
      'Searches the files of the workspace that git does not ignore. With `text` or `pattern` it gives the lines that match, as `path:line: text`; without either, the paths of the files.',
    inputSchema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        text: { type: 'string', minLength: 1, description: 'Looked for as it stands.' },
        pattern: {
          type: 'string',
          minLength: 1,
          description: 'A regular expression in the syntax of RE2, for one line.',
        },
        files: {
          type: 'array',
          items: { type: 'string' },
          description: 'Only these: paths or globs, such as `src/**/*.ts`.',
        },
        'ignore-case': { type: 'boolean' },
        max: { type: 'integer', minimum: 1, maximum: MAX_MATCHES, description: `Matches. Default: ${USUAL_MATCHES}.` },
      },
    },
    async call(args, { signal }) {
      const here = await placeFor(workspace, '.', 'read');
      if (isAnswer(here)) return here;
      const globs = Array.isArray(args.files) ? args.files.map(String) : [];
      const wrong = globs.find((glob) => !isPathPattern(glob));
      if (wrong !== undefined) return denied(`\`${wrong.slice(0, 100)}\` is no path or glob in the workspace.`);
      const finds = finder(args);
      if (typeof finds === 'string') return failed(finds);
      const list = await workspace.reader.list(workspace.root, MAX_LISTED);
      if (!list.ok) return failed(list.diagnostics[0]?.message ?? 'It cannot be searched.');
      const prefix = here.path === '' ? '' : `${here.path}/`;
      const files = list.value.files.filter(
        (path) =>
          path.startsWith(prefix) &&
          mayRead(workspace.permissions, path) &&
          (globs.length === 0 || globs.some((glob) => matchesPath(glob, path.slice(prefix.length)))),
      );
      const max = Math.min(countArgument(args, 'max', USUAL_MATCHES), MAX_MATCHES);
      return finds === null ? named(files, prefix, max) : matching({ workspace, files, prefix, finds, max, signal });
    },
  };
}

/** Null where only names are asked for; a text says what is wrong. */
function finder(args: Readonly<Record<string, unknown>>): Finds | null | string {
  const folds = args['ignore-case'] === true;
  const text = textArgument(args, 'text');
  const pattern = textArgument(args, 'pattern');
  if (text !== '' && pattern !== '') return 'Either `text` or `pattern`.';
  if (text !== '') {
    const wanted = folds ? text.toLowerCase() : text;
    return { find: (line) => (folds ? line.toLowerCase() : line).includes(wanted), cost: 1 };
  }
  if (pattern === '') return null;
  if (pattern.length > MAX_PATTERN) return `The pattern is longer than ${MAX_PATTERN} characters.`;
  try {
    const compiled = RE2JS.compile(pattern, folds ? RE2JS.CASE_INSENSITIVE : 0);
    return { find: (line) => compiled.matcher(line).find(), cost: compiled.programSize() };
  } catch (error) {
    return `The pattern cannot be used: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

function named(files: readonly string[], prefix: string, max: number): ToolAnswer {
  if (files.length === 0) return ok('(no files)');
  const more = files.length > max ? `\n(${files.length - max} more files)` : '';
  return ok(
    files
      .slice(0, max)
      .map((path) => path.slice(prefix.length))
      .join('\n') + more,
  );
}

interface Hunt {
  readonly workspace: Workspace;
  readonly files: readonly string[];
  readonly prefix: string;
  readonly finds: Finds;
  readonly max: number;
  readonly signal: AbortSignal;
}

async function matching({ workspace, files, prefix, finds, max, signal }: Hunt): Promise<ToolAnswer> {
  const found: string[] = [];
  let left = MAX_ALL_BYTES;
  let passed = 0;
  let work = MAX_WORK;
  for (const path of files) {
    if (signal.aborted) return failed('It was stopped.');
    const place = await workspace.reader.locate(workspace.root, workspace.root, path);
    // A link is what it leads to, and that may be closed.
    if (!place.ok || place.value.kind !== 'file' || !mayRead(workspace.permissions, place.value.path)) continue;
    if (place.value.bytes > MAX_FILE_BYTES || place.value.bytes > left) {
      passed++;
      continue;
    }
    const read = await workspace.reader.read(workspace.root, place.value.path, MAX_FILE_BYTES);
    if (!read.ok || read.value.subarray(0, 8_192).includes(0)) continue;
    left -= read.value.length;
    for (const [index, line] of Buffer.from(read.value).toString('utf8').split('\n').entries()) {
      const searched = line.length > MAX_SEARCHED ? line.slice(0, MAX_SEARCHED) : line;
      work -= searched.length * finds.cost;
      if (work < 0)
        return ok(`${found.join('\n')}\n(that is as much as is searched: name fewer files, or a simpler pattern)`);
      if (!finds.find(searched)) continue;
      if (found.length === max) return ok(`${found.join('\n')}\n(there are more matches)`);
      found.push(`${path.slice(prefix.length)}:${index + 1}: ${line.slice(0, MAX_LINE_CHARACTERS).trimEnd()}`);
    }
  }
  const note = passed === 0 ? '' : `\n(${passed} large files were not searched)`;
  return ok((found.length === 0 ? '(no matches)' : found.join('\n')) + note);
}
