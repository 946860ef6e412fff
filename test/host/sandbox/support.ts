/** What the tests of sandboxes have in common: a workspace in a repository, and specs with defaults. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SandboxEnd, SandboxSpec } from '../../../src/core/sandbox.ts';
import { NO_MASK } from '../../../src/host/mask/mask.ts';
import { createBubblewrap } from '../../../src/host/sandbox/bubblewrap.ts';
import { temporaryFolder } from '../process/support.ts';

export const NEVER = new AbortController().signal;

/** Why tests of the sandbox cannot run on this machine; null where they can. Said aloud, once. */
export const missing: string | null = await (async () => {
  const problem = await createBubblewrap({ mask: NO_MASK, hidden: [] }).problem();
  // Whoever reads the log of a machine without it must see that these were not looked at.
  if (problem !== null) process.stderr.write(`\nNOT TESTED, the sandbox: ${problem.message}\n`);
  return problem?.message ?? null;
})();

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** A repository with some files, and giga's state in it. */
export function workspace(files: Readonly<Record<string, string>> = {}): string {
  const root = realpathSync(temporaryFolder());
  execFileSync('git', ['init', '-q', '-b', 'main', root]);
  write(root, {
    'README.md': 'Read me.\n',
    'src/a.js': 'a\n',
    'notes/one.md': 'one\n',
    '.giga/.gitignore': '*\n',
    '.giga/runs/r1/secret.txt': 'state\n',
    ...files,
  });
  return root;
}

export function specOf(root: string, script: string, { permissions, ...more }: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    program: { kind: 'script', shell: 'bash', script },
    root,
    cwd: root,
    env: {},
    permissions: { read: null, write: [], net: [], named: [], ...permissions },
    maxOutput: 100_000,
    timeoutMs: 60_000,
    ...more,
  };
}

/** What can be said of an end in few words. */
export function said(end: SandboxEnd): { readonly code: number | string; readonly out: string; readonly err: string } {
  if (end.kind === 'refused') return { code: end.diagnostic.code, out: '', err: end.diagnostic.message };
  return { code: end.kind === 'exited' ? end.code : end.kind, out: end.stdout.text, err: end.stderr.text };
}
