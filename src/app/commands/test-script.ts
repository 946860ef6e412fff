/** How the steps of a test end: what its fakes say, by path and attempt. Knows no expectations. */
import { bareObject, isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { type ApprovalRequest, requestIn } from '../../core/run/approval.ts';
import type { AttemptWork, WaitWork } from '../../core/run/effect.ts';
import { barePath } from '../../core/run/plan-paths.ts';
import { REJECT } from '../../core/run/rework-cause.ts';
import type { Fake, FakeStep } from '../../lang/workflow-test/read-tests.ts';
import type { Script, ScriptedEnd } from '../../sim/simulate.ts';

export interface TestScript {
  readonly script: Script;
  /** What each step was asked to do, by path: all texts of its requests. Filled as the run goes on. */
  readonly asked: ReadonlyMap<string, readonly string[]>;
}

export function scriptOf(fakes: ReadonlyMap<string, FakeStep>): TestScript {
  const asked = new Map<string, string[]>();
  const looks = new Map<string, number>();
  const script: Script = {
    attempt(work) {
      const texts = asked.get(work.node) ?? [];
      asked.set(work.node, [...texts, ...textsOf(work)]);
      // Every probe is a first attempt: of its fakes the next one counts.
      const probes = (looks.get(work.node) ?? 0) + 1;
      looks.set(work.node, probes);
      return endOf(work, fakeFor(fakes, { node: work.node, attempt: Math.max(work.attempt, probes) }));
    },
    wait: (work) => comes(work, fakeFor(fakes, { node: work.node, attempt: 1 })),
    verdict({ node, op, data }) {
      const request = requestIn(data, node, op);
      asked.set(node, [...(asked.get(node) ?? []), request.message, request.show ?? '']);
      return verdictOf(request, fakeFor(fakes, request));
    },
    capture: ({ captures }, nowMs) => ({
      values: bareObject(captures.map(({ key, kind }) => [key, captured(kind, nowMs)] as const)),
    }),
  };
  return { script, asked };
}

/** The fake of exactly this step, of the step in all its items and iterations, or of all steps. */
function fakeFor(
  fakes: ReadonlyMap<string, FakeStep>,
  { node, attempt }: Pick<AttemptWork, 'node' | 'attempt'>,
): Fake | undefined {
  const attempts = (fakes.get(node) ?? fakes.get(barePath(node)) ?? fakes.get('*'))?.attempts ?? [];
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
function verdictOf(
  { options }: ApprovalRequest,
  fake: Fake | undefined,
): { readonly outputs: JsonObject; readonly takesMs: number } {
  const granted = options.find((option) => option !== REJECT) ?? null;
  const usual = { verdict: fake?.fails ? REJECT : granted, by: 'test', form: null, comment: null };
  return { outputs: { ...usual, ...fake?.outputs }, takesMs: fake?.takesMs ?? 0 };
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
