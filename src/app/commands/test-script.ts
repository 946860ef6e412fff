/** How the steps of a test end: what its fakes say, by path and attempt. Knows no expectations. */
import { bareObject, isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { type ApprovalRequest, requestIn } from '../../core/run/approval.ts';
import type { AttemptWork, WaitWork } from '../../core/run/effect.ts';
import type { Recorded } from '../../core/run/event.ts';
import { barePath } from '../../core/run/plan-paths.ts';
import { REJECT } from '../../core/run/rework-cause.ts';
import type { Fake, FakeStep, WorkflowTest } from '../../lang/workflow-test/read-tests.ts';
import type { Script, ScriptedEnd, ScriptedVerdict } from '../../sim/simulate.ts';
import { sampleOf } from './sample.ts';

export interface TestScript {
  readonly script: Script;
  /** What each step was asked to do, by path: all texts of its requests. Filled as the run goes on. */
  readonly asked: ReadonlyMap<string, readonly string[]>;
}

/** What happens to a run beside what it does itself. */
export type Fakes = Pick<WorkflowTest, 'fakes' | 'answers' | 'events'>;

/** `before`: what an earlier process has left. What ended there is over; what was cut off there ends as if it had never begun. */
export function scriptOf({ fakes, answers, events }: Fakes, before: readonly Recorded[] = []): TestScript {
  const asked = new Map<string, string[]>();
  const looks = endsIn(before);
  const note = (node: string, texts: readonly string[]): void => {
    const known = asked.get(node) ?? [];
    known.push(...texts);
    asked.set(node, known);
  };
  const script: Script = {
    attempt(work) {
      note(work.node, textsOf(work));
      // Counted by what ended: a probe is a first attempt at each look, and one that was cut off counts as none.
      const attempt = (looks.get(work.node) ?? 0) + 1;
      looks.set(work.node, attempt);
      return endOf(work, fakeFor(fakes, { node: work.node, attempt }));
    },
    wait(work) {
      const isSent = work.purpose === 'event' && events !== null && ownOf(fakes, work.node) === undefined;
      return isSent ? null : comes(work, fakeFor(fakes, { node: work.node, attempt: 1 }));
    },
    verdict({ node, op, data }) {
      const request = requestIn(data, node, op);
      note(node, [request.message, request.show ?? '']);
      const said = ownOf(answers, node)?.answers;
      const answer = said?.[Math.min(request.attempt, said.length) - 1];
      if (answer !== undefined) return { ...answer, takesMs: answer.afterMs };
      if (answers !== null && ownOf(fakes, node) === undefined) return null;
      return verdictOf(request, fakeFor(fakes, request));
    },
    capture: ({ captures }, nowMs) => ({
      values: bareObject(captures.map(({ key, kind }) => [key, captured(kind, nowMs)] as const)),
    }),
    ...(events !== null && { signals: events }),
  };
  return { script, asked };
}

/** How often each step came to an end, by path. */
function endsIn(before: readonly Recorded[]): Map<string, number> {
  const ends = new Map<string, number>();
  const probes = new Set<number>();
  for (const record of before) if (record.type === 'check.started' && record.about === undefined) probes.add(record.op);
  for (const record of before)
    if (record.type === 'attempt.ended' || (record.type === 'check.ended' && probes.has(record.op)))
      ends.set(record.node, (ends.get(record.node) ?? 0) + 1);
  return ends;
}

/** What is said of exactly this step, or of the step in all its items and iterations. */
function ownOf<T>(said: ReadonlyMap<string, T> | null, node: string): T | undefined {
  return said?.get(node) ?? said?.get(barePath(node));
}

/** The fake of exactly this step, of the step in all its items and iterations, or of all steps. */
function fakeFor(
  fakes: ReadonlyMap<string, FakeStep>,
  { node, attempt }: Pick<AttemptWork, 'node' | 'attempt'>,
): Fake | undefined {
  const attempts = (ownOf(fakes, node) ?? fakes.get('*'))?.attempts ?? [];
  return attempts[Math.min(attempt, attempts.length) - 1];
}

/** What a script gives that writes nothing. */
const QUIET: JsonObject = { stdout: '', stderr: '', 'exit-code': 0 };

function endOf({ action }: Pick<AttemptWork, 'action'>, fake: Fake | undefined): ScriptedEnd {
  const usual = action === 'run' ? QUIET : {};
  const takesMs = fake?.takesMs ?? 0;
  const outputs = { ...usual, ...fake?.outputs };
  if (!fake?.fails) return { outcome: 'succeeded', outputs, takesMs };
  const { code = 'STEP_FAILED', exitCode = action === 'run' && code === 'STEP_FAILED' ? 1 : undefined } = fake.fails;
  const message = fake.fails.message ?? (exitCode === undefined ? 'The fake fails.' : `exit ${exitCode}`);
  const error = { code, severity: 'error', message, ...(exitCode !== undefined && { exitCode }) } as const;
  const failed = exitCode === undefined ? outputs : { ...outputs, 'exit-code': exitCode };
  // A fake may name any code, also of a step type that this giga does not know.
  return { outcome: code === 'STEP_TIMEOUT' ? 'timed-out' : 'failed', outputs: failed, error: error as never, takesMs };
}

/** Without a fake what is waited for comes at once. */
function comes({ purpose, data }: WaitWork, fake: Fake | undefined): ScriptedEnd {
  const file = String(data.file);
  const usual = purpose === 'file' ? { path: file, paths: [file] } : { event: null, by: 'test' };
  const { outcome, takesMs, error } = endOf({ action: 'wait' }, fake);
  return { outcome, takesMs, outputs: { ...usual, ...fake?.outputs }, ...(error && { error }) };
}

/** Without another word an approval is granted; one that fails is rejected. */
function verdictOf({ options, form }: ApprovalRequest, fake: Fake | undefined): ScriptedVerdict {
  const granted = options.find((option) => option !== REJECT) ?? REJECT;
  const { verdict = fake?.fails ? REJECT : granted, by = 'test', comment = null, ...said } = fake?.outputs ?? {};
  const filled = said.form ?? (form === null || verdict === REJECT ? null : sampleOf(form));
  const texts = { verdict: String(verdict), by: String(by), comment: comment === null ? null : String(comment) };
  return { ...texts, form: filled, takesMs: fake?.takesMs ?? 0 };
}

/** What stands for the world outside: a time that stands still within a moment, and nothing else. */
function captured(kind: string, nowMs: number): Json {
  if (kind === 'now') return new Date(nowMs).toISOString();
  if (kind === 'glob') return [];
  if (kind !== 'git') return '';
  return { sha: '0'.repeat(40), branch: 'main', tag: null, dirty: false, root: '', remote: null };
}

/** All texts of a request, and its script with the values in their places. */
function textsOf({ request, env }: AttemptWork): readonly string[] {
  const texts = [...walk(request), ...walk(env as unknown as Json)]; // SecretText is plain JSON with names only
  if (!isJsonObject(request) || typeof request.script !== 'string' || !isJsonObject(request.values)) return texts;
  let script = request.script;
  for (const [name, value] of Object.entries(request.values))
    script = script.replaceAll(`"$${name}"`, String(value)).replaceAll(`\${${name}}`, String(value));
  return [script, ...texts];
}

/** As deep as a request is, which the compiler bounds. */
function walk(value: Json): readonly string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap((inner: Json) => walk(inner));
  return value === null ? [] : [String(value)];
}
