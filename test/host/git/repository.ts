/** A git repository in a folder of its own. Knows no giga. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Repository {
  readonly folder: string;
  git(...args: string[]): string;
  put(file: string, text: string, mode?: number): void;
  remove(): void;
}

export function openRepository(folder = mkdtempSync(join(tmpdir(), 'giga-git-'))): Repository {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: folder },
    });
  rmSync(join(folder, '.git'), { recursive: true, force: true });
  git('init', '--quiet', '--initial-branch=main');
  return {
    folder,
    git,
    put(file, text, mode = 0o644) {
      const path = join(folder, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      chmodSync(path, mode);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Everything in a folder but what is named: by path, what a file holds, where a link leads, and who may execute. */
export function snapshot(folder: string, without: readonly string[] = []): Record<string, string> {
  const seen: Record<string, string> = {};
  const walk = (at: string): void => {
    for (const name of readdirSync(join(folder, at)).toSorted()) {
      const path = at === '' ? name : `${at}/${name}`;
      if (without.includes(path)) continue;
      const stats = lstatSync(join(folder, path));
      if (stats.isSymbolicLink()) seen[path] = `-> ${readlinkSync(join(folder, path))}`;
      else if (stats.isDirectory()) walk(path);
      else seen[path] = `${(stats.mode & 0o100) === 0 ? '' : '* '}${readFileSync(join(folder, path), 'latin1')}`;
    }
  };
  walk('');
  return seen;
}
