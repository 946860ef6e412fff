/** Makes one text of a plugin's module and all that it imports, TypeScript included. Reads files, and executes nothing of them. */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { BuildFailure, Message, PartialMessage } from 'esbuild';
import { type Diagnostic, problem, type Result, type Span } from '../core/diagnostic/diagnostic.ts';
import { sha256 } from '../core/json.ts';
import type { PluginBundle } from '../core/plugin.ts';

/** Of one plugin with all that it imports. */
const MAX_BYTES = 8 * 1_048_576;
const MAX_PROBLEMS = 10;

/** What `giga/plugin` is inside of a bundle: its functions give back what they are given. */
const API = 'export const definePlugin = (plugin) => plugin; export const step = (definition) => definition;';

/** `file` is absolute; `nameOf` gives the name by which a person knows an absolute path. */
export async function bundlePlugin(file: string, nameOf: (path: string) => string): Promise<Result<PluginBundle>> {
  const { build } = await import('esbuild');
  // The text names files from here: it must be the same wherever giga is started.
  const folder = dirname(file);
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [file],
      absWorkingDir: folder,
      bundle: true,
      write: false,
      metafile: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20.19',
      sourcemap: 'external',
      sourcesContent: false,
      outfile: '/plugin.js',
      logLevel: 'silent',
      // Settings of the project around it change nothing of a plugin.
      tsconfigRaw: {},
      plugins: [
        {
          name: 'api',
          setup: (made) => {
            made.onResolve({ filter: /^giga\/plugin$/ }, () => ({ path: 'giga/plugin', namespace: 'giga' }));
            made.onLoad({ filter: /./, namespace: 'giga' }, () => ({ contents: API, loader: 'js' }));
          },
        },
      ],
    });
    const code = outputFiles.find(({ path }) => path.endsWith('.js'))?.text ?? '';
    const map = outputFiles.find(({ path }) => path.endsWith('.map'))?.text ?? '';
    if (code.length > MAX_BYTES)
      return refuse(
        problem(
          'PLUGIN_TOO_LARGE',
          `The plugin has ${code.length} bytes with all that it imports; at most ${MAX_BYTES} are taken.`,
        ),
      );
    const paths = Object.keys(metafile.inputs)
      .filter((path) => !path.startsWith('giga:'))
      .map((path) => resolve(folder, path));
    const imports = Object.values(metafile.inputs).flatMap(({ imports: all }) => all);
    const builtins = imports
      .filter(({ path, external }) => external === true && isBuiltin(path))
      .map(({ path }) => path.replace(/^node:/, ''));
    return {
      ok: true,
      value: {
        integrity: sha256(code),
        code,
        map,
        inputs: Object.fromEntries(paths.toSorted().map((path) => [path, readFileSync(path, 'utf8')])),
        builtins: [...new Set(builtins)].toSorted(),
      },
    };
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>; // what esbuild throws has them; anything else has none
    const [first, ...others] = (errors ?? [{ text: String(error) }])
      .slice(0, MAX_PROBLEMS)
      .map((one) => diagnosticOf(one, (path) => nameOf(resolve(folder, path))));
    return refuse(first ?? problem('PLUGIN_UNREADABLE', String(error)), ...others);
  }
}

function diagnosticOf({ text = '', location }: PartialMessage | Message, nameOf: (path: string) => string): Diagnostic {
  const said = `The plugin cannot be read: ${text.endsWith('.') ? text : `${text}.`}`;
  if (location === null || location === undefined) return problem('PLUGIN_UNREADABLE', said);
  return problem('PLUGIN_UNREADABLE', said, { at: { ...spanOf(location), file: nameOf(location.file ?? '') } });
}

/** esbuild counts lines from 1 and bytes of the line from 0; a column is where the bytes before it end. */
function spanOf({
  line = 1,
  column = 0,
  length = 1,
  lineText = '',
}: NonNullable<PartialMessage['location']>): Omit<Span, 'file'> {
  const before = Buffer.from(lineText).subarray(0, column).toString('utf8').length;
  const start = { line, column: before + 1, offset: 0 };
  return { start, end: { line, column: before + 1 + length, offset: 0 } };
}

function refuse(...diagnostics: readonly Diagnostic[]): {
  readonly ok: false;
  readonly diagnostics: readonly Diagnostic[];
} {
  return { ok: false, diagnostics };
}
