/** Runs git with nothing of a repository in charge: no hooks, no monitors, no prompts, no locks that asking does not need. Knows no question. */
import { execFile } from 'node:child_process';

/** Larger answers are refused. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

export interface GitOptions {
  /** Where git is run; absolute. */
  readonly folder: string;
  /** Given to it on standard input. */
  readonly input?: string;
  /** Over giga's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** It is ended when it takes longer. */
  readonly timeoutMs?: number;
}

export type GitAnswer =
  | { readonly ok: true; readonly text: string }
  /** `why`: what git complains of; `there`: whether there is a git at all. */
  | { readonly ok: false; readonly why: string; readonly there: boolean; readonly code: number | null };

/** What a repository may say of itself, and what would run a program of its choice. */
const SAFE = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.pager=cat',
  'gc.auto=0',
  'maintenance.auto=false',
];

/** Variables by which a caller of giga (a hook, most often) would send git elsewhere. */
const LEADING =
  /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|PREFIX|NAMESPACE|CONFIG.*|EXTERNAL_DIFF)$/;

/** Never rejects. */
export function git(args: readonly string[], { folder, input, env, timeoutMs = 0 }: GitOptions): Promise<GitAnswer> {
  const inherited = Object.entries(process.env).filter(([name]) => !LEADING.test(name));
  const fixed = { GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...env };
  const options = SAFE.flatMap((setting) => ['-c', setting]);
  return new Promise((done) => {
    const child = execFile(
      'git',
      [...options, '--no-pager', ...args],
      {
        cwd: folder,
        env: { ...Object.fromEntries(inherited), ...fixed },
        maxBuffer: MAX_ANSWER_BYTES,
        timeout: timeoutMs,
      },
      (error, stdout, stderr) => {
        if (error === null) done({ ok: true, text: stdout });
        else {
          const code = typeof error.code === 'number' ? error.code : null;
          done({
            ok: false,
            why: complaint(stderr) || error.message,
            there: (error.code as unknown) !== 'ENOENT',
            code,
          }); // of execFile: a text where nothing was started
        }
      },
    );
    child.stdin?.on('error', () => {}); // git may end before it has read all: its exit code says why
    child.stdin?.end(input ?? '');
  });
}

/** What git complains of, without its hints; a list that follows it, such as that of files in the way, in the same line. */
function complaint(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^(?:hint|warning): /.test(line));
  const at = Math.max(
    0,
    lines.findIndex((line) => /^(?:fatal|error): /.test(line)),
  );
  const listed = lines.slice(at + 1).filter((line) => line.startsWith('\t'));
  const said = (lines[at] ?? '').replace(/^(?:fatal|error): /, '').trim();
  const more = listed.length > FILES_SAID ? ' …' : '';
  return said.endsWith(':')
    ? `${said} ${listed
        .slice(0, FILES_SAID)
        .map((line) => line.trim())
        .join(', ')}${more}`
    : said;
}

const FILES_SAID = 5;
