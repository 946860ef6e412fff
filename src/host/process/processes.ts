/** The port `Processes` on this machine: what a shared shell can do goes to workers, everything else gets a process of its own. */
import type { Mask } from '../../core/ports.ts';
import type { Processes } from '../../core/process.ts';
import { currentPlatform } from '../platform/platform.ts';
import { fitsWorker } from '../shell/fits.ts';
import { createWorkerPool, type WorkerPool } from '../shell/pool.ts';
import { createFifos } from './fifos.ts';
import { createFindProgram } from './find-program.ts';
import { type ProcessTools, runProcess } from './run-process.ts';
import { createTails } from './tails.ts';

export interface ProcessesOptions {
  readonly mask: Mask;
  /** Bytes of each log; more is dropped, and a line says so. Default: all is kept. */
  readonly maxLogBytes?: number;
  /** False: every script gets a shell of its own. Default true. */
  readonly workers?: boolean;
}

/** Workers write straight to files, so there is none where output must be masked or cut. */
export function createProcesses(options: ProcessesOptions): Processes {
  const { mask, maxLogBytes = Number.POSITIVE_INFINITY, workers = true } = options;
  const tools: ProcessTools = {
    find: createFindProgram(),
    mask,
    tails: createTails(),
    fifos: createFifos(),
    maxLogBytes,
  };
  const mayShare =
    workers && !mask.active && maxLogBytes === Number.POSITIVE_INFINITY && currentPlatform().hasProcessGroups;
  let pool: WorkerPool | null = null;
  return {
    async execute(spec, signals) {
      const kind = mayShare ? fitsWorker(spec) : null;
      if (kind !== null) {
        pool ??= createWorkerPool({ bash: findBash(tools), find: tools.find, mask, tails: tools.tails });
        const end = await pool.run(spec, kind, signals);
        if (end !== null) return end;
      }
      return runProcess(spec, signals, tools);
    },
    close() {
      pool?.close();
      tools.fifos.close();
      pool = null;
    },
  };
}

function findBash(tools: ProcessTools): string | null {
  const found = tools.find('bash', process.env, '/');
  return found.kind === 'found' ? found.path : null;
}
