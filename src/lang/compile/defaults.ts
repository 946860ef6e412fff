/** What a step inherits when it does not say: shell, timeout, retry, grace. Weakest first: `giga.yaml`, then the workflow's `defaults`. */
import type { MapTree, Tree } from '../../core/document.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import type { Retry } from '../../core/plan/plan.ts';
import type { Compilation } from './compilation.ts';
import { optionalDuration, optionalLimit } from './quantities.ts';
import { configRetry, durationIn, type ReadTest, readRetry } from './retry.ts';
import { isText, valueOf } from './tree.ts';

const SHELLS = ['bash', 'sh', 'pwsh', 'cmd', 'python', 'node'] as const;
export type Shell = (typeof SHELLS)[number];

export interface Defaults {
  readonly shell: Shell;
  readonly timeoutMs?: number;
  readonly graceMs?: number;
  readonly retry?: Retry;
}

export function readDefaults(compilation: Compilation, root: MapTree, readTest: ReadTest): Defaults {
  const tree = valueOf(root, 'defaults');
  const weak = configDefaults(compilation.options.config?.defaults);
  const shell = shellOf(compilation, valueOf(tree, 'shell')) ?? weak.shell;
  const timeoutMs = optionalLimit(compilation, tree, 'timeout') ?? weak.timeoutMs;
  const graceMs = optionalDuration(compilation, tree, 'grace') ?? weak.graceMs;
  const retry = readRetry(compilation, valueOf(tree, 'retry'), readTest) ?? weak.retry;
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

/** The same keys as plain values; the reader of the configuration has checked them. */
function configDefaults(given: Json | undefined): Defaults {
  const values = isJsonObject(given) ? given : {};
  const timeoutMs = durationIn(values.timeout);
  const graceMs = durationIn(values.grace);
  const retry = configRetry(values.retry);
  return {
    shell: SHELLS.find((name) => name === values.shell) ?? 'bash',
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(retry === undefined ? {} : { retry }),
  };
}
