/** `giga completion SHELL`, and the hidden `giga complete -- WORDS` that its script calls. */
import { RootCommand, script } from '@bomb.sh/tab';
import { CATALOG } from '../../core/diagnostic/catalog.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { similarHint } from '../../core/nearest.ts';
import { callerOf } from '../../core/run/called-run.ts';
import type { Call, CompletionKind } from '../command-spec.ts';
import { COMMANDS, GROUPS } from '../command-table.ts';
import { COMMON_FLAGS } from '../common-flags.ts';
import { EXIT } from '../exit-code.ts';
import { refuse } from '../open-project.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'];

export async function perform(call: Call): Promise<number> {
  const [shell = ''] = call.args;
  if (!SHELLS.includes(shell)) {
    const message = `There is no completion for "${shell}": there is for ${SHELLS.join(', ')}.`;
    return refuse(call, [problem('CLI_USAGE', message, similarHint('a shell', shell, SHELLS))]);
  }
  script(shell, 'giga', 'giga'); // prints it on stdout
  return EXIT.done;
}

/** Values for completion by kind, made ready before since the completer asks without waiting. */
export type Candidates = Readonly<Partial<Record<CompletionKind, readonly string[]>>>;

/** Prints completions for the words behind `giga`; the last one is being typed. */
export async function complete(words: readonly string[], cwd: string): Promise<number> {
  const candidates = await gather(words, cwd).catch((): Candidates => ({})); // completion never complains
  completionRoot(candidates).parse([...words]);
  return EXIT.done;
}

/** The command table in the form of the completion package. */
export function completionRoot(candidates: Candidates): RootCommand {
  const root = new RootCommand();
  const offer = (kind: CompletionKind | undefined, choices: readonly string[] = []) => {
    return (give: (value: string, description: string) => void) => {
      for (const value of kind ? (candidates[kind] ?? []) : choices) give(value, '');
    };
  };
  for (const [name, text] of Object.entries(GROUPS)) root.command(name, text);
  for (const spec of COMMANDS) {
    const command = root.command(spec.name, spec.summary);
    for (const argument of spec.arguments) {
      const choices =
        spec.name === 'completion' ? SHELLS : spec.name === 'schema' ? ['workflow', 'config', 'event'] : [];
      command.argument(argument.name, offer(argument.complete, choices), argument.variadic === true);
    }
    for (const flag of [...spec.flags, ...COMMON_FLAGS]) {
      if (flag.kind === 'switch') command.option(flag.name, flag.description, flag.short);
      else command.option(flag.name, flag.description, offer(flag.complete, flag.choices), flag.short);
    }
  }
  return root;
}

async function gather(words: readonly string[], cwd: string): Promise<Candidates> {
  const [first = ''] = words;
  if (first === 'explain') return { code: Object.keys(CATALOG) };
  if (['run', 'validate', 'plan', 'graph'].includes(first)) {
    const { workflowNames } = await import('../../app/workspace.ts');
    return { workflow: workflowNames(cwd) };
  }
  if (first === 'claude') {
    const [{ openProject }, { sessionsOf }, { listNotes }] = await Promise.all([
      import('../../app/project.ts'),
      import('../../app/commands/sessions.ts'),
      import('../../app/commands/notes.ts'),
    ]);
    const project = await openProject({ cwd, env: process.env });
    if (!project.ok) return {};
    const sessions = sessionsOf(project.value).list();
    const notes = await listNotes(project.value);
    return {
      session: sessions.ok ? sessions.value.map(({ name }) => name) : [],
      memory: notes.ok ? notes.value.map(({ store }) => store) : [],
    };
  }
  if (!['resume', 'why', 'logs', 'runs'].includes(first)) return {};
  const [{ openProject }, { readRun }, { pathsOfRun }] = await Promise.all([
    import('../../app/project.ts'),
    import('../../app/commands/find-run.ts'),
    import('../../app/commands/plan-steps.ts'),
  ]);
  const project = await openProject({ cwd, env: process.env });
  if (!project.ok) return {};
  const runs = (await project.value.store.list()).filter((id) => callerOf(id) === null);
  const latest = await readRun(project.value.store, undefined);
  return { run: runs, step: latest.ok ? pathsOfRun(latest.value.plan, latest.value.story.steps.keys()) : [] };
}
