/** What giga and a worker say to each other, as text. Pure; the other side of `program.ts`. */
import { END_OF_ITEM, KINDS, NUMBER_DIGITS } from './program.ts';

/** Frames over this go to a shell of their own: the pipe takes less than this in one write, and bash copies it several times. */
export const MAX_FRAME_BYTES = 16_384;
const MAX_NUMBER = 10 ** NUMBER_DIGITS;

export interface Job {
  readonly kind: keyof typeof KINDS;
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Of `argv`: the program, its name for itself, and what it is given. Of `plain`: the path for its output, if it can have any. */
  readonly args: readonly string[];
  readonly script: string;
}

/** The frame of a job; null when it is too large, or when a text holds what bash cannot read or what ends an item. */
export function frameOf(id: number, job: Job): string | null {
  const variables = items(Object.entries(job.variables).map(([name, value]) => `${name}=${value}`));
  // Bash drops an empty item at the very end.
  const args = items(job.kind === 'argv' ? [...job.args, '.'] : job.args);
  if (variables === null || args === null) return null;
  const body = job.cwd + variables + args + job.script;
  const bytes = Buffer.byteLength(body);
  if (bytes > MAX_FRAME_BYTES || body.includes('\0')) return null;
  const wide = bytes === body.length ? '0' : '1';
  const lengths = number(bytes) + [job.cwd, variables, args].map((text) => number(Buffer.byteLength(text))).join('');
  return `${number(id)}${KINDS[job.kind]}${wide}${lengths}${body}`;
}

/** Null where an item could be taken for two. */
function items(texts: readonly string[]): string | null {
  if (texts.length === 0) return '';
  const text = texts.join(END_OF_ITEM) + END_OF_ITEM;
  return text.split(END_OF_ITEM).length === texts.length + 1 ? text : null;
}

function number(value: number): string {
  return String(value % MAX_NUMBER).padStart(NUMBER_DIGITS, '0');
}

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'cwd'; readonly id: number }
  | {
      readonly kind: 'ended';
      readonly id: number;
      readonly status: number;
      readonly hasOut: boolean;
      readonly hasErr: boolean;
    };

/** What a line of a worker means, or null if it means nothing: then the worker is not to be believed any more. */
export function readReport(line: string): Report | null {
  if (/^ready \d+$/.test(line)) return { kind: 'ready' };
  const match = /^(\d{6}) (?:(cwd)|(\d{1,3})(?: ([01]) ([01]))?)$/.exec(line);
  if (match === null) return null;
  const id = Number(match[1]);
  if (match[2] !== undefined) return { kind: 'cwd', id };
  return { kind: 'ended', id, status: Number(match[3]), hasOut: match[4] === '1', hasErr: match[5] === '1' };
}
