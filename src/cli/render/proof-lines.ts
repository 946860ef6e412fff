/** What `giga prove` found, in words and as JSON. Pure. */
import type { Difference, Failure, ProvedCase, ProvedWorkflow } from '../../app/commands/prove.ts';
import type { Repeat } from '../../app/commands/repeats.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Recorded } from '../../core/run/event.ts';
import { formatDuration } from '../../core/units.ts';
import { column, cut, harmless, type Paint, quoted, widthOf } from './text.ts';

/** What was asked for: what it takes to ask again. */
export interface ProofAsked {
  readonly workflow: string;
  readonly seed: number;
  readonly downMs: number;
}

/** Differences of one kill point, steps that can be done twice, and records before a kill, that are shown. */
const MOST_DIFFERENCES = 8;
const MOST_REPEATS = 20;
const TAIL = 5;
const LONGEST = 100;

export function proofLines(proved: ProvedWorkflow, asked: ProofAsked, paint: Paint): readonly string[] {
  const { cases, repeats } = proved;
  const fakes = proved.tests === null ? 'made-up fakes: every step succeeds' : `fakes of ${harmless(proved.tests)}`;
  return [
    `${harmless(asked.workflow)} · ${fakes}`,
    ...cases.flatMap((one) => caseLines(one, asked, paint)),
    ...repeatLines(repeats, paint),
    summaryLine(cases, asked, paint),
  ];
}

function caseLines({ test, inputs, madeUp, proof }: ProvedCase, asked: ProofAsked, paint: Paint): readonly string[] {
  const { failed, failures, once, twice, points, whole } = proof;
  const given = Object.entries(inputs).map(
    ([name, value]) => `${name}=${cut(harmless(textOf(value)), LONGEST)}${madeUp.includes(name) ? ' (made up)' : ''}`,
  );
  const tried = [
    ...(once > 0 ? [`${once === points ? '' : `${once} of `}${points} kill points`] : []),
    ...(twice > 0 ? [`${twice} ${twice === 1 ? 'pair' : 'pairs'} of them`] : []),
  ].join(' · ');
  const name = [...(test === null ? [] : [harmless(test)]), ...(given.length === 0 ? [] : [given.join(' ')])];
  const mark = failed === 0 ? paint('good', '✔') : paint('bad', '✘');
  const end = whole.stopped === 'finished' ? (whole.run.verdict ?? '') : whole.stopped;
  const same = failed === 0 ? `same end: ${end}` : `another end at ${failed}; undisturbed: ${end}`;
  const reason = whole.run.error === null ? [] : [paint('dim', `    ${harmless(whole.run.error.message)}`)];
  return [
    `${mark} ${[...name, tried, same].join(' · ')}`,
    ...reason,
    ...failures.slice(0, 1).flatMap((failure) => failureLines(failure, { test, inputs }, asked, paint)),
    ...(failures.length > 1
      ? [
          paint(
            'dim',
            `    also after record ${failures
              .slice(1)
              .map(({ at }) => at.join(' and '))
              .join(', ')}${failed > failures.length ? ' …' : ''}`,
          ),
        ]
      : []),
  ];
}

function failureLines(
  { at, differences, journal }: Failure,
  { test, inputs }: Pick<ProvedCase, 'test' | 'inputs'>,
  { workflow, downMs }: ProofAsked,
  paint: Paint,
): readonly string[] {
  const last = at.at(-1) ?? 0;
  const more = differences.length - MOST_DIFFERENCES;
  const tail = journal.slice(Math.max(0, last - TAIL + 1), last + 2);
  const again = [
    `giga prove ${quoted(workflow)}`,
    ...(test === null
      ? Object.entries(inputs).map(([name, value]) => `-i ${quoted(`${name}=${textOf(value)}`)}`)
      : [`--only ${quoted(test)}`]),
    ...at.map((seq) => `--at ${seq}`),
    ...(downMs > 0 ? [`--down ${formatDuration(downMs)}`] : []),
  ];
  return [
    `  killed after record ${at.join(', and the next process after record ')}:`,
    ...differences.slice(0, MOST_DIFFERENCES).map((one) => `    ${differenceText(one)}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
    ...tail.map((record) => paint('dim', `    ${recordText(record)}${record.seq === last ? '  ← killed' : ''}`)),
    `  = again: ${again.join(' ')}`,
  ];
}

/** A record in a few words: what happened to which step. */
function recordText(record: Recorded): string {
  const node = 'node' in record && record.node !== '' ? ` ${harmless(record.node)}` : '';
  const how = 'result' in record ? ` ${record.result}` : 'outcome' in record ? ` ${record.outcome}` : '';
  return `${String(record.seq).padStart(4)} ${record.type}${node}${how}`;
}

function differenceText({ step, what, name, whole, killed }: Difference): string {
  const where = step === null ? 'the run' : harmless(step);
  if (what === 'request') return `${where}: is asked to do something else: ${harmless(name ?? '')}`;
  const subject = what === 'output' ? `output ${harmless(name ?? '')}` : WORDS[what];
  return `${where}: ${subject} ${shown(whole)} → ${shown(killed)}`;
}

const WORDS: Readonly<Record<Exclude<Difference['what'], 'output' | 'request'>, string>> = {
  verdict: 'verdict',
  result: 'result',
  cause: 'cause',
  error: 'error',
  failures: 'failed attempts',
  winner: 'winner, by place,',
};

function shown(value: Json): string {
  return cut(harmless(value === null ? 'none' : textOf(value)), LONGEST);
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function repeatLines(repeats: readonly Repeat[], paint: Paint): readonly string[] {
  if (repeats.length === 0) return [];
  const wide = Math.min(40, Math.max(...repeats.map(({ step }) => widthOf(harmless(step)))));
  const more = repeats.length - MOST_REPEATS;
  return [
    `${paint('warn', '!')} ${repeats.length === 1 ? 'a step' : `${repeats.length} steps`} can do the work twice, and nothing says whether that is fine:`,
    ...repeats.slice(0, MOST_REPEATS).map(({ step, line, started, ended, attempts, first }) => {
      const where = `line ${line} · cut off between record ${started} (attempt.started) and ${ended} (its end)`;
      const of = attempts > 1 ? ` · ${harmless(first)}, the first of ${attempts} times` : '';
      return `    ${column(harmless(step), wide)}  ${where}${of}`;
    }),
    ...(more > 0 ? [`    and ${more} more`] : []),
    '  = `idempotent: true` on a step says that it is; `idempotent: false` with `verify` has it asked first',
  ];
}

function summaryLine(cases: readonly ProvedCase[], { seed, downMs }: ProofAsked, paint: Paint): string {
  const total = (count: (one: ProvedCase) => number): number => cases.reduce((sum, one) => sum + count(one), 0);
  const [once, points, twice] = [
    total(({ proof }) => proof.once),
    total(({ proof }) => proof.points),
    total(({ proof }) => proof.twice),
  ];
  const failed = total(({ proof }) => proof.failed);
  const tried = [
    ...(once > 0 ? [`${once === points ? '' : `${once} of `}${points} kill points`] : []),
    ...(twice > 0 ? [`${twice} ${twice === 1 ? 'pair' : 'pairs'} (seed ${seed})`] : []),
    ...(downMs > 0 ? [`${formatDuration(downMs)} later`] : []),
  ].join(', ');
  if (failed > 0) return paint('bad', `NOT PROVED: ${tried}, another end at ${failed}`);
  return paint('good', `proved: ${tried}, same end at each`);
}

/** A record for each case, for each step that can do its work twice, and for all of it. */
export function proofJson({ tests, cases, repeats }: ProvedWorkflow, { seed, downMs }: ProofAsked): readonly object[] {
  return [
    ...cases.map(({ test, inputs, madeUp, proof: { whole, points, once, twice, failed, failures } }) => ({
      type: 'proved',
      test,
      inputs,
      madeUp,
      verdict: whole.stopped === 'finished' ? whole.run.verdict : whole.stopped,
      points,
      once,
      twice,
      failed,
      failures: failures.map(
        ({ at, differences }): JsonObject => ({ at: [...at], differences: differences.map((one) => ({ ...one })) }),
      ),
    })),
    ...repeats.map((repeat) => ({ type: 'repeat', ...repeat })),
    { type: 'proof', fakes: tests, proved: cases.every(({ proof }) => proof.failed === 0), seed, downMs },
  ];
}
