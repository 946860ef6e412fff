/** Reads files of the workspace that are handed on, by globs. Follows no link out of it. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { Attachment, AttachmentAsk, AttachmentReader } from '../../core/claude/attachments.ts';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { errorCode } from '../files.ts';
import { globFault, shownGlob } from '../glob-fault.ts';

const HINT = 'They are relative to the `cwd` of the step, and lie inside the workspace.';

export function createAttachmentReader(): AttachmentReader {
  return {
    async read(ask) {
      try {
        return await readAll(ask);
      } catch (error) {
        return refuse(`A file could not be read: ${errorCode(error) ?? String(error)}.`);
      }
    },
  };
}

async function readAll(ask: AttachmentAsk): Promise<Result<readonly Attachment[]>> {
  const { glob } = await import('tinyglobby');
  const root = await realpath(ask.root);
  const paths = new Set<string>();
  for (const one of ask.globs) {
    const fault = globFault(one);
    if (fault !== null) return refuse(`The glob \`${shownGlob(one)}\` ${fault}.`);
    const found = await glob([one], {
      cwd: ask.folder,
      absolute: true,
      dot: false, // what begins with a dot is sent only where it is named
      followSymbolicLinks: false,
      expandDirectories: true,
      ignore: ['**/.git/**', '**/.giga/**'],
    });
    if (found.length === 0) return refuse(`No file matches \`${shownGlob(one)}\`.`);
    for (const path of found.toSorted()) paths.add(path);
  }
  const read: Attachment[] = [];
  let left = ask.maxBytes;
  for (const path of paths) {
    const real = await realpath(path);
    if (!real.startsWith(root + sep)) return refuse(`\`${relative(ask.root, path)}\` lies outside of the workspace.`);
    const bytes = await readUpTo(real, left);
    if (bytes === null) return refuse(`The files have more than ${ask.maxBytes} bytes together.`);
    left -= bytes.length;
    read.push({ path: relative(root, real).split(sep).join('/'), bytes });
  }
  return { ok: true, value: read };
}

/** Null for more than `most` bytes; only of what is a file. */
async function readUpTo(path: string, most: number): Promise<Uint8Array | null> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const { size } = await file.stat();
    if (size > most) return null;
    const bytes = await file.readFile();
    return bytes.length > most ? null : bytes;
  } finally {
    await file.close();
  }
}

function refuse(message: string): { readonly ok: false; readonly diagnostics: readonly Diagnostic[] } {
  return { ok: false, diagnostics: [problem('STEP_CLAUDE_FILES', message, { hint: HINT })] };
}
