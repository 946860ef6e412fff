import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { processStat } from '../../../src/host/process/group.ts';
import { endOrphans, orphansOf } from '../../../src/host/process/orphans.ts';
import { temporaryFolder } from './support.ts';

const folder = temporaryFolder();
/** A process that was started for a run, and that nobody waits for. */
function start(script: string, env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<number> {
  const child = spawn('bash', ['-c', `echo ready; ${script}`, 'bash', ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  child.unref();
  return new Promise((resolve) => child.stdout.once('data', () => resolve(child.pid ?? 0)));
}
const isAlive = (pid: number): boolean => !['Z', undefined].includes(processStat(pid)?.state);

describe.skipIf(process.platform !== 'linux')('what a killed giga left at work', () => {
  test('is ended: steps are known by what they were given, shared shells by their files', async () => {
    const logs = join(folder, 'runs', 'a', 'logs');
    const step = await start('sleep 100', { GIGA_OUTPUT: `${logs}/build-1.output` });
    const worker = await start('sleep 100; true', {}, `${logs}/.worker-1-x`);
    expect(orphansOf(logs)).toEqual(expect.arrayContaining([step, worker]));
    await endOrphans(logs);
    expect([isAlive(step), isAlive(worker), orphansOf(logs)]).toEqual([false, false, []]);
  });

  test('is not what works for another run, nor who reads its logs', async () => {
    const logs = join(folder, 'runs', 'b', 'logs');
    const other = await start('sleep 100', { GIGA_OUTPUT: `${logs}2/build-1.output` });
    const reader = await start('sleep 100; true', {}, `${logs}/build-1.out`);
    await endOrphans(logs);
    expect([isAlive(other), isAlive(reader)]).toEqual([true, true]);
    for (const pid of [other, reader]) process.kill(-pid, 'SIGKILL');
  });

  test('is ended by KILL where it does not listen', async () => {
    const logs = join(folder, 'runs', 'c', 'logs');
    const deaf = await start("trap '' TERM; while :; do sleep 0.1; done", { GIGA_OUTPUT: `${logs}/x-1.output` });
    await endOrphans(logs);
    expect(isAlive(deaf)).toBe(false);
  });
});
