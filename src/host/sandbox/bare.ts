/** No sandbox at all, for those who say so: programs run as giga's user, in a process group that is ended whole. Knows no steps. */
import type { Mask } from '../../core/ports.ts';
import type { Sandbox } from '../../core/sandbox.ts';
import { commandOf } from './bubblewrap.ts';
import { supervise } from './supervise.ts';

export interface BareOptions {
  readonly mask: Mask;
  /** What every program gets: a `PATH`, a `HOME` … */
  readonly environment: Readonly<Record<string, string>>;
  /** The folder of the logs of the run: what a killed giga leaves is known by it, and ended by the next. */
  readonly logFolder: string;
}

export function createBare({ mask, environment, logFolder }: BareOptions): Sandbox {
  return {
    kind: 'none',
    problem: () => Promise.resolve(null),
    run({ program, cwd, env, maxOutput, timeoutMs }, signal) {
      const [file = '', ...args] = commandOf(program);
      const whole = { ...environment, ...env, PWD: cwd, GIGA_OUTPUT: `${logFolder}/agent` };
      return supervise({ file, args, cwd, env: whole, maxOutput, timeoutMs, mask }, signal);
    },
  };
}
