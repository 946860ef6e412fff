/** From the end of a program to the answer of the step: outcome, outputs, error. Pure. */
import { type Diagnostic, problem, warning } from '../../core/diagnostic/diagnostic.ts';
import { bareObject, type Json, unreachable } from '../../core/json.ts';
import type { Mask, StepAnswer } from '../../core/ports.ts';
import type { ProcessEnd, ProcessOutput } from '../../core/process.ts';
import type { AttemptWork } from '../../core/run/effect.ts';
import { timeoutProblem } from '../../core/run/time-limits.ts';
import { readOutputFile } from './output-file.ts';

export const OUTPUT_VARIABLE = 'GIGA_OUTPUT';

type Ended = Exclude<ProcessEnd, { readonly kind: 'refused' }>;

/** The outcome of an attempt that was asked to stop. `interrupted`: giga itself went away. */
export type StopCause = 'timed-out' | 'cancelled' | 'interrupted';

export interface AnswerContext {
  readonly work: AttemptWork;
  readonly successCodes: readonly number[];
  /** Why it was asked to stop, if it was. */
  readonly stopped: StopCause | null;
  /** Path of the standard output; the standard error lies beside it as `.err`. */
  readonly log: string;
  readonly mask: Mask;
}

/** What the journal is told. A stop counts only if the program did not succeed before it; a timeout always does. */
export function answerOf(end: ProcessEnd, context: AnswerContext): StepAnswer {
  if (end.kind === 'refused') return { outcome: 'failed', error: maskDiagnostic(end.diagnostic, context.mask) };
  const written = writtenOutputs(end, context.mask);
  const code = end.kind === 'lost' ? null : end.code;
  const succeeded = code !== null && context.successCodes.includes(code);
  const rest = {
    outputs: context.mask.json({ ...standardOutputs(end, code, context.log), ...written.outputs }),
    ...(end.stdout.bytes + end.stderr.bytes > 0 ? { log: context.log } : {}),
    ...warningsOf(end, succeeded ? null : written.problem, context.mask),
  };
  const failed = (outcome: StepAnswer['outcome'], error: Diagnostic): StepAnswer => ({
    outcome,
    error: { ...maskDiagnostic(error, context.mask), ...(code === null ? {} : { exitCode: code }) },
    ...rest,
  });
  if (end.kind === 'lost') return failed('interrupted', end.diagnostic);
  if (context.stopped === 'timed-out') return failed('timed-out', timeoutProblem('timed-out', context.work));
  if (succeeded)
    return written.problem === null ? { outcome: 'succeeded', ...rest } : failed('failed', written.problem);
  if (context.stopped !== null)
    return failed(context.stopped, problem('STEP_CANCELLED', 'The step was stopped before it was through.'));
  return failed('failed', failure(end));
}

/** Where output was cut, `log` says where all of it is. */
function standardOutputs(end: ProcessOutput, code: number | null, log: string): Record<string, Json> {
  const outputs = bareObject<Json>([
    ['stdout', trimLineEnds(end.stdout.text)],
    ['stderr', trimLineEnds(end.stderr.text)],
  ]);
  if (code !== null) outputs['exit-code'] = code;
  if (end.stdout.truncated) outputs['stdout-truncated'] = true;
  if (end.stderr.truncated) outputs['stderr-truncated'] = true;
  if (end.stdout.truncated || end.stderr.truncated) outputs['log'] = log;
  return outputs;
}

/** A loop, since a pattern for "line ends at the end" tries again at each of a million line ends. */
function trimLineEnds(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--;
  return text.slice(0, end);
}

function writtenOutputs(end: ProcessOutput, mask: Mask): ReturnType<typeof readOutputFile> {
  const file = end.files[OUTPUT_VARIABLE];
  if (file === undefined) return { outputs: {}, problem: null };
  if (!file.truncated) return readOutputFile(file.text, mask.text);
  const message = `\`$GIGA_OUTPUT\` has ${file.bytes} bytes, more than outputs may have.`;
  return {
    outputs: {},
    problem: problem('STEP_BAD_OUTPUT', message, { hint: 'Write large values to a file, and its path as the output.' }),
  };
}

function warningsOf(end: ProcessOutput, badOutput: Diagnostic | null, mask: Mask): Pick<StepAnswer, 'warnings'> {
  const warnings: Diagnostic[] = [];
  if (end.leftovers.length > 0) {
    const names = end.leftovers
      .slice(0, 5)
      .map((name) => `\`${name}\``)
      .join(', ');
    const many = end.leftovers.length === 1 ? 'A process was' : `${end.leftovers.length} processes were`;
    warnings.push(
      warning('STEP_LEFTOVERS', `${many} still running when the step had ended, and got stopped: ${names}.`, {
        hint: 'Let the step wait for what it starts: `wait`.',
      }),
    );
  }
  if (badOutput !== null) warnings.push({ ...badOutput, severity: 'warning' });
  return warnings.length === 0 ? {} : { warnings: warnings.map((one) => maskDiagnostic(one, mask)) };
}

/** What shells mean by an exit code above 128, and the two codes that are their own. */
const MEANINGS: Readonly<Record<number, string>> = {
  126: 'found, but not executable',
  127: 'a command was not found',
  129: 'SIGHUP',
  130: 'SIGINT',
  131: 'SIGQUIT',
  132: 'SIGILL: an illegal instruction',
  134: 'SIGABRT: it gave up',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL: killed, perhaps for lack of memory',
  139: 'SIGSEGV: it crashed',
  141: 'SIGPIPE: nobody read its output',
  143: 'SIGTERM: asked to end',
};

function failure(end: Exclude<Ended, { readonly kind: 'lost' }>): Diagnostic {
  const last = lastLines(end.stderr) || lastLines(end.stdout);
  const hint = last === '' ? 'It wrote nothing before it ended.' : `It wrote last:\n${last}`;
  return problem('STEP_FAILED', failureMessage(end), { hint });
}

function failureMessage(end: Exclude<Ended, { readonly kind: 'lost' }>): string {
  const meaning = Object.hasOwn(MEANINGS, end.code) ? ` (${MEANINGS[end.code]})` : '';
  switch (end.kind) {
    case 'exited':
      return `It ended with exit code ${end.code}${meaning}.`;
    case 'signalled':
      return `It was ended by ${end.signal}${meaning.replace(`${end.signal}: `, '').replace(` (${end.signal})`, '')}.`;
    default:
      return unreachable(end);
  }
}

const LAST_LINES = 5;
const LAST_LINE_CHARACTERS = 200;

/** The last lines of a stream, without what would move a cursor or change a colour. */
function lastLines(stream: ProcessOutput['stderr']): string {
  const end = (stream.tail ?? stream.text).slice(-4_096);
  const lines = stripControls(end)
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '');
  return lines
    .slice(-LAST_LINES)
    .map((line) => line.slice(0, LAST_LINE_CHARACTERS))
    .join('\n');
}

function stripControls(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]{0,500}(?:\u0007|\u001b\\)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g,
    '',
  );
}

/** Messages quote names and values; secrets in them are hidden. */
export function maskDiagnostic(diagnostic: Diagnostic, mask: Mask): Diagnostic {
  if (!mask.active) return diagnostic;
  const hint = diagnostic.hint === undefined ? {} : { hint: mask.text(diagnostic.hint) };
  return { ...diagnostic, message: mask.text(diagnostic.message), ...hint };
}
