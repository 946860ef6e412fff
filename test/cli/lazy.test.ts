import * as esbuild from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

/** Inputs that a chunk holds, and chunks that it loads at once. */
interface Chunk {
  readonly inputs: readonly string[];
  readonly eager: readonly string[];
  readonly entryPoint: string | undefined;
}

let chunks: ReadonlyMap<string, Chunk>;

beforeAll(async () => {
  const result = await esbuild.build({
    entryPoints: ['src/cli/main.ts'],
    outdir: 'dist',
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    metafile: true,
    logLevel: 'silent',
  });
  chunks = new Map(
    Object.entries(result.metafile.outputs).map(([path, { inputs, imports, entryPoint }]) => {
      const eager = imports.filter(({ kind }) => kind === 'import-statement').map((one) => one.path);
      return [path, { inputs: Object.keys(inputs), eager, entryPoint }];
    }),
  );
});

/** The npm packages that are loaded when the chunk of a source file is. */
function packagesOf(source: string): readonly string[] {
  const start = [...chunks].find(([, chunk]) => chunk.entryPoint === source)?.[0];
  if (start === undefined) throw new Error(`no chunk begins with ${source}`);
  const seen = new Set<string>();
  const open = [start];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    open.push(...(chunks.get(path)?.eager ?? []));
  }
  const inputs = [...seen].flatMap((path) => chunks.get(path)?.inputs ?? []);
  const names = inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []);
  return [...new Set(names)].toSorted();
}

describe('what is loaded', () => {
  it('at the start is the argument parser and nothing else', () => {
    expect(packagesOf('src/cli/main.ts')).toEqual(['commander']);
  });

  it.each(['run', 'resume'])(
    'for %s leaves out what reads YAML, asks, checks shapes and keeps the index',
    (command) => {
      const heavy = ['yaml', 'gray-matter', '@clack/prompts', 'lowdb', 'ajv', '@bomb.sh/tab', 'tinyglobby'];
      expect(packagesOf(`src/cli/commands/${command}.ts`).filter((name) => heavy.includes(name))).toEqual([]);
    },
  );

  it('for the project leaves them out, too', () => {
    expect(packagesOf('src/app/project.ts')).toEqual([]);
    expect(packagesOf('src/app/load.ts')).toEqual([]);
  });
});
