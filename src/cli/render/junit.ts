/** A run as JUnit XML, which CI systems show as tests: one case for each step. Pure; knows the story of a run, no files. */
import type { AttemptStory, RunState, RunStory, StepStory } from '../../app/commands/run-history.ts';
import { isComposite, type Plan, type PlanNode } from '../../core/plan/plan.ts';
import type { Path } from '../../core/run/event.ts';
import { isAfterwards } from '../../core/run/plan-paths.ts';
import { longCauseText } from './cause.ts';
import { findStep, indexPlan, type PlanIndex } from './plan-index.ts';
import { outputTail } from './step-line.ts';
import { cut } from './text.ts';
import { attributes, escaped } from './xml.ts';

/** What is said of a step, in the words of JUnit. */
type Remark =
  | { readonly kind: 'failure' | 'error'; readonly type: string; readonly message: string; readonly text: string }
  | { readonly kind: 'skipped'; readonly message: string };

interface Case {
  readonly path: Path;
  readonly node: PlanNode | undefined;
  /** The document that it stands in. */
  readonly file: string;
  readonly seconds: number;
  readonly remark: Remark | null;
}

const OUTPUT_LINES = 20;
const LINE_CELLS = 500;

/** `state` is what the run is now. Steps come in the order of the plan, items of a fan-out behind them in that of their beginning. */
export function junitXml(story: RunStory, plan: Plan, state: RunState): string {
  const index = indexPlan(plan);
  const cases = pathsOf(story, index).map((path) => caseOf(story, index, path));
  const count = (kind: Remark['kind']): number => cases.filter(({ remark }) => remark?.kind === kind).length;
  const counts = {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(story.lastAt - story.startedAt),
  };
  const suite = { name: plan.name, ...counts, timestamp: new Date(story.startedAt).toISOString(), file: story.file };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'giga', ...counts })}>`,
    `  <testsuite${attributes(suite)}>`,
    '    <properties>',
    ...Object.entries({ 'giga.run': story.id, 'giga.state': state }).map(
      ([name, value]) => `      <property${attributes({ name, value })}/>`,
    ),
    '    </properties>',
    ...cases.flatMap((one) => caseLines(one, story.file)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** Leaves of the plan, but those of ends that were not reached; and what else has settled by itself. */
function pathsOf(story: RunStory, index: PlanIndex): readonly Path[] {
  const planned = [...index.steps.values()].filter(
    ({ path, node }) => !isComposite(node) && (story.steps.has(path) || !isAfterwards(path)),
  );
  const paths = new Set(planned.map(({ path }) => path));
  for (const { path, settled } of story.steps.values()) {
    const node = findStep(index, path)?.node;
    const isOwn = node === undefined || !isComposite(node) || settled?.cause.kind === 'error';
    if (path !== '' && isOwn) paths.add(path);
  }
  return [...paths];
}

function caseOf(story: RunStory, index: PlanIndex, path: Path): Case {
  const { node, file = story.file } = findStep(index, path) ?? {};
  const step = story.steps.get(path);
  const spent = (step?.attempts ?? []).reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0);
  return { path, node, file, seconds: spent, remark: remarkOf(story, node, step, path) };
}

function remarkOf(story: RunStory, node: PlanNode | undefined, step: StepStory | undefined, path: Path): Remark | null {
  const last = step?.attempts.at(-1);
  if (step?.settled === undefined) {
    if (last === undefined) return { kind: 'skipped', message: whyNever(story, path) };
    return { kind: 'error', type: 'interrupted', message: 'It was cut off before its end.', text: tailOf(last) };
  }
  const { result, cause, error = last?.error } = step.settled;
  switch (result) {
    case 'succeeded':
    case 'kept':
      return null;
    case 'failed': {
      const message = error?.message ?? 'It failed.';
      // JUnit knows no failure that is allowed, and a build must not fail of one.
      if (node?.allowFailure || node?.continueOnError)
        return { kind: 'skipped', message: `failed (allowed): ${message}` };
      const text = [message, error?.hint, attemptsText(step.attempts.length), tailOf(last)].filter(Boolean).join('\n');
      return { kind: 'failure', type: error?.code ?? 'STEP_FAILED', message, text };
    }
    case 'skipped':
    case 'cancelled':
      return { kind: 'skipped', message: [result, longCauseText(cause)].filter(Boolean).join(': ') };
  }
}

function attemptsText(attempts: number): string {
  return attempts > 1 ? `It was tried ${attempts} times.` : '';
}

/** The nearest group around it that did not run says why; else the run has not come so far. */
function whyNever(story: RunStory, path: Path): string {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const settled = story.steps.get(path.slice(0, at))?.settled;
    if (settled === undefined) continue;
    const why = longCauseText(settled.cause);
    return settled.result === 'skipped' || settled.result === 'cancelled'
      ? [settled.result, why].filter(Boolean).join(': ')
      : 'its branch was not taken';
  }
  return story.steps.get(path)?.asks === undefined ? 'not reached' : 'waits for a verdict';
}

function tailOf(last: AttemptStory | undefined): string {
  const { output } = outputTail(last?.outputs, OUTPUT_LINES);
  return output.map((line) => cut(line, LINE_CELLS)).join('\n');
}

function caseLines({ path, node, file, seconds: spent, remark }: Case, suite: string): readonly string[] {
  const group = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const place = node === undefined ? {} : { file, line: node.at.line };
  const classname = group === '' ? suite : `${suite}/${group}`;
  const head = `    <testcase${attributes({ classname, name: path, time: seconds(spent), ...place })}`;
  if (remark === null) return [`${head}/>`];
  if (remark.kind === 'skipped')
    return [`${head}>`, `      <skipped${attributes({ message: remark.message })}/>`, '    </testcase>'];
  const { kind, type, message, text } = remark;
  return [`${head}>`, `      <${kind}${attributes({ type, message })}>${escaped(text)}</${kind}>`, '    </testcase>'];
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
