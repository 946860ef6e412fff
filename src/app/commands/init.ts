/** Sets up a repository: a first workflow, a configuration, the schemas for editors, an entry in .gitignore. Overwrites nothing. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { errorCode } from '../../host/files.ts';
import { readPackageFile } from './package-files.ts';

/** What became of one file, named relative to the folder. */
export interface InitStep {
  readonly file: string;
  readonly done: 'made' | 'extended' | 'kept';
}

/** Where each file goes, and the file of the package that it comes from. */
const FILES: readonly (readonly [file: string, source: string])[] = [
  ['workflows/hello.yaml', 'templates/hello.yaml'],
  ['giga.yaml', 'templates/giga.yaml'],
  ['schemas/workflow.schema.json', 'schemas/workflow.schema.json'],
  ['schemas/config.schema.json', 'schemas/config.schema.json'],
];
const IGNORED = '.giga/';

export function initialize(folder: string): Result<readonly InitStep[]> {
  const steps: InitStep[] = [];
  for (const [file, source] of FILES) {
    const path = join(folder, file);
    const text = readPackageFile(source); // outside the try: a missing one is a broken installation, not the user's doing
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { flag: 'wx' });
      steps.push({ file, done: 'made' });
    } catch (error) {
      if (errorCode(error) !== 'EEXIST' || !existsSync(path)) return refuse(file, error);
      steps.push({ file, done: 'kept' });
    }
  }
  try {
    steps.push({ file: '.gitignore', done: ignore(join(folder, '.gitignore')) });
  } catch (error) {
    return refuse('.gitignore', error);
  }
  return { ok: true, value: steps };
}

function ignore(path: string): InitStep['done'] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : null;
  if (text === null) {
    writeFileSync(path, `${IGNORED}\n`, { flag: 'wx' });
    return 'made';
  }
  if (text.split(/\r?\n/).some((line) => ['.giga', '.giga/', '/.giga', '/.giga/'].includes(line.trim()))) return 'kept';
  writeFileSync(path, `${text === '' || text.endsWith('\n') ? '' : '\n'}${IGNORED}\n`, { flag: 'a' });
  return 'extended';
}

function refuse(file: string, error: unknown): Result<never> {
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, diagnostics: [problem('CLI_FILE_NOT_WRITTEN', `"${file}" cannot be written: ${message}.`)] };
}
