/** The tool `edit`: one text of a file becomes another, or a file is made. All or nothing, and only where it may write. */
import type { WorkspaceFiles } from '../../../core/workspace-files.ts';
import type { Tool, ToolAnswer } from '../../tool.ts';
import { failed } from '../tool-calls.ts';
import { isAnswer, ok, placeFor, textArgument, type Workspace } from './workspace.ts';

const MAX_BYTES = 8 * 1_048_576;

export function editTool(workspace: Workspace, files: WorkspaceFiles, key: string): Tool {
  return {
    name: 'edit',
    description:
      'Changes a file of the workspace, or makes one. With `old`, exactly that text becomes `new`; it must stand in the file once (or give `all`). Without `old` a file that is not there yet is made, and holds `new`.',
    inputSchema: {
      type: 'object',
      required: ['path', 'new'],
      additionalProperties: false,
      properties: {
        path: { type: 'string', description: 'Relative to the working folder.' },
        old: {
          type: 'string',
          minLength: 1,
          description: 'As it stands in the file, with its blanks and line ends, without numbers of lines.',
        },
        new: { type: 'string' },
        all: { type: 'boolean', description: 'Each place where `old` stands.' },
      },
    },
    async call(args) {
      const place = await placeFor(workspace, textArgument(args, 'path'), 'write');
      if (isAnswer(place)) return place;
      if (place.kind === 'folder') return failed(`\`${place.path}\` is a folder.`);
      const text = textArgument(args, 'new');
      const old = textArgument(args, 'old');
      if (old === '') {
        if (place.kind === 'file')
          return failed(`\`${place.path}\` is there already: give \`old\`, the text that is to be changed.`);
        return write(workspace, files, key, place.path, text, 'made');
      }
      if (place.kind === 'absent') return failed(`There is no \`${place.path}\`. Leave out \`old\` to make it.`);
      if (place.bytes > MAX_BYTES) return failed(`\`${place.path}\` has ${place.bytes} bytes: too many.`);
      const read = await workspace.reader.read(workspace.root, place.path, MAX_BYTES);
      if (!read.ok) return failed(read.diagnostics[0]?.message ?? 'It cannot be read.');
      const before = Buffer.from(read.value);
      const whole = before.toString('utf8');
      if (!Buffer.from(whole).equals(before)) return failed(`\`${place.path}\` is no text in UTF-8.`);
      const after = replaced(whole, old, text, args.all === true);
      return typeof after === 'object' ? after : write(workspace, files, key, place.path, after, 'changed');
    },
  };
}

/** The new text, or why there is none. */
function replaced(whole: string, old: string, text: string, all: boolean): string | ToolAnswer {
  const parts = whole.split(old);
  const places = parts.length - 1;
  if (places === 0) {
    const crlf = whole.includes('\r\n') && whole.replaceAll('\r\n', '\n').includes(old);
    return failed(
      `\`old\` does not stand in the file${crlf ? ' with these line ends: it has CRLF' : '. Read it again: every blank counts'}.`,
    );
  }
  if (places > 1 && !all)
    return failed(`\`old\` stands in the file ${places} times: give more of what is around it, or \`all\`.`);
  if (old === text) return failed('`old` and `new` are the same.');
  return parts.join(text);
}

async function write(
  { root }: Workspace,
  files: WorkspaceFiles,
  key: string,
  path: string,
  text: string,
  done: 'made' | 'changed',
): Promise<ToolAnswer> {
  if (Buffer.byteLength(text) > MAX_BYTES) return failed(`That would be more than ${MAX_BYTES} bytes.`);
  const written = await files.write({ root, folder: root, path, key }, Buffer.from(text));
  return written.ok
    ? ok(`\`${written.value}\` was ${done}.`)
    : failed(written.diagnostics[0]?.message ?? 'It could not be written.');
}
