/** When the workspace is compared around the calls of a turn, and what becomes of what is found. */
import { expect, test } from 'vitest';
import type { WorkspaceGuard } from '../../../src/core/workspace-guard.ts';
import { runAgent } from '../../../src/steps/claude/agent.ts';
import type { OfferedTool } from '../../../src/steps/claude/agent-types.ts';
import { calls, jobOf, noting, portsOf, says, scripted, tool } from './scripted.ts';

function guardOf(asked: string[], files: readonly string[], fails = false): WorkspaceGuard {
  const error = { code: 'STEP_WORKSPACE_UNSEEN', severity: 'error', message: 'No git.' } as const;
  const found = async (how: string, isAllowed: (path: string) => boolean) => {
    asked.push(how);
    return { ok: true as const, value: { files: files.filter((path) => !isAllowed(path)), after: 'tree2' } };
  };
  return {
    save: async () => {
      asked.push('save');
      return fails ? { ok: false, diagnostics: [error] } : { ok: true, value: 'tree1' };
    },
    compare: (_, isAllowed) => found('compare', isAllowed),
    putBack: (_, isAllowed) => found('put back', isAllowed),
  };
}

async function live(reach: OfferedTool['reach'], guard: WorkspaceGuard, wereOthers = false) {
  const { context, news } = noting();
  const job = jobOf([tool('it', reach, () => 'done')], { mayWrite: (path) => path === 'mine' });
  const ports = portsOf(scripted(calls(['a', 'it']), says('Done.')), { guard, othersAtWork: () => () => wereOthers });
  const end = await runAgent(job, ports, context);
  return {
    end: end.kind === 'failed' ? end.error.code : end.kind,
    news: news.filter(({ files }) => files !== undefined),
  };
}

test('a turn that only looks compares nothing', async () => {
  const asked: string[] = [];
  expect(await live('looks', guardOf(asked, ['theirs']))).toEqual({ end: 'answered', news: [] });
  expect(asked).toEqual([]);
});

test('in the sandbox what changed outside is noted and fails the step, and stays', async () => {
  const asked: string[] = [];
  expect(await live('edits', guardOf(asked, ['mine', 'theirs']))).toEqual({
    end: 'STEP_WRITE_OUTSIDE',
    news: [
      { kind: 'write-outside', turn: 1, files: ['theirs'], before: 'tree1', after: 'tree2', 'others-at-work': false },
    ],
  });
  expect(asked).toEqual(['save', 'compare']);
});

test('in the sandbox, beside other steps, it is noted and held against nobody', async () => {
  const { end, news } = await live('edits', guardOf([], ['theirs']), true);
  expect([end, news]).toEqual(['answered', [expect.objectContaining({ 'others-at-work': true })]]);
});

test('without a sandbox it is put back, whoever is there', async () => {
  const asked: string[] = [];
  const { end, news } = await live('acts', guardOf(asked, ['theirs']), true);
  expect([end, news]).toEqual([
    'STEP_WRITE_OUTSIDE',
    [{ kind: 'write-reverted', turn: 1, files: ['theirs'], after: 'tree2' }],
  ]);
  expect(asked).toEqual(['save', 'put back']);
});

test('what is allowed is nothing to speak of', async () => {
  for (const reach of ['edits', 'acts'] as const)
    expect(await live(reach, guardOf([], ['mine']))).toEqual({ end: 'answered', news: [] });
});

test('the sandbox holds also where nothing can be compared', async () => {
  expect(await live('edits', guardOf([], [], true))).toEqual({ end: 'answered', news: [] });
  expect(await live('acts', guardOf([], [], true))).toEqual({ end: 'STEP_WORKSPACE_UNSEEN', news: [] });
});
