/** The tools of agents on a real disk, with a real server and a real sandbox: what they give, and what they deny. */
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { readPermissions } from '../../../src/core/permissions/permissions.ts';
import { BUILT_IN_TOOLS, type BuiltInTool } from '../../../src/core/plan/agent-request.ts';
import { checkSchema } from '../../../src/core/schema/check.ts';
import { createHttpClient } from '../../../src/host/http/client.ts';
import { NO_MASK } from '../../../src/host/mask/mask.ts';
import { createBare } from '../../../src/host/sandbox/bare.ts';
import { createBubblewrap } from '../../../src/host/sandbox/bubblewrap.ts';
import { createWorkspaceReader } from '../../../src/host/workspace/read-workspace.ts';
import { createWorkspaceFiles } from '../../../src/host/workspace/workspace-files.ts';
import { builtInTool } from '../../../src/steps/claude/tools/built-in.ts';
import type { ToolAnswer } from '../../../src/steps/tool.ts';
import { temporaryFolder } from '../../host/process/support.ts';
import { missing, workspace } from '../../host/sandbox/support.ts';

const CONTEXT = { call: 't', signal: new AbortController().signal, progress: () => {} };

interface Where {
  readonly root: string;
  readonly cwd?: string;
  readonly permissions?: JsonObject;
  readonly isBare?: boolean;
}

function toolIn(name: BuiltInTool, { root, cwd = '', permissions = {}, isBare = false }: Where) {
  const environment = { PATH: process.env['PATH'] ?? '' };
  return builtInTool(name, {
    workspace: { root, cwd, permissions: readPermissions(permissions), reader: createWorkspaceReader() },
    files: createWorkspaceFiles(),
    client: createHttpClient(),
    sandbox: isBare
      ? createBare({ mask: NO_MASK, environment, logFolder: join(root, 'logs') })
      : createBubblewrap({ mask: NO_MASK, hidden: [] }),
    env: { GIVEN: 'given' },
    key: 'r1/a/1',
    version: '0.0.0',
  });
}

async function use(name: BuiltInTool, where: Where, args: Record<string, Json>): Promise<string> {
  const answer = await toolIn(name, where).tool.call(args, CONTEXT);
  return `${answer.verdict}: ${textIn(answer)}`;
}

function textIn({ content }: ToolAnswer): string {
  return content.map((item) => (item.type === 'text' ? item.text : `<${item.mediaType} ${item.data}>`)).join('');
}

test('every schema is one that giga checks, and every name one that the API takes', () => {
  for (const name of BUILT_IN_TOOLS) {
    const { tool } = toolIn(name, { root: '/work' });
    expect([tool.name, checkSchema(tool.inputSchema), /^[A-Za-z0-9_-]{1,128}$/.test(tool.name)]).toEqual([
      name,
      [],
      true,
    ]);
    expect(tool.description.length).toBeGreaterThan(40);
  }
});

describe('read', () => {
  test('gives lines with their numbers, in parts, and says what is left out', async () => {
    const root = workspace({
      'long.txt': Array.from({ length: 5_000 }, (_, n) => `line ${n + 1}`).join('\n'),
      'empty.txt': '',
      'wide.txt': 'x'.repeat(5_000),
    });
    expect(await use('read', { root }, { path: 'README.md' })).toBe('ok:      1\tRead me.');
    expect(await use('read', { root }, { path: 'long.txt', from: 4_999 })).toBe(
      'ok:   4999\tline 4999\n  5000\tline 5000',
    );
    expect(await use('read', { root }, { path: 'long.txt', from: 3, lines: 1 })).toBe(
      'ok:      3\tline 3\n(4997 more lines; read on from line 4)',
    );
    expect(await use('read', { root }, { path: 'long.txt', from: 9_999 })).toBe('ok: (the file has 5000 lines)');
    expect((await use('read', { root }, { path: 'long.txt' })).split('\n')).toHaveLength(2_001);
    expect(await use('read', { root }, { path: 'empty.txt' })).toBe('ok: (the file is empty)');
    expect(await use('read', { root }, { path: 'wide.txt' })).toContain('… (5000 characters)');
  });

  test('gives what is in a folder, images, and says what is no text', async () => {
    const root = workspace({ 'src/deep/b.js': 'b\n', '.env': 'TOKEN=x\n' });
    writeFileSync(join(root, 'picture.png'), Buffer.from([1, 2, 3]));
    writeFileSync(join(root, 'data.bin'), Buffer.from([0, 1, 2]));
    expect(await use('read', { root }, { path: 'src' })).toBe('ok: a.js\ndeep/');
    expect(await use('read', { root }, { path: '.' })).toBe('ok: README.md\ndata.bin\nnotes/\npicture.png\nsrc/');
    expect(await use('read', { root, cwd: 'src' }, { path: 'deep/b.js' })).toBe('ok:      1\tb');
    expect(await use('read', { root }, { path: 'picture.png' })).toBe('ok: <image/png AQID>');
    expect(await use('read', { root }, { path: 'data.bin' })).toBe('failed: `data.bin` is no text (3 bytes).');
    expect(await use('read', { root }, { path: 'absent' })).toBe('failed: There is no `absent`.');
  });

  test('denies what lies outside, what keeps secrets, what is of git and giga, and what is not named', async () => {
    const root = workspace({ '.env': 'TOKEN=x\n' });
    const outside = temporaryFolder();
    writeFileSync(join(outside, 'secret'), 'outside\n');
    symlinkSync(join(outside, 'secret'), join(root, 'link'));
    symlinkSync('.env', join(root, 'plain.txt'));
    symlinkSync(join(root, '.git'), join(root, 'repository'));
    symlinkSync('nowhere', join(root, 'dangling'));
    for (const path of [
      'link',
      '../x',
      '/etc/passwd',
      join(outside, 'secret'),
      '.env',
      'plain.txt',
      '.git/config',
      'repository/config',
      '.giga/runs/r1/secret.txt',
    ])
      expect([path, (await use('read', { root }, { path })).slice(0, 7)]).toEqual([path, 'denied:']);
    for (const path of ['dangling', 'a\0b'])
      expect([path, (await use('read', { root }, { path })).slice(0, 7)]).toEqual([path, 'failed:']);
    const permissions = { read: ['src', '.env'] };
    expect(await use('read', { root, permissions }, { path: 'README.md' })).toBe(
      'denied: `README.md` may not be read (allowed are: src, .env).',
    );
    expect(await use('read', { root, permissions }, { path: '.env' })).toContain('TOKEN=x');
    expect(await use('read', { root, permissions }, { path: '.' })).toBe('ok: .env\nsrc/');
  });
});

describe('search', () => {
  const files = {
    'src/a.js': 'const Alpha = 1;\nbeta\n',
    'src/b.ts': 'alpha beta\n',
    'docs/c.md': 'gamma\n',
    '.gitignore': 'made/\n',
    'made/d.js': 'alpha\n',
    '.env': 'alpha\n',
  };

  test('finds lines as they stand, and by patterns', async () => {
    const root = workspace(files);
    expect(await use('search', { root }, { text: 'alpha' })).toBe('ok: src/b.ts:1: alpha beta');
    expect(await use('search', { root }, { text: 'alpha', 'ignore-case': true })).toBe(
      'ok: src/a.js:1: const Alpha = 1;\nsrc/b.ts:1: alpha beta',
    );
    expect(await use('search', { root }, { pattern: '^[ab].*a$' })).toBe(
      'ok: src/a.js:2: beta\nsrc/b.ts:1: alpha beta',
    );
    expect(await use('search', { root }, { pattern: '^[ab].*a$', files: ['**/*.ts'] })).toBe(
      'ok: src/b.ts:1: alpha beta',
    );
    expect(await use('search', { root, cwd: 'src' }, { text: 'beta', files: ['*.js'] })).toBe('ok: a.js:2: beta');
    expect(await use('search', { root }, { text: 'nothing of it' })).toBe('ok: (no matches)');
    expect(await use('search', { root }, { text: 'a', max: 1 })).toMatch(/^ok: [^\n]*\n\(there are more matches\)$/);
  });

  test('finds files by their names', async () => {
    const root = workspace(files);
    expect(await use('search', { root }, { files: ['src', '*.md'] })).toBe('ok: README.md\nsrc/a.js\nsrc/b.ts');
    expect(await use('search', { root }, { files: ['src'], max: 1 })).toBe('ok: src/a.js\n(1 more files)');
    expect(await use('search', { root }, { files: ['*.py'] })).toBe('ok: (no files)');
  });

  test('works outside of a repository, too', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'a.txt'), 'alpha\n');
    expect(await use('search', { root }, { text: 'alpha' })).toBe('ok: a.txt:1: alpha');
  });

  test('no pattern keeps it busy for long', async () => {
    const root = workspace({ 'long.txt': 'x'.repeat(1_900_000), 'many.txt': `${'x'.repeat(4_000)}\n`.repeat(450) });
    expect(await use('search', { root }, { pattern: '(x+x+)+y', files: ['long.txt'] })).toBe('ok: (no matches)');
    const found = await use('search', { root }, { pattern: '(?:x?){500}y', files: ['many.txt'] });
    expect(found).toContain('that is as much as is searched');
  });

  test('denies and refuses what it should', async () => {
    const root = workspace(files);
    symlinkSync('.env', join(root, 'alias.txt'));
    expect(await use('search', { root }, { text: 'alpha', files: ['alias.txt', '.env'] })).toBe('ok: (no matches)');
    expect(await use('search', { root }, { text: 'x', files: ['../**'] })).toMatch(/^denied: /);
    expect(await use('search', { root }, { pattern: '(' })).toMatch(/^failed: The pattern cannot be used/);
    expect(await use('search', { root }, { pattern: 'x'.repeat(2_000) })).toMatch(/^failed: The pattern is longer/);
    expect(await use('search', { root }, { pattern: 'x', text: 'y' })).toMatch(/^failed: Either/);
    const slow = await use('search', { root }, { pattern: '(a*)*$' });
    expect(slow).toMatch(/^ok: /);
  });
});

describe('edit', () => {
  test('changes one place, or all, or makes a file', async () => {
    const root = workspace({ 'src/twice.js': 'one\ntwo\none\n', 'src/$&.js': 'x\n' });
    const where = { root, permissions: { write: ['src/**'] } };
    const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
    expect(await use('edit', where, { path: 'src/twice.js', old: 'two', new: 'zwei' })).toBe(
      'ok: `src/twice.js` was changed.',
    );
    expect(textOf('src/twice.js')).toBe('one\nzwei\none\n');
    expect(await use('edit', where, { path: 'src/twice.js', old: 'one', new: '1' })).toMatch(
      /^failed: `old` stands in the file 2 times/,
    );
    expect(await use('edit', where, { path: 'src/twice.js', old: 'one', new: '$&$1', all: true })).toMatch(/^ok/);
    expect(textOf('src/twice.js')).toBe('$&$1\nzwei\n$&$1\n');
    expect(await use('edit', where, { path: 'src/deep/new.js', new: 'new\n' })).toBe('ok: `src/deep/new.js` was made.');
    expect(textOf('src/deep/new.js')).toBe('new\n');
    expect(await use('edit', { ...where, cwd: 'src' }, { path: 'deep/new.js', old: 'new', new: '' })).toMatch(/^ok/);
    expect(textOf('src/deep/new.js')).toBe('\n');
  });

  test('refuses what would not do what it says', async () => {
    const root = workspace({ 'src/crlf.js': 'a\r\nb\r\n' });
    writeFileSync(join(root, 'src/latin.txt'), Buffer.from([0x61, 0xe9]));
    const where = { root, permissions: { write: ['src'] } };
    const cases: readonly (readonly [Record<string, Json>, string])[] = [
      [{ path: 'src/a.js', old: 'b', new: 'c' }, 'failed: `old` does not stand in the file.'],
      [{ path: 'src/crlf.js', old: 'a\nb', new: 'c' }, 'failed: `old` does not stand in the file with these line ends'],
      [{ path: 'src/a.js', old: 'a', new: 'a' }, 'failed: `old` and `new` are the same'],
      [{ path: 'src/a.js', new: 'x' }, 'failed: `src/a.js` is there already'],
      [{ path: 'src/none.js', old: 'x', new: 'y' }, 'failed: There is no `src/none.js`'],
      [{ path: 'src', old: 'x', new: 'y' }, 'failed: `src` is a folder'],
      [{ path: 'src/latin.txt', old: 'a', new: 'y' }, 'failed: `src/latin.txt` is no text in UTF-8'],
    ];
    for (const [args, said] of cases) expect(await use('edit', where, args)).toContain(said);
    expect(readFileSync(join(root, 'src/a.js'), 'utf8')).toBe('a\n');
  });

  test('denies every write that is not allowed, through links too', async () => {
    const root = workspace();
    const outside = temporaryFolder();
    symlinkSync(outside, join(root, 'src/out'));
    symlinkSync('../.git', join(root, 'src/repository'));
    symlinkSync('../README.md', join(root, 'src/readme'));
    const where = { root, permissions: { write: ['src/**', '.git/**'] } };
    for (const path of [
      'README.md',
      'src/out/x',
      'src/repository/hooks/x',
      'src/readme',
      '.git/hooks/pre-commit',
      '.giga/x',
      '../x',
      '/tmp/x',
      'src/../new',
    ])
      expect([path, (await use('edit', where, { path, new: 'x' })).slice(0, 7)]).toEqual([path, 'denied:']);
    expect(await use('edit', { root }, { path: 'src/new', new: 'x' })).toBe(
      'denied: `src/new` may not be written (allowed are: none).',
    );
    expect([
      existsSync(join(root, '.git/hooks/x')),
      existsSync(join(outside, 'x')),
      existsSync(join(root, 'new')),
    ]).toEqual([false, false, false]);
  });
});

describe('run', () => {
  test.skipIf(missing !== null)('runs commands and scripts in the sandbox, where the agent works', async () => {
    const root = workspace();
    const where = { root, cwd: 'src', permissions: { write: ['src'] } };
    expect(await use('run', where, { command: ['cat', 'a.js'] })).toBe('ok: exit code 0\nstdout:\na\n');
    expect(await use('run', where, { script: 'echo $GIVEN >&2; pwd; exit 3' })).toBe(
      `failed: exit code 3\nstdout:\n${root}/src\n\nstderr:\ngiven\n`,
    );
    expect(await use('run', where, { script: 'import sys; print(6 * 7)', shell: 'python' })).toMatch(
      /^(?:ok: exit code 0\nstdout:\n42|failed: exit code 127)/,
    );
    expect(await use('run', where, { script: 'echo x > new; echo y > ../README.md' })).toMatch(
      /^failed: exit code 1\nstderr:\n.*Read-only file system/s,
    );
    expect(existsSync(join(root, 'src/new'))).toBe(true);
    expect(await use('run', where, { script: 'sleep 60', seconds: 1 })).toBe('failed: it was ended after 1 s');
  });

  test('runs nothing that is not named, where programs are named', async () => {
    const where = { root: workspace(), permissions: { run: ['git', './check.sh'] } };
    expect(await use('run', where, { command: ['rm', '-rf', '.'] })).toBe(
      'denied: `rm` may not be run. Allowed are: git, ./check.sh.',
    );
    expect(await use('run', where, { script: 'git status' })).toBe(
      'denied: `bash` may not be run. Allowed are: git, ./check.sh.',
    );
    expect(await use('run', where, { command: ['/usr/bin/git'] })).toMatch(/^denied: /);
  });

  test('without a sandbox only what is named runs', async () => {
    const root = workspace();
    expect(await use('run', { root, isBare: true }, { command: ['ls'] })).toMatch(/^denied: Without a sandbox/);
    expect(
      await use('run', { root, isBare: true, permissions: { run: ['cat'] } }, { command: ['cat', 'src/a.js'] }),
    ).toBe('ok: exit code 0\nstdout:\na\n');
  });

  test('refuses what is no call', async () => {
    const root = workspace();
    for (const args of [{}, { command: ['ls'], script: 'ls' }, { script: 'x'.repeat(70_000) }, { command: ['a\0b'] }])
      expect((await use('run', { root }, args)).slice(0, 7)).toBe('failed:');
  });
});

describe('fetch', () => {
  let server: Server;
  let at = '';
  beforeAll(async () => {
    server = createServer((request, answer) => {
      if (request.url === '/page')
        answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>Grüße</p>');
      else if (request.url === '/large')
        answer.writeHead(200, { 'content-type': 'text/plain' }).end('x'.repeat(1_000_000));
      else if (request.url === '/image') answer.writeHead(200, { 'content-type': 'image/png' }).end('png');
      else if (request.url === '/away') answer.writeHead(302, { location: 'http://example.invalid/' }).end();
      else answer.writeHead(404, { 'content-type': 'text/plain' }).end('not here');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  });
  afterAll(() => void server.close());

  test('gives texts, bounded, and says what is none', async () => {
    const where = { root: '/work', permissions: { net: ['127.0.0.1'], named: ['127.0.0.1'] } };
    expect(await use('fetch', where, { url: `${at}/page` })).toBe(
      `ok: ${at}/page (200, text/html; charset=utf-8)\n\n<p>Grüße</p>`,
    );
    const large = await use('fetch', where, { url: `${at}/large` });
    expect([large.length < 151_000, large.endsWith('(cut: 1000000 bytes)')]).toEqual([true, true]);
    expect(await use('fetch', where, { url: `${at}/image` })).toMatch(/^failed: .* is no text: 3 bytes\.$/);
    expect(await use('fetch', where, { url: `${at}/else` })).toMatch(/^failed: .*404.*not here$/s);
    expect(await use('fetch', where, { url: 'file:///etc/passwd' })).toMatch(/^failed: /);
  });

  test('denies every host that is not named, behind redirections too', async () => {
    expect(await use('fetch', { root: '/work' }, { url: `${at}/page` })).toMatch(/^denied: /);
    expect(await use('fetch', { root: '/work', permissions: { net: ['*'] } }, { url: `${at}/page` })).toMatch(
      /^denied: /,
    );
    const where = { root: '/work', permissions: { net: ['127.0.0.1'], named: ['127.0.0.1'] } };
    expect(await use('fetch', where, { url: `${at}/away` })).toMatch(/^denied: /);
  });
});
