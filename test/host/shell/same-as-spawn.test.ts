import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ProcessEnd, Processes } from '../../../src/core/process.ts';
import { NO_MASK } from '../../../src/host/mask/mask.ts';
import { createProcesses } from '../../../src/host/process/processes.ts';
import { NEVER, scriptSpec, summary, temporaryFolder } from '../process/support.ts';
import { NASTY_SCRIPTS, type NastyScript } from './nasty-scripts.ts';

const folder = temporaryFolder();
const routed = createProcesses({ mask: NO_MASK });
const fresh = createProcesses({ mask: NO_MASK, workers: false });
afterAll(() => {
  routed.close();
  fresh.close();
});

async function run(processes: Processes, nasty: NastyScript, name: string): Promise<ProcessEnd> {
  const cwd = join(folder, 'work');
  mkdirSync(cwd, { recursive: true });
  return processes.execute(
    scriptSpec(folder, nasty.script, {
      cwd,
      variables: nasty.variables ?? {},
      log: { folder: join(folder, name), name: 'step' },
      maxOutput: 3_000,
    }),
    NEVER,
  );
}

test.each(NASTY_SCRIPTS)('$name: the same with and without workers', async (nasty) => {
  const [shared, own] = [await run(routed, nasty, 'shared'), await run(fresh, nasty, 'own')];
  const [left, right] = [summary(shared), summary(own)];
  if (nasty.isRandom) expect(left['code']).toEqual(right['code']);
  else expect(withoutPids(left)).toEqual(withoutPids(right));
});

/** Process ids in messages of bash (`line 1: 123 Quit`) and names of folders differ by nature. */
function withoutPids(end: Record<string, unknown>): unknown {
  const text = JSON.stringify(end).replaceAll(/line (\d+): +\d+ /g, 'line $1: PID ');
  return JSON.parse(text.replaceAll('/shared/', '/own/'));
}
