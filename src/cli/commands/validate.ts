/** `giga validate [FILES…]`: every problem of every file, at once. */
import type { Security } from '../../app/commands/security.ts';
import type { Project } from '../../app/project.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { fromNano } from '../../core/money/usd.ts';
import type { PlanWorst, Worst } from '../../core/money/worst-case.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { Call } from '../command-spec.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { openProject, refuse } from '../open-project.ts';
import { printProblems } from '../render/problems.ts';
import { harmless, painter } from '../render/text.ts';
import { worstCaseLines } from '../render/worst-case-lines.ts';

export async function perform(call: Call): Promise<number> {
  const { filesToCheck } = await import('../../app/commands/workflow-files.ts');
  const files = await filesToCheck(call.cwd, call.args);
  if (!files.ok) return refuse(call, files.diagnostics);
  if (files.value.length === 0) {
    return refuse(call, [
      problem('CLI_NO_WORKFLOW', 'There is no workflow here to check.', { hint: '`giga init` writes a first one' }),
    ]);
  }
  let worst: number = EXIT.done;
  for (const file of files.value) {
    const code = await checkFile(call, file);
    worst = Math.max(worst, code);
  }
  return worst;
}

/** Prints the problems of one file, or that it has none. */
async function checkFile(call: Call, path: string): Promise<number> {
  const project = await openProject(call, path);
  if (!project.ok) return project.code;
  const [{ loadWorkflow }, { slashed }] = await Promise.all([
    import('../../app/load.ts'),
    import('../../app/workspace.ts'),
  ]);
  const { value, diagnostics: found } = await loadWorkflow(project.value, path);
  const worst = call.flags.on('budget') && value !== null ? await worstCase(project.value, value.plan) : null;
  const secure = call.flags.on('security') ? await security(project.value, path, value?.plan ?? null) : null;
  const diagnostics = [...found, ...(worst?.diagnostics ?? []), ...(secure?.diagnostics ?? [])];
  const errors = diagnostics.filter((d) => d.severity === 'error').length;
  const warnings = diagnostics.filter((d) => d.severity === 'warning').length;
  const file = slashed(call.cwd, path);
  printProblems(diagnostics, call);
  if (secure !== null) await printSecurity(call, file, secure);
  if (worst !== null && value !== null) printWorst(call, file, worst, value.plan);
  if (call.json)
    call.io.out.write(`${JSON.stringify({ type: 'file.validated', file, valid: errors === 0, errors, warnings })}\n`);
  const paint = painter(call.color);
  const verdict = errors > 0 ? paint('bad', '✘ invalid') : paint('good', '✔ valid');
  const counts = [count(errors, 'error'), count(warnings, 'warning')].filter((text) => text !== '');
  call.io.err.write(`${[`${verdict}  ${harmless(file)}`, ...counts].join(' · ')}\n`);
  return exitCodeOf(diagnostics);
}

async function worstCase(project: Project, plan: Plan): Promise<PlanWorst> {
  return (await import('../../app/commands/worst-case.ts')).worstCaseOfPlan(project, plan);
}

function printWorst(call: Call, file: string, worst: PlanWorst, { budget }: Plan): void {
  const { out } = call.io;
  if (!call.json) out.write(`${worstCaseLines(worst, budget, painter(call.outColor)).join('\n')}\n`);
  const factsOf = ({ nano, tokens, calls, unpriced, unbounded }: Worst) => ({
    usd: fromNano(nano),
    tokens,
    calls,
    unpriced,
    unbounded,
  });
  if (!call.json) return;
  for (const { path, factors, ...step } of worst.steps)
    out.write(`${JSON.stringify({ type: 'worst-case.step', file, path, ...factsOf(step), factors })}\n`);
  out.write(`${JSON.stringify({ type: 'worst-case', file, ...factsOf(worst.total), ...(budget && { budget }) })}\n`);
}

async function security(project: Project, path: string, plan: Plan | null): Promise<Security> {
  return (await import('../../app/commands/security.ts')).securityOf(project, path, plan);
}

async function printSecurity(call: Call, file: string, found: Security): Promise<void> {
  const { out } = call.io;
  const { texts, programs, agents, unpinned } = found;
  if (call.json) {
    for (const text of texts) out.write(`${JSON.stringify({ type: 'security.text', file, ...text })}\n`);
    out.write(`${JSON.stringify({ type: 'security', file, programs, agents, unpinned })}\n`);
    return;
  }
  const { securityLines } = await import('../render/security-lines.ts');
  out.write(`${securityLines(found, painter(call.outColor)).join('\n')}\n`);
}

function count(number: number, noun: string): string {
  return number === 0 ? '' : `${number} ${noun}${number === 1 ? '' : 's'}`;
}
