/** Makes a plugin to begin with: its source, cases, and a workflow that uses it. Overwrites nothing. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { readPackageFile } from './package-files.ts';

export interface NewPlugin {
  readonly name: string;
  readonly language: 'ts' | 'js';
  /** With permissions, a configuration and two steps; or the least that a plugin can be. */
  readonly kind: 'step' | 'micro';
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** The files that were made, relative to the folder. */
export function makePlugin(folder: string, { name, language, kind }: NewPlugin): Result<readonly string[]> {
  if (!NAME.test(name)) {
    const hint = 'Write letters, digits, `_` and `-`, a letter first.';
    return refuse('CLI_USAGE', `"${name.slice(0, 80)}" cannot be the name of a plugin.`, hint);
  }
  const files = new Map(
    [
      // Its types are inferred, so that the text is JavaScript, too.
      [`plugins/${name}.${language}`, `${kind}.ts`],
      [`plugins/${name}.test.yaml`, `${kind}.test.yaml`],
      [`workflows/${name}.yaml`, `${kind}.yaml`],
    ].map(([file = '', source]) => [file, readPackageFile(`templates/plugin/${source}`)] as const),
  );
  const there = [...files.keys()].filter((file) => existsSync(join(folder, file)));
  if (there.length > 0)
    return refuse(
      'CLI_FILE_NOT_WRITTEN',
      `There is ${there.map((file) => `"${file}"`).join(' and ')} already.`,
      'Nothing was made. Choose another name.',
    );
  const made: string[] = [];
  for (const [file, text] of files) {
    try {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text.replaceAll('NAME', name).replaceAll('EXT', language), { flag: 'wx' });
      made.push(file);
    } catch (error) {
      // Half a plugin would be in the way of the next try.
      for (const one of made) rmSync(join(folder, one), { force: true });
      const why = error instanceof Error ? error.message : String(error);
      return refuse('CLI_FILE_NOT_WRITTEN', `"${file}" cannot be written: ${why}.`);
    }
  }
  return { ok: true, value: made };
}

function refuse(code: 'CLI_USAGE' | 'CLI_FILE_NOT_WRITTEN', message: string, hint?: string): Result<never> {
  return { ok: false, diagnostics: [problem(code, message, hint === undefined ? {} : { hint })] };
}
