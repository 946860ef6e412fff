/** Reads `retry`: how often, after which delays, and for which failures. Knows where problems stand, not where a retry is inherited. */
import { CATALOG, isCode } from '../../core/diagnostic/catalog.ts';
import type { Tree } from '../../core/document.ts';
import type { Expression } from '../../core/expr/ast.ts';
import { patternProblem } from '../../core/expr/regex.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import type { FailureClass, Retry } from '../../core/plan/plan.ts';
import { parseDuration, parseShare } from '../../core/units.ts';
import type { Compilation } from './compilation.ts';
import { optionalDuration, wholeOf } from './quantities.ts';
import { entryOf, isText, jsonOf, valueOf } from './tree.ts';

const MAX_ATTEMPTS = 1_000;
const BACKOFFS: readonly Retry['backoff'][] = ['constant', 'linear', 'exponential'];
/** What `jitter: true` stands for, in percent. */
const USUAL_JITTER = 50;

/** Compiles an expression that stands in the place of a class of failures. */
export type ReadTest = (tree: Tree, key: string) => Expression | null;

/** `retry: 3` is short for `{ attempts: 3 }`. */
export function readRetry(compilation: Compilation, tree: Tree | undefined, readTest: ReadTest): Retry | undefined {
  if (tree === undefined) return undefined;
  const attemptsTree = tree.kind === 'map' ? valueOf(tree, 'attempts') : tree;
  const attempts =
    attemptsTree === undefined ? undefined : wholeOf(compilation, attemptsTree, 'attempts', 1, MAX_ATTEMPTS);
  if (attemptsTree === undefined) compilation.malformed(tree.range, '`retry` needs `attempts`.');
  const backoffTree = valueOf(tree, 'backoff');
  const backoff =
    backoffTree === undefined ? 'constant' : BACKOFFS.find((name) => isText(backoffTree) && name === backoffTree.value);
  if (backoff === undefined)
    compilation.malformed(backoffTree?.range ?? tree.range, `\`backoff\` is one of ${BACKOFFS.join(', ')}.`);
  checkFiner(compilation, tree);
  return {
    attempts: attempts ?? 1,
    delayMs: optionalDuration(compilation, tree, 'delay') ?? 0,
    backoff: backoff ?? 'constant',
    factor: readFactor(compilation, valueOf(tree, 'factor')),
    ...finerKeys(jsonOf(tree)),
    ...tested('on', testOf(valueOf(tree, 'on'), 'on', readTest)),
    ...tested('neverOn', testOf(valueOf(tree, 'never-on'), 'never-on', readTest)),
  };
}

function testOf(tree: Tree | undefined, key: string, readTest: ReadTest): Expression | null {
  return tree?.kind === 'scalar' ? readTest(tree, key) : null;
}

function tested(key: 'on' | 'neverOn', holds: Expression | null): Pick<Retry, 'on' | 'neverOn'> {
  return holds === null ? {} : { [key]: { holds } };
}

function readFactor(compilation: Compilation, tree: Tree | undefined): number {
  const value = tree?.kind === 'scalar' ? tree.value : undefined;
  if (tree === undefined) return 2;
  if (typeof value === 'number' && value >= 1 && value <= 100) return value;
  compilation.malformed(tree.range, '`factor` is a number from 1 to 100.');
  return 2;
}

/** Problems of the keys that `finerKeys` reads. */
function checkFiner(compilation: Compilation, tree: Tree): void {
  for (const key of ['max-delay', 'max-duration']) optionalDuration(compilation, tree, key);
  const jitter = valueOf(tree, 'jitter');
  if (jitter !== undefined && jitterOf(jsonOf(jitter)) === null)
    compilation.malformed(jitter.range, '`jitter` is `true`, `false`, or a share such as `20%`.');
  for (const key of ['on', 'never-on']) {
    const entry = entryOf(tree, key);
    if (entry === undefined || entry.value.kind === 'scalar') continue;
    if (entry.value.kind !== 'map' || entry.value.entries.length === 0)
      compilation.malformed(
        entry.keyRange,
        `\`${key}\` takes \`exit-codes\`, \`errors\` or \`matches\`, or is an expression.`,
      );
    checkErrors(compilation, valueOf(entry.value, 'errors'));
    checkPattern(compilation, valueOf(entry.value, 'matches'));
  }
}

function checkErrors(compilation: Compilation, errors: Tree | undefined): void {
  const items = errors?.kind === 'list' ? errors.items : errors === undefined ? [] : [errors];
  for (const item of items) {
    if (!isText(item) || isCode(item.value)) continue;
    const codes = Object.keys(CATALOG).filter((code) => code.startsWith('STEP_'));
    compilation.error('PLAN_UNKNOWN_CODE', `There is no error \`${item.value.slice(0, 60)}\`.`, item.range, {
      hint: 'The codes of errors are shown with them, and listed by `giga explain`.',
      ...similarHint('an error', item.value, codes),
    });
  }
}

function checkPattern(compilation: Compilation, tree: Tree | undefined): void {
  if (!isText(tree)) return;
  const wrong = patternProblem(tree.value);
  if (wrong !== null) compilation.error(wrong.code, wrong.message, tree.range, wrong.hint ? { hint: wrong.hint } : {});
}

type Finer = Pick<Retry, 'maxDelayMs' | 'jitter' | 'maxDurationMs' | 'on' | 'neverOn'>;

/** The keys that have the same form in a workflow and in a configuration. What cannot be read is left out. */
function finerKeys(values: Json): Finer {
  if (!isJsonObject(values)) return {};
  const maxDelayMs = durationIn(values['max-delay']);
  const maxDurationMs = durationIn(values['max-duration']);
  const jitter = values['jitter'] === undefined ? null : jitterOf(values['jitter']);
  const on = failureClass(values['on']);
  const neverOn = failureClass(values['never-on']);
  return {
    ...(maxDelayMs === undefined ? {} : { maxDelayMs }),
    ...(maxDurationMs === undefined ? {} : { maxDurationMs }),
    ...(jitter === null || jitter === 0 ? {} : { jitter }),
    ...(on === undefined ? {} : { on }),
    ...(neverOn === undefined ? {} : { neverOn }),
  };
}

/** Percent, or null for what is none. */
function jitterOf(value: Json): number | null {
  if (typeof value === 'boolean') return value ? USUAL_JITTER : 0;
  return typeof value === 'string' ? parseShare(value) : null;
}

function failureClass(value: Json | undefined): FailureClass | undefined {
  if (!isJsonObject(value)) return undefined;
  const exitCodes = listOf(value['exit-codes']).filter((code) => typeof code === 'number');
  const errors = listOf(value['errors']).filter((code) => typeof code === 'string');
  const { matches } = value;
  return {
    ...(value['exit-codes'] === undefined ? {} : { exitCodes }),
    ...(value['errors'] === undefined ? {} : { errors }),
    ...(typeof matches === 'string' ? { matches } : {}),
  };
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** The same keys as plain values; the reader of the configuration has checked them. */
export function configRetry(given: Json | undefined): Retry | undefined {
  if (given === undefined) return undefined;
  const values = isJsonObject(given) ? given : { attempts: given };
  return {
    attempts: typeof values.attempts === 'number' ? values.attempts : 1,
    delayMs: durationIn(values.delay) ?? 0,
    backoff: BACKOFFS.find((name) => name === values.backoff) ?? 'constant',
    factor: typeof values.factor === 'number' ? values.factor : 2,
    ...finerKeys(values),
  };
}

export function durationIn(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? (parseDuration(value) ?? undefined) : undefined;
}
