/** Holds what a run came to against what its test expects. Pure; knows stories, no plans. */
import { type Diagnostic, problem, type Span } from '../../core/diagnostic/diagnostic.ts';
import { canonical, type Json, type JsonObject } from '../../core/json.ts';
import { barePath } from '../../core/run/plan-paths.ts';
import { formatDuration } from '../../core/units.ts';
import type { Expectation, StepField } from '../../lang/workflow-test/read-tests.ts';
import type { RunStory, StepStory } from './run-history.ts';

type Asked = ReadonlyMap<string, readonly string[]>;

export function checkExpectations(
  expectations: readonly Expectation[],
  story: RunStory,
  asked: Asked,
): readonly Diagnostic[] {
  return expectations.flatMap((one): readonly Diagnostic[] => {
    switch (one.kind) {
      case 'verdict':
        return differs('The verdict', one.value, story.finished?.verdict ?? 'waiting', one.at, storyHint(story));
      case 'output':
        return differs(
          `Output \`${one.name}\` of the run`,
          one.value,
          ownOf(story.finished?.outputs, one.name),
          one.at,
        );
      case 'step':
        return stepsAt(story, one.path).flatMap(([path, step]) => checkField(path, step, one.field, one, asked));
      case 'step-output':
        return stepsAt(story, one.path).flatMap(([path, step]) =>
          differs(`Output \`${one.name}\` of step \`${path}\``, one.value, ownOf(outputsOf(step), one.name), one.at),
        );
      case 'order':
        return checkOrder(story, one.paths, one.at);
      case 'at-most': {
        const took = story.lastAt - story.startedAt;
        if (took <= one.ms) return [];
        const message = `The run took ${formatDuration(took)}, which is longer than ${formatDuration(one.ms)}.`;
        return [problem('TEST_FAILED', message, { at: one.at })];
      }
      default:
        return one satisfies never;
    }
  });
}

/** The step of exactly this path; without items and iterations, all of them. */
function stepsAt(story: RunStory, path: string): readonly (readonly [string, StepStory | undefined])[] {
  const own = story.steps.get(path);
  if (own !== undefined) return [[path, own]];
  const all = [...story.steps].filter(([known]) => barePath(known) === path);
  return all.length > 0 ? all : [[path, undefined]];
}

function checkField(
  path: string,
  step: StepStory | undefined,
  field: StepField,
  { value, at }: { readonly value: Json; readonly at: Span },
  asked: Asked,
): readonly Diagnostic[] {
  const error = step?.settled?.error ?? step?.attempts.at(-1)?.error;
  const hint = error === undefined ? undefined : error.message;
  switch (field) {
    case 'result':
      return differs(`Step \`${path}\``, value, resultOf(step), at, causeHint(step) ?? hint);
    case 'cause':
      return differs(`The cause of step \`${path}\``, value, step?.settled?.cause.kind ?? null, at, causeHint(step));
    case 'attempts':
      return differs(`The number of attempts at step \`${path}\``, value, step?.attempts.length ?? 0, at);
    case 'error':
      return differs(`The error of step \`${path}\``, value, error?.code ?? null, at, hint);
    case 'with': {
      const texts = asked.get(path) ?? [];
      const wanted = (Array.isArray(value) ? value : [value]) as readonly Json[]; // isArray does not narrow readonly lists
      const missing = wanted.filter((text) => !texts.some((known) => known.includes(String(text))));
      return missing.map((text) =>
        problem('TEST_FAILED', `Step \`${path}\` was not asked to do anything with ${shown(text)}.`, {
          at,
          ...(texts[0] === undefined ? {} : { hint: `it was asked to do: ${texts[0].slice(0, 200)}` }),
        }),
      );
    }
    default:
      return field satisfies never;
  }
}

function resultOf(step: StepStory | undefined): string {
  const result = step?.settled?.result;
  if (result === undefined) return 'not-run';
  return result === 'kept' ? 'succeeded' : result;
}

function causeHint(step: StepStory | undefined): string | undefined {
  const cause = step?.settled?.cause;
  if (cause === undefined || cause.kind === 'attempt' || cause.kind === 'children' || cause.kind === 'error')
    return undefined;
  if ('need' in cause) return `${cause.kind}: ${cause.need}`;
  if (cause.kind !== 'condition-false') return cause.kind;
  const operands = cause.operands.map(({ source, value }) => `${source} is ${shown(value)}`);
  return [`condition-false: ${cause.condition}`, ...operands].join(' · ');
}

/** The first failure of the run. */
function storyHint(story: RunStory): string | undefined {
  const failed = [...story.steps.values()].find(({ settled }) => settled?.result === 'failed');
  if (failed === undefined) return undefined;
  const error = failed.settled?.error ?? failed.attempts.at(-1)?.error;
  return [`the first step that failed: \`${failed.path}\``, ...(error ? [error.message] : [])].join(' · ');
}

function outputsOf(step: StepStory | undefined): JsonObject {
  return { ...step?.attempts.at(-1)?.outputs, ...step?.settled?.outputs };
}

function checkOrder(story: RunStory, paths: readonly string[], at: Span): readonly Diagnostic[] {
  const begun = [...story.steps.keys()];
  const places = paths.map((path) => begun.findIndex((known) => known === path || barePath(known) === path));
  const wrong = places.findIndex((place, index) => place < 0 || (index > 0 && place < (places[index - 1] ?? -1)));
  if (wrong < 0) return [];
  const path = paths[wrong] ?? '';
  const message =
    (places[wrong] ?? -1) < 0
      ? `Step \`${path}\` did not begin.`
      : `Step \`${path}\` began before \`${paths[wrong - 1] ?? ''}\`.`;
  return [problem('TEST_FAILED', message, { at })];
}

function ownOf(object: JsonObject | undefined, name: string): Json {
  return object !== undefined && Object.hasOwn(object, name) ? (object[name] ?? null) : null;
}

function differs(what: string, wanted: Json, found: Json, at: Span, hint?: string): readonly Diagnostic[] {
  if (canonical(wanted) === canonical(found)) return [];
  const message = `${what} is ${shown(found)}, not ${shown(wanted)}.`;
  return [problem('TEST_FAILED', message, { at, ...(hint === undefined ? {} : { hint }) })];
}

function shown(value: Json): string {
  const text = typeof value === 'string' && /^[\w -]+$/.test(value) ? `\`${value}\`` : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
