/** `giga resume [RUN]`, and `--plan`, which only says what would happen. */
import { type Assumed, type ResumeOptions, resumeRun } from '../../app/commands/resume.ts';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { readBudgets } from '../budget-flags.ts';
import type { Call } from '../command-spec.ts';
import { EXIT, exitCodeOfResume } from '../exit-code.ts';
import { reportRun } from '../junit-report.ts';
import { modelFlags } from '../model-flags.ts';
import { openProject, refuse, take } from '../open-project.ts';
import { peopleFlags } from '../people-flags.ts';
import { printProblems } from '../render/problems.ts';
import { resumePlanLines } from '../render/resume-plan-lines.ts';
import { painter } from '../render/text.ts';
import { showRun } from '../show-run.ts';
import { userName } from '../user-name.ts';

/** `STEP=done` or `STEP=retry`, each. */
function assumptions(texts: readonly string[]): Result<readonly Assumed[]> {
  const assumed: Assumed[] = [];
  for (const text of texts) {
    const at = text.lastIndexOf('=');
    const how = text.slice(at + 1);
    if (at < 1 || (how !== 'done' && how !== 'retry'))
      return {
        ok: false,
        diagnostics: [
          problem('CLI_USAGE', `--assume takes STEP=done or STEP=retry, and not \`${text}\`.`, {
            hint: '`done`: it has happened. `retry`: do it again.',
          }),
        ],
      };
    assumed.push({ node: text.slice(0, at), how });
  }
  return { ok: true, value: assumed };
}

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { flags } = call;
  const [run] = call.args;
  if (flags.on('downstream') && flags.list('only').length === 0)
    return refuse(call, [
      problem('CLI_USAGE', '--downstream goes with --only.', { hint: '--from runs a step and what depends on it' }),
    ]);
  const assume = take(call, assumptions(flags.list('assume')));
  if (!assume.ok) return assume.code;
  const raise = take(call, readBudgets(flags.list('budget')));
  if (!raise.ok) return raise.code;
  const people = take(call, peopleFlags(call));
  if (!people.ok) return people.code;
  const models = take(call, modelFlags(call));
  if (!models.ok) return models.code;
  const options: ResumeOptions = {
    people: people.value,
    ...(run === undefined ? {} : { run }),
    from: flags.list('from'),
    only: flags.list('only'),
    downstream: flags.on('downstream'),
    failedItems: flags.on('failed-items'),
    takeover: flags.on('takeover'),
    assume: assume.value,
    by: userName() || 'someone',
    raise: raise.value,
    strict: flags.on('strict'),
    noCache: flags.on('no-cache'),
    ...models.value,
  };
  if (flags.on('plan')) {
    const { planResume } = await import('../../app/commands/plan-resume.ts');
    const planned = await planResume(project.value, options);
    if (!planned.ok) return refuse(call, planned.diagnostics);
    if (call.json)
      for (const decision of planned.value.decisions)
        call.io.out.write(`${JSON.stringify({ type: 'decision', ...decision })}\n`);
    else
      call.io.out.write(
        `${resumePlanLines(planned.value.run, planned.value.decisions, painter(call.outColor)).join('\n')}\n`,
      );
    return EXIT.done;
  }
  const resumed = await resumeRun(project.value, options);
  if (!resumed.ok) {
    printProblems(resumed.diagnostics, call);
    return exitCodeOfResume(resumed.diagnostics);
  }
  printProblems(resumed.value.diagnostics, call);
  if (resumed.value.kind === 'live') {
    const { run: live } = resumed.value;
    return reportRun(call, project.value, live.id, await showRun(call, live));
  }
  call.io.err.write(`run ${resumed.value.id} succeeded, and nothing has changed since: nothing to do\n`);
  if (call.json) call.io.out.write(`${JSON.stringify({ type: 'nothing-to-do', id: resumed.value.id })}\n`);
  return reportRun(call, project.value, resumed.value.id, EXIT.done);
}
