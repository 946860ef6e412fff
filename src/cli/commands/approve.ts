/** `giga approve [RUN] [STEP]`: shows what a run asks, asks a person for a verdict, and gives it. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AskingRun, answerRun, askingRun } from '../../app/commands/approve.ts';
import type { Project } from '../../app/project.ts';
import { makeKey as makeKeyFile, proven, signAnswer } from '../../app/sign-verdict.ts';
import { formOf } from '../../app/verdict-form.ts';
import { problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Answer } from '../../core/run/answer.ts';
import type { ApprovalRequest } from '../../core/run/approval.ts';
import { REJECT } from '../../core/run/rework-cause.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { reportRun } from '../junit-report.ts';
import { openProject, refuse, take } from '../open-project.ts';
import { peopleFlags } from '../people-flags.ts';
import { requestLines } from '../render/approval-lines.ts';
import { printProblems } from '../render/problems.ts';
import { painter } from '../render/text.ts';
import { showRun, whereText } from '../show-run.ts';
import { userName } from '../user-name.ts';

/** As after Ctrl-C: the person left the prompt. */
const LEFT = 130;

export async function perform(call: Call): Promise<number> {
  const keygen = call.flags.text('keygen');
  if (keygen !== undefined) return makeKey(call, keygen);
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const [given, step] = call.args;
  const run = take(call, await askingRun(project.value, given));
  if (!run.ok) return run.code;
  if (call.flags.text('verdict') === undefined && (!call.io.canAsk || run.value.requests.length === 0))
    return list(call, run.value);
  const request = take(call, requestFor(call, run.value, step));
  if (!request.ok) return request.code;
  const words = await wordsFor(call, run.value, request.value);
  if (words === null) return LEFT;
  const answer = take(call, answerTo(call, request.value, words));
  if (!answer.ok) return answer.code;
  return give(call, project.value, run.value, answer.value);
}

function makeKey(call: Call, file: string): number {
  const made = take(call, makeKeyFile(call.cwd, file));
  if (!made.ok) return made.code;
  call.io.out.write(`${made.value}\n`);
  call.io.err.write(`the private key is in ${file}, for you alone; the line above goes into giga.yaml:\n`);
  call.io.err.write(`  approvers: { ${userName()}: { key: '${made.value}' } }\n`);
  return EXIT.done;
}

/** What waits, with what it shows. */
function list(call: Call, { id, requests }: AskingRun): number {
  if (call.json) {
    for (const request of requests) call.io.out.write(`${JSON.stringify({ type: 'approval', run: id, ...request })}\n`);
    return EXIT.done;
  }
  if (requests.length === 0) call.io.err.write(`nothing in run ${id} waits for a verdict\n`);
  const asked = { run: id, where: whereText(call), paint: painter(call.outColor) };
  for (const request of requests) call.io.out.write(`${requestLines(request, asked).join('\n')}\n`);
  return EXIT.done;
}

function requestFor(call: Call, { id, requests }: AskingRun, step: string | undefined): Result<ApprovalRequest> {
  const names = requests.map(({ node }) => node);
  if (step === undefined && requests.length !== 1) {
    const message =
      requests.length === 0 ? `Nothing in run ${id} waits for a verdict.` : `Run ${id} asks more than one thing.`;
    const hint =
      requests.length === 0 ? {} : { hint: `Name the step: ${names.map((name) => `\`${name}\``).join(', ')}.` };
    return { ok: false, diagnostics: [problem('RUN_NOT_ASKED', message, hint)] };
  }
  const request = step === undefined ? requests[0] : requests.find(({ node }) => node === step);
  if (request === undefined) {
    const hint =
      names.length === 0 ? 'Nothing in this run does.' : `What does: ${names.map((name) => `\`${name}\``).join(', ')}.`;
    return {
      ok: false,
      diagnostics: [problem('RUN_NOT_ASKED', `Step \`${step ?? ''}\` waits for no verdict.`, { hint })],
    };
  }
  const digest = call.flags.text('digest');
  if (digest === undefined || (digest.length >= MIN_DIGITS && request.digest.startsWith(digest)))
    return { ok: true, value: request };
  const message = `What step \`${request.node}\` asks has another digest than ${digest}.`;
  return {
    ok: false,
    diagnostics: [problem('POLICY_APPROVAL_CHANGED', message, { hint: 'Look at it again with `giga approve`.' })],
  };
}

/** Fewer digits of a digest say too little. */
const MIN_DIGITS = 8;

interface Words {
  readonly verdict: string;
  readonly form: readonly string[];
  readonly comment: string | null;
}

/** The verdict as given, or as answered at the terminal; null when the person left. */
async function wordsFor(call: Call, { id }: AskingRun, request: ApprovalRequest): Promise<Words | null> {
  const { flags, io } = call;
  const given = { form: flags.list('form'), comment: flags.text('comment') ?? null };
  const verdict = flags.text('verdict');
  if (verdict !== undefined) return { verdict, ...given };
  io.err.write(
    `${requestLines(request, { run: id, where: whereText(call), paint: painter(call.color) }).join('\n')}\n`,
  );
  const { askVerdict } = await import('../ask-verdict.ts');
  return askVerdict(request, given);
}

function answerTo(call: Call, request: ApprovalRequest, { verdict, form, comment }: Words): Result<Answer> {
  const isBare = verdict === REJECT && form.length === 0;
  const filled = isBare ? ({ ok: true, value: null } as const) : formOf(request.form, form);
  if (!filled.ok) return filled;
  const by = call.flags.text('as') ?? userName();
  const { node, digest } = request;
  return {
    ok: true,
    value: { kind: 'answer', node, digest, verdict, by, form: filled.value, comment, at: Date.now() },
  };
}

/** Signs it where a key is given; then writes it into a file, or gives it to the run. */
async function give(call: Call, project: Project, { id, plan }: AskingRun, answer: Answer): Promise<number> {
  const { flags, cwd } = call;
  const [key, out, expires] = [flags.text('key'), flags.text('out'), flags.text('expires')];
  const people = take(call, peopleFlags(call));
  if (!people.ok) return people.code;
  if (key === undefined && out !== undefined)
    return refuse(call, [problem('CLI_USAGE', '--out goes with --key: what is written is a signed verdict.')]);
  const signing = key === undefined ? null : { key, cwd, plan, ...(expires === undefined ? {} : { expires }) };
  const signed = signing === null ? null : take(call, signAnswer(answer, signing));
  if (signed !== null && !signed.ok) return signed.code;
  if (signed !== null && out !== undefined) return writeVerdict(call, out, signed.value);
  const options = { recordOnly: flags.on('record-only'), people: people.value };
  const given = take(
    call,
    await answerRun(project, id, signed === null ? answer : proven(answer, signed.value), options),
  );
  if (!given.ok) return given.code;
  if (given.value.kind === 'live') {
    printProblems(given.value.diagnostics, call);
    return reportRun(call, project, id, await showRun(call, given.value.run));
  }
  const { kind } = given.value;
  if (call.json) call.io.out.write(`${JSON.stringify({ type: 'verdict.taken', run: id, node: answer.node, kind })}\n`);
  const what = `verdict \`${answer.verdict}\` on ${answer.node}`;
  call.io.err.write(
    kind === 'taken' ? `run ${id} has taken the ${what}\n` : `the ${what} is recorded; \`giga resume ${id}\` goes on\n`,
  );
  return EXIT.done;
}

function writeVerdict(call: Call, out: string, signed: object): number {
  try {
    writeFileSync(resolve(call.cwd, out), `${JSON.stringify(signed, null, 2)}\n`);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/, .*/s, '') : String(error);
    return refuse(call, [
      problem('CLI_FILE_NOT_WRITTEN', `The file "${out}", which --out names, cannot be written: ${why}.`),
    ]);
  }
  call.io.err.write(`the signed verdict is in ${out}; \`giga run --verdicts ${out}\` takes it\n`);
  return EXIT.done;
}
