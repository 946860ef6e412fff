/** The tool `read`: a file with numbered lines, an image, or what is in a folder. Reads only. */
import { mayRead } from '../../../core/permissions/permissions.ts';
import type { Tool, ToolAnswer } from '../../tool.ts';
import { failed } from '../tool-calls.ts';
import { countArgument, isAnswer, ok, placeFor, textArgument, type Workspace } from './workspace.ts';

/** Of a text, and of an image as bytes. */
const MAX_BYTES = 20 * 1_048_576;
const MAX_IMAGE_BYTES = 5 * 1_048_576;
const MAX_LINES = 2_000;
const MAX_LINE_CHARACTERS = 2_000;
const MAX_CHARACTERS = 150_000;
const MAX_ENTRIES = 500;
const MAX_LISTED = 100_000;

const IMAGES: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
]);

export function readTool(workspace: Workspace): Tool {
  return {
    name: 'read',
    description:
      'Reads a file of the workspace: a text with the numbers of its lines before them, or an image. Of a folder it gives what is in it. A long file is given in parts: say from which line on.',
    inputSchema: {
      type: 'object',
      required: ['path'],
      additionalProperties: false,
      properties: {
        path: { type: 'string', description: 'Relative to the working folder.' },
        from: { type: 'integer', minimum: 1, description: 'The first line. Default: 1.' },
        lines: { type: 'integer', minimum: 1, description: `How many lines. Default and most: ${MAX_LINES}.` },
      },
    },
    async call(args) {
      const place = await placeFor(workspace, textArgument(args, 'path'), 'read');
      if (isAnswer(place)) return place;
      if (place.kind === 'absent') return failed(`There is no \`${place.path}\`.`);
      if (place.kind === 'folder') return entriesOf(workspace, place.path);
      const ending = place.path.slice(place.path.lastIndexOf('.') + 1).toLowerCase();
      const mediaType = IMAGES.get(ending);
      if (mediaType !== undefined) return imageOf(workspace, place.path, place.bytes, mediaType);
      if (place.bytes > MAX_BYTES)
        return failed(`\`${place.path}\` has ${place.bytes} bytes: too many. Use \`search\`, or a program.`);
      const read = await workspace.reader.read(workspace.root, place.path, MAX_BYTES);
      if (!read.ok) return failed(read.diagnostics[0]?.message ?? 'It cannot be read.');
      if (read.value.subarray(0, 8_192).includes(0))
        return failed(`\`${place.path}\` is no text (${place.bytes} bytes).`);
      const lines = Math.min(countArgument(args, 'lines', MAX_LINES), MAX_LINES);
      return ok(numbered(Buffer.from(read.value).toString('utf8'), countArgument(args, 'from', 1), lines));
    },
  };
}

/** Lines with their numbers; what is left out is said. */
function numbered(text: string, from: number, count: number): string {
  const all = text.split('\n');
  if (all.at(-1) === '') all.pop();
  if (all.length === 0) return '(the file is empty)';
  if (from > all.length) return `(the file has ${all.length} lines)`;
  const shown: string[] = [];
  let characters = 0;
  for (const [index, line] of all.slice(from - 1, from - 1 + count).entries()) {
    const plain = line.replace(/\r$/, '');
    const part =
      plain.length > MAX_LINE_CHARACTERS
        ? `${plain.slice(0, MAX_LINE_CHARACTERS)}… (${plain.length} characters)`
        : plain;
    characters += part.length + 8;
    if (characters > MAX_CHARACTERS && shown.length > 0) break;
    shown.push(`${String(from + index).padStart(6)}\t${part}`);
  }
  const last = from - 1 + shown.length;
  return last < all.length
    ? `${shown.join('\n')}\n(${all.length - last} more lines; read on from line ${last + 1})`
    : shown.join('\n');
}

async function entriesOf(workspace: Workspace, folder: string): Promise<ToolAnswer> {
  const list = await workspace.reader.list(workspace.root, MAX_LISTED);
  if (!list.ok) return failed(list.diagnostics[0]?.message ?? 'It cannot be listed.');
  const prefix = folder === '' ? '' : `${folder}/`;
  const inside = list.value.files.filter((path) => path.startsWith(prefix) && mayRead(workspace.permissions, path));
  const names = new Set(inside.map((path) => path.slice(prefix.length).replace(/\/.*$/s, '/')));
  if (names.size === 0) return ok('(nothing that may be read)');
  const sorted = [...names].toSorted();
  const more = sorted.length > MAX_ENTRIES ? `\n(${sorted.length - MAX_ENTRIES} more)` : '';
  return ok(sorted.slice(0, MAX_ENTRIES).join('\n') + more);
}

async function imageOf(
  { root, reader }: Workspace,
  path: string,
  bytes: number,
  mediaType: string,
): Promise<ToolAnswer> {
  if (bytes > MAX_IMAGE_BYTES) return failed(`The image \`${path}\` has ${bytes} bytes: too many.`);
  const read = await reader.read(root, path, MAX_IMAGE_BYTES);
  if (!read.ok) return failed(read.diagnostics[0]?.message ?? 'It cannot be read.');
  return { verdict: 'ok', content: [{ type: 'image', mediaType, data: Buffer.from(read.value).toString('base64') }] };
}
