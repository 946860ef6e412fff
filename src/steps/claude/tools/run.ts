/** The tool `run`: a program or a script, in a sandbox. Knows what may be run, not how it is held. */
import { relative } from 'node:path';
import { mayRun } from '../../../core/permissions/permissions.ts';
import type { Environment, Shell } from '../../../core/process.ts';
import { type Sandbox, type SandboxEnd, type SandboxSpec, USUAL_MEMORY } from '../../../core/sandbox.ts';
import type { Tool, ToolAnswer } from '../../tool.ts';
import { denied, failed } from '../tool-calls.ts';
import { countArgument, folderOf, textArgument, type Workspace } from './workspace.ts';

const USUAL_SECONDS = 120;
const MAX_SECONDS = 600;
const MAX_OUTPUT = 60_000;
const MAX_COMMAND = 60_000;
const SHELLS: readonly Shell[] = ['bash', 'sh', 'python', 'node'];

export interface RunToolOptions {
  readonly sandbox: Sandbox;
  /** What programs get beside what the sandbox gives. */
  readonly env: Environment;
  /** Bytes that programs may have. */
  readonly memory?: number;
}

export function runTool(workspace: Workspace, { sandbox, env, memory = USUAL_MEMORY }: RunToolOptions): Tool {
  return {
    name: 'run',
    description: described(workspace, sandbox),
    inputSchema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        command: {
          type: 'array',
          minItems: 1,
          items: { type: 'string' },
          description: 'A program and its arguments; no shell reads them.',
        },
        script: { type: 'string', minLength: 1, description: 'A script, instead of a command.' },
        shell: {
          type: 'string',
          enum: [...SHELLS],
          description: 'That reads the script. Default: bash, which ends at the first failure.',
        },
        seconds: {
          type: 'integer',
          minimum: 1,
          maximum: MAX_SECONDS,
          description: `How long it may take. Default: ${USUAL_SECONDS}.`,
        },
      },
    },
    async call(args, { signal, progress }) {
      const program = programOf(args);
      if (typeof program === 'string') return failed(program);
      const refusal = refusedProgram(workspace, sandbox, program);
      if (refusal !== null) return refusal;
      progress(shownCommand(program));
      const cwd = folderOf(workspace);
      if (relative(workspace.root, cwd).startsWith('..'))
        return denied('The working folder lies outside of the workspace.');
      const timeoutMs = countArgument(args, 'seconds', USUAL_SECONDS) * 1_000;
      const { root, permissions } = workspace;
      return answerOf(
        await sandbox.run({ program, root, cwd, env, permissions, maxOutput: MAX_OUTPUT, timeoutMs, memory }, signal),
        { timeoutMs, memory },
      );
    },
  };
}

/** The model is told what it will meet, so that it does not find out by trying. */
function described({ permissions }: Workspace, { kind }: Sandbox): string {
  const where =
    kind === 'none'
      ? 'Runs a program in the working folder, as the user who started this.'
      : `Runs a program in the working folder, in a sandbox: of the workspace only ${permissions.write.join(', ') || 'nothing'} may be written (and \`/tmp\`, which is empty each time); ${permissions.net.length === 0 ? 'there is no network' : `of the network there are ${permissions.net.join(', ')}`}; nothing that it starts goes on when it has ended.`;
  return `${where} Give \`command\` or \`script\`.${permissions.run === null ? '' : ` These programs may be run: ${permissions.run.join(', ') || 'none'}.`}`;
}

function programOf(args: Readonly<Record<string, unknown>>): SandboxSpec['program'] | string {
  const script = textArgument(args, 'script');
  const argv = Array.isArray(args.command) ? args.command.map(String) : [];
  if ((script === '') === (argv.length === 0)) return 'Give either `command` or `script`.';
  if (script.length + argv.join('').length > MAX_COMMAND)
    return `That is longer than ${MAX_COMMAND} characters: write it to a file first.`;
  if ([script, ...argv].some((text) => text.includes('\0'))) return 'It holds a NUL character.';
  if (argv.length > 0) return { kind: 'argv', argv };
  const shell = SHELLS.find((one) => one === args.shell) ?? 'bash';
  return { kind: 'script', shell, script };
}

/** What a script starts nobody can know beforehand: it is the shell that must be allowed. Without a sandbox nothing is, that is not named. */
function refusedProgram(
  { permissions }: Workspace,
  { kind }: Sandbox,
  program: SandboxSpec['program'],
): ToolAnswer | null {
  const name = program.kind === 'argv' ? (program.argv[0] ?? '') : program.shell;
  if (kind === 'none' && permissions.run === null)
    return denied('Without a sandbox only programs that `permissions: { run: [...] }` names are started.');
  return mayRun(permissions, name)
    ? null
    : denied(`\`${name}\` may not be run. Allowed are: ${permissions.run?.join(', ') || 'none'}.`);
}

function shownCommand(program: SandboxSpec['program']): string {
  const text = program.kind === 'argv' ? program.argv.join(' ') : program.script;
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
}

/** In whole MiB. */
function sizeOf(bytes: number): string {
  return `${Math.floor(bytes / 1_048_576)} MiB`;
}

function answerOf(
  end: SandboxEnd,
  { timeoutMs, memory }: { readonly timeoutMs: number; readonly memory: number },
): ToolAnswer {
  if (end.kind === 'refused') return failed(end.diagnostic.message);
  const { stdout, stderr, code, kind } = end;
  const how = {
    exited: `exit code ${code}`,
    'timed-out': `it was ended after ${timeoutMs / 1_000} s`,
    overran: 'it was ended: it had too many processes',
    outgrew: `it was ended: it used more than ${sizeOf(memory)} of memory`,
    stopped: 'it was stopped',
  }[kind];
  const streams = [
    ['stdout', stdout.text],
    ['stderr', stderr.text],
  ].flatMap(([name, text]) => (text === '' ? [] : [`${name}:\n${text}`]));
  return {
    verdict: kind === 'exited' && code === 0 ? 'ok' : 'failed',
    content: [{ type: 'text', text: [how, ...streams].join('\n') }],
  };
}
