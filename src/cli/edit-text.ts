/** Lets a person change a text in their editor. Knows nothing of what it is. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Diagnostic, problem } from '../core/diagnostic/diagnostic.ts';

/** `name` is what the editor shows. The text as it was left, or why there is none. */
export async function editText(
  text: string,
  name: string,
  env: NodeJS.ProcessEnv,
): Promise<string | { readonly error: Diagnostic }> {
  const editor = env['VISUAL'] || env['EDITOR'] || 'vi';
  const folder = mkdtempSync(join(tmpdir(), 'giga-edit-'));
  const file = join(folder, name.split('/').at(-1) ?? 'note');
  try {
    writeFileSync(file, text, { mode: 0o600 });
    // The variable may hold options as well: it is a command line, by old custom; the file is an argument of its own.
    const code = await ended(spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit', env }));
    if (code !== 0)
      return {
        error: problem('CLI_NOTE_REFUSED', `\`${editor}\` did not end well. Nothing was changed.`, {
          hint: 'Name another one in `EDITOR`, or give the text on stdin.',
        }),
      };
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ended(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
}
