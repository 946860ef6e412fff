/** Two resumes of one run: whoever comes to it after the other has brought it to its end has nothing to do. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resumeRun } from '../../../src/app/commands/resume.ts';
import { run } from '../../../src/app/index.ts';
import { openProject, type Project } from '../../../src/app/project.ts';

async function projectIn(folder: string): Promise<Project> {
  const opened = await openProject({ cwd: folder, env: process.env });
  if (!opened.ok) throw new Error(opened.diagnostics[0]?.message);
  return opened.value;
}

test('a run that somebody else ended between the look and the lock is left as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'giga-resume-'));
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(folder, 'w.yaml'), 'steps:\n  - { id: a, run: echo a }\n  - { id: b, run: test -e ready }\n');
  expect(await run('w.yaml', { cwd: folder })).toMatchObject({ ok: true, value: { verdict: 'failed' } });
  writeFileSync(join(folder, 'ready'), '');
  const [mine, other] = [await projectIn(folder), await projectIn(folder)];
  const store: Project['store'] = {
    ...mine.store,
    open: async (id, how) => {
      const resumed = await resumeRun(other, {});
      if (resumed.ok && resumed.value.kind === 'live') await resumed.value.run.ended;
      return mine.store.open(id, how);
    },
  };
  expect(await resumeRun({ ...mine, store }, {})).toMatchObject({ ok: true, value: { kind: 'nothing-to-do' } });
  const [id = ''] = await mine.store.list();
  expect(await mine.store.read(id)).toMatchObject({ ok: true, value: { sealed: true, diagnostics: [] } });
  expect(await mine.store.holder(id)).toBeNull();
  rmSync(folder, { recursive: true });
});
