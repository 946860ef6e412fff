/** A temporary workspace for the tests of a file, with a store in it; gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import type { Result } from '../../../src/core/diagnostic/diagnostic.ts';
import { createFileStore, type FileStore, type FileStoreOptions } from '../../../src/host/store/file/file-store.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'giga-'));
  folders.push(folder);
  return folder;
}

/** A file beside this one as a script of one file, which a process of its own can run. */
export async function bundled(name: string): Promise<string> {
  const outfile = join(temporaryFolder(), `${name}.mjs`);
  const entryPoints = [join(import.meta.dirname, `${name}.ts`)];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  return outfile;
}

export function storeIn(folder: string, more: Partial<FileStoreOptions> = {}): FileStore {
  return createFileStore({ folder: join(folder, '.giga'), clock: { wallMs: () => 1_795_167_552_000 }, ...more });
}

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return result.value;
}

export function codes(result: Result<unknown>): readonly string[] {
  return result.ok ? [] : result.diagnostics.map(({ code }) => code);
}
