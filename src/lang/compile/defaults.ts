/** What a step inherits when it does not say: shell, timeout, retry, grace. Weakest first: `giga.yaml`, then the workflow's `defaults`. */
import type { MapTree, Tree } from '../../core/document.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import type { Retry } from '../../core/plan/plan.ts';
import { parseDuration } from '../../core/units.ts';
import type { Compilation } from './compilation.ts';
import { durationOf, wholeOf } from './quantities.ts';
import { entryOf, isText, valueOf } from './tree.ts';

const SHELLS = ['bash', 'sh', 'pwsh', 'cmd', 'python', 'node'] as const;
export type Shell = (typeof SHELLS)[number];

export interface Defaults {
  readonly shell: Shell;
  readonly timeoutMs?: number;
  readonly graceMs?: number;
  readonly retry?: Retry;
}

const MAX_ATTEMPTS = 1_000;
const BACKOFFS: readonly Retry['backoff'][] = ['constant', 'linear', 'exponential'];

export function readDefaults(compilation: Compilation, root: MapTree): Defaults {
  const tree = valueOf(root, 'defaults');
  const weak = configDefaults(compilation.options.config?.defaults);
  const shell = shellOf(compilation, valueOf(tree, 'shell')) ?? weak.shell;
  const timeoutMs = optionalDuration(compilation, tree, 'timeout') ?? weak.timeoutMs;
  const graceMs = optionalDuration(compilation, tree, 'grace') ?? weak.graceMs;
  const retry = readRetry(compilation, valueOf(tree, 'retry')) ?? weak.retry;
  return {
    shell,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(retry === undefined ? {} : { retry }),
  };
}

export function shellOf(compilation: Compilation, tree: Tree | undefined): Shell | undefined {
  if (tree === undefined) return undefined;
  const shell = isText(tree) ? SHELLS.find((name) => name === tree.value) : undefined;
  if (shell === undefined) compilation.malformed(tree.range, `\`shell\` is one of ${SHELLS.join(', ')}.`);
  return shell;
}

export function optionalDuration(compilation: Compilation, map: Tree | undefined, key: string): number | undefined {
  const entry = entryOf(map, key);
  return entry === undefined ? undefined : durationOf(compilation, entry.value, key);
}

/** `retry: 3` is short for `{ attempts: 3 }`. */
export function readRetry(compilation: Compilation, tree: Tree | undefined): Retry | undefined {
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
  const maxDelayMs = optionalDuration(compilation, tree, 'max-delay');
  return {
    attempts: attempts ?? 1,
    delayMs: optionalDuration(compilation, tree, 'delay') ?? 0,
    backoff: backoff ?? 'constant',
    factor: readFactor(compilation, valueOf(tree, 'factor')),
    ...(maxDelayMs === undefined ? {} : { maxDelayMs }),
  };
}

function readFactor(compilation: Compilation, tree: Tree | undefined): number {
  const value = tree?.kind === 'scalar' ? tree.value : undefined;
  if (tree === undefined) return 2;
  if (typeof value === 'number' && value >= 1 && value <= 100) return value;
  compilation.malformed(tree.range, '`factor` is a number from 1 to 100.');
  return 2;
}

/** The same keys as plain values; the reader of the configuration has checked them. */
function configDefaults(given: Json | undefined): Defaults {
  const values = isJsonObject(given) ? given : {};
  const timeoutMs = duration(values.timeout);
  const graceMs = duration(values.grace);
  const retry = configRetry(values.retry);
  return {
    shell: SHELLS.find((name) => name === values.shell) ?? 'bash',
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(retry === undefined ? {} : { retry }),
  };
}

function configRetry(given: Json | undefined): Retry | undefined {
  if (given === undefined) return undefined;
  const values = isJsonObject(given) ? given : { attempts: given };
  const maxDelayMs = duration(values['max-delay']);
  return {
    attempts: typeof values.attempts === 'number' ? values.attempts : 1,
    delayMs: duration(values.delay) ?? 0,
    backoff: BACKOFFS.find((name) => name === values.backoff) ?? 'constant',
    factor: typeof values.factor === 'number' ? values.factor : 2,
    ...(maxDelayMs === undefined ? {} : { maxDelayMs }),
  };
}

function duration(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? (parseDuration(value) ?? undefined) : undefined;
}
