/** Runs the commands of `env: { NAME: { run: … } }`: once per run, in the workspace root, under bash. Their output is the value. */
import type { Environment, Processes } from '../core/process.ts';
import type { Project } from './project.ts';

export interface CommandRunnerParts {
  readonly project: Project;
  readonly processes: Processes;
  readonly inherited: Environment;
  /** Id of the run. */
  readonly run: string;
}

const NO_VARIABLES: Environment = Object.freeze({});
const MAX_OUTPUT = 65_536;
const GRACE_MS = 10_000;

/** Throws with a message for people when the command fails or says too much. */
export function commandRunner({
  project,
  processes,
  inherited,
  run,
}: CommandRunnerParts): (command: string, signal: AbortSignal) => Promise<string> {
  let count = 0;
  return async (command, signal) => {
    count += 1;
    const end = await processes.execute(
      {
        program: { kind: 'script', shell: 'bash', script: command },
        environment: inherited,
        variables: NO_VARIABLES,
        cwd: project.root,
        log: { folder: project.store.logFolder(run), name: `env-${process.pid}-${count}` },
        maxOutput: MAX_OUTPUT,
        graceMs: GRACE_MS,
      },
      { stop: signal },
    );
    if (end.kind === 'refused') throw new Error(end.diagnostic.message);
    if (end.kind !== 'exited' || end.code !== 0) {
      const how =
        end.kind === 'exited'
          ? `exit code ${end.code}`
          : end.kind === 'signalled'
            ? end.signal
            : 'its end is not known';
      throw new Error(`it failed (${how}) ${end.stderr.text.trim().split('\n').at(-1) ?? ''}`.trim());
    }
    if (end.stdout.truncated) throw new Error(`it printed more than ${MAX_OUTPUT} bytes, which no variable can hold`);
    return end.stdout.text.replace(/\n+$/, '');
  };
}
