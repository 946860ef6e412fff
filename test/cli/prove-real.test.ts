import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove(), 60_000); // builds
beforeEach(() => {
  place = openWorkplace();
  place.put('tmp/.keep', '');
});
afterEach(() => place.remove());

/** Everything that giga leaves lying about would be in a folder of the test's own. */
const prove = (...args: string[]) =>
  place.bash(`export TMPDIR="$PWD/tmp" TOKEN=hush; giga prove w.yaml --real ${args.join(' ')}`);
const left = (): readonly string[] => readdirSync(join(place.folder, 'tmp'));

const WORKFLOW = `
secrets: [TOKEN]
steps:
  - { id: build, run: 'mkdir -p out; echo built > out/app' }
  - { id: note, run: 'echo line >> NOTES; rm -f old; echo new > "f$(ls | wc -l)"' }
  - { id: folder, run: test ! -e fresh && touch fresh }
  - { id: post, http: { url: 'http://127.0.0.1:1/', method: POST } }
  - { id: sign, run: 'echo "\${#TOKEN}"', secrets: [TOKEN] }
  - { id: many, for-each: [a, b], run: 'echo "\${{ item }}" > many' }
  - { id: copy, write: { path: a.txt, content: '\${{ steps.sign.outputs.stdout }}' } }
`;

describe('giga prove --real', () => {
  it('does each step twice in a copy, and shows what the second time changed', async () => {
    place.put('w.yaml', WORKFLOW);
    place.put('NOTES', 'one\n');
    const { code, out } = await prove();
    expect(code).toBe(0);
    expect(out.slice(out.indexOf('for real'))).toMatchInlineSnapshot(`
      "for real, in a copy of the workspace: succeeded
      ✔ build was done twice: the second time changed nothing
      ! note was done twice: the second time changed something
          changed NOTES
            +line
          added f5
      ! folder was done twice: the second time ended as failed
          output exit-code 0 → 1
      ○ post was not done: a POST request reaches beyond the copy
      ○ sign was not done: it gets secrets; --allow-secrets gives them to it
      ✔ many was done twice: the second time changed nothing
      "
    `);
    expect(readdirSync(place.folder).toSorted()).toEqual(['.git', 'NOTES', 'tmp', 'w.yaml']);
    expect(left()).toEqual(['.keep']);
  });

  it('gives secrets where that is allowed, and shows none', async () => {
    place.put('w.yaml', WORKFLOW.replace('"${#TOKEN}"', '"$TOKEN $RANDOM $RANDOM"'));
    const { out } = await prove('--allow-secrets');
    expect(out).toContain('! sign was done twice: the second time changed something');
    expect(out).not.toContain('hush');
  });

  it('takes a clone of a repository, without its remotes, its hooks and what it ignores', async () => {
    await place.bash(`rm -rf .git; git init -q . && printf 'tmp\\nignored\\n' > .gitignore && echo one > kept && git add . &&
      git -c user.name=a -c user.email=a@example.com commit -qm one && git tag v1 && git remote add origin . &&
      printf '#!/bin/sh\\ntouch "$HOME/hooked"\\n' > .git/hooks/post-commit && chmod +x .git/hooks/post-commit; echo two > kept; touch ignored new`);
    symlinkSync(join(place.folder, 'kept'), join(place.folder, 'link'));
    place.put(
      'w.yaml',
      `steps:
  - { id: look, run: 'ls; cat kept; git remote; git describe --tags; git status --short' }
  - { id: tag, run: 'git -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m two; git tag v2' }
  - { id: check, if: "contains(steps.look.outputs.stdout, 'ignored') || contains(steps.look.outputs.stdout, 'link') || !contains(steps.look.outputs.stdout, 'new') || !contains(steps.look.outputs.stdout, 'two\\nv1')", fail: '\${{ steps.look.outputs.stdout }}' }
`,
    );
    const { code, out } = await prove();
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringContaining('in a copy of the workspace, ignored files left out: succeeded'),
    });
    expect(out).toContain('! tag was done twice: the second time ended as failed');
    expect((await place.bash('git tag; git log --oneline | wc -l')).out.trim()).toBe('v1\n1');
    expect(existsSync(join(place.env['HOME'] ?? '', 'hooked'))).toBe(false);
  });

  it('is led to no other repository by the environment, and stands in for a server with a secret', async () => {
    await place.bash(
      `rm -rf .git; git init -q . && echo tmp > .gitignore && git add . && git -c user.name=a -c user.email=a@example.com commit -qm one && git remote add origin .`,
    );
    place.put(
      'w.yaml',
      `secrets: [TOKEN]
steps:
  db: { service: { run: 'exec sleep 60', ready: { log: up } }, secrets: [TOKEN] }
  tag: { needs: db, run: git tag v1 }
`,
    );
    const { code, out } = await place.bash(
      'export TMPDIR="$PWD/tmp" TOKEN=hush GIT_DIR="$PWD/.git" GIT_WORK_TREE="$PWD"; giga prove w.yaml --real',
    );
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('○ db was not done') });
    expect(out).toContain('! tag was done twice: the second time ended as failed');
    expect((await place.bash('git tag; git remote')).out).toBe('origin\n');
  });

  it('stops at an approval, and says when it cannot be done', async () => {
    place.put('w.yaml', `steps:\n  - { id: a, run: 'true' }\n  - { id: g, approve: { message: Go? } }\n`);
    expect(await prove()).toMatchObject({ code: 0, out: expect.stringContaining('`g` waits for a verdict') });
    place.put('w.yaml', `steps: { e: { wait: { event: go } } }\n`);
    expect(await prove()).toMatchObject({ code: 1, err: expect.stringContaining('error[TEST_NOT_REAL]') });
    place.put('w.yaml', `steps: { a: { run: exit 3 } }\n`);
    expect(await prove()).toMatchObject({
      code: 1,
      out: expect.stringContaining('for real, in a copy of the workspace: failed'),
    });
    expect(await place.giga('prove', 'w.yaml', '--allow-secrets')).toMatchObject({ code: 2 });
    expect(left()).toEqual(['.keep']);
  });
});
