/** Runs many lowered scripts in real shells with few processes of our own, and says what each printed and whether it ran a value. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Job {
  readonly script: string;
  readonly values: Readonly<Record<string, string>>;
}
export interface Outcome {
  readonly output: string;
  readonly errors: string;
  /** The canary appeared: a value was run. */
  readonly executed: boolean;
}

/** Reads frames `count, NAME=value …, script`, each ended by NUL, and starts a fresh shell for each. */
const DRIVER = `
n=0
while IFS= read -r -d '' count; do
  pairs=(); for ((i = 0; i < count; i++)); do IFS= read -r -d '' pair; pairs+=("$pair"); done
  IFS= read -r -d '' script
  ( ((count)) && export -- "\${pairs[@]}"; exec $SHELL_TO_TEST -c "$script" ) > "$FOLDER/$n.out" 2> "$FOLDER/$n.err" < /dev/null
  if [ -e PWNED ]; then : > "$FOLDER/$n.executed"; rm -f PWNED; fi
  n=$((n + 1))
done < "$FOLDER/frames"
`;

const COMMANDS = { bash: 'bash --noprofile --norc', sh: 'dash' } as const;
export type ShellName = keyof typeof COMMANDS;

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['-c', ':'], { stdio: 'ignore' }).status === 0;
}

export async function runAll(shell: ShellName, jobs: readonly Job[], lanes = 2): Promise<readonly Outcome[]> {
  const size = Math.ceil(jobs.length / lanes);
  const parts = Array.from({ length: lanes }, (_, k) => runLane(shell, jobs.slice(k * size, (k + 1) * size)));
  return (await Promise.all(parts)).flat();
}

async function runLane(shell: ShellName, jobs: readonly Job[]): Promise<readonly Outcome[]> {
  if (jobs.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), 'giga-'));
  const work = join(folder, 'work');
  mkdirSync(work);
  for (const name of ['file1', 'a b']) writeFileSync(join(work, name), '');
  const frames = jobs.flatMap(({ script, values }) => {
    const pairs = Object.entries(values).map(([name, value]) => `${name}=${value}`);
    return [String(pairs.length), ...pairs, script];
  });
  writeFileSync(join(folder, 'frames'), frames.map((frame) => `${frame}\0`).join(''));
  try {
    await drive(shell, folder, work);
    return jobs.map((_, n) => ({
      output: readFileSync(join(folder, `${n}.out`), 'utf8'),
      errors: readFileSync(join(folder, `${n}.err`), 'utf8'),
      executed: existsSync(join(folder, `${n}.executed`)),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function drive(shell: ShellName, folder: string, cwd: string): Promise<void> {
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', SHELL_TO_TEST: COMMANDS[shell], FOLDER: folder };
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['--noprofile', '--norc', '-c', DRIVER], { cwd, env, stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the driver ended with ${code}`))));
  });
}
