/** Looks whether what a step ensures is so. Knows files, commits and probes by what is asked of them, not how those are answered. */
import type { Diagnostic } from '../core/diagnostic/diagnostic.ts';
import type { Capture } from '../core/expr/ast.ts';
import type { Json } from '../core/json.ts';
import type { CaptureSource, StepAnswer } from '../core/ports.ts';
import type { AttemptWork, Ensured, EnsureWork } from '../core/run/effect.ts';
import { hollow } from '../core/run/ensures.ts';
import type { CheckEnded } from '../core/run/event.ts';

/** A probe that says nothing for so long does not hold. */
const PROBE_TIMEOUT_MS = 600_000;

export interface LookParts {
  readonly captures: CaptureSource;
  /** Does a probe like an attempt. Never rejects. */
  readonly attempt: (work: AttemptWork) => Promise<Pick<StepAnswer, 'outcome' | 'error'>>;
}

/** In the order in which they stand; the first that is not so is told. Null when it was told to stop. */
export async function look(
  parts: LookParts,
  work: EnsureWork,
  signal: AbortSignal,
): Promise<Pick<CheckEnded, 'holds' | 'error'> | null> {
  for (const [index, ensured] of work.asked.entries()) {
    const wrong =
      ensured.kind === 'probe'
        ? await askProbe(parts, work, ensured, index + 1)
        : await askWorkspace(parts, work, ensured, signal);
    if (signal.aborted) return null;
    if (wrong !== null) return { holds: false, error: wrong };
  }
  return { holds: true };
}

async function askProbe(
  { attempt }: LookParts,
  { node, op, env, stepKey }: EnsureWork,
  { source, kind: _kind, ...probe }: Ensured & { readonly kind: 'probe' },
  number: number,
): Promise<Diagnostic | null> {
  const named = { kind: 'attempt', node: besideOf(node, 'ensures'), op, attempt: number } as const;
  const { outcome, error } = await attempt({ ...named, ...probe, env, stepKey, timeoutMs: PROBE_TIMEOUT_MS });
  return outcome === 'succeeded' ? null : hollow(node, `\`${source}\` does not succeed`, error?.message);
}

/** Whose log it is what a look writes: no step can have the name. */
export function besideOf(node: string, what: string): string {
  return `${node}/~${what}`;
}

type OfWorkspace = Exclude<Ensured, { readonly kind: 'probe' }>;

async function askWorkspace(
  { captures }: LookParts,
  { node, op }: EnsureWork,
  ensured: OfWorkspace,
  signal: AbortSignal,
): Promise<Diagnostic | null> {
  const asked = capturesFor(ensured);
  const { values, error } = await captures.capture({ kind: 'capture', node, op, captures: asked }, signal);
  if (error !== undefined) return error;
  const missing = asked.find(({ key }) => !isSo(ensured, values[key] ?? null));
  if (missing === undefined) return null;
  const [glob] = missing.args.map(String);
  switch (ensured.kind) {
    case 'exists':
      return hollow(node, `no file matches \`${glob}\``);
    case 'files-changed':
      return hollow(
        node,
        `no file that matches ${missing.args.map((arg) => `\`${String(arg)}\``).join(', ')} has changed`,
      );
    case 'commit':
      return hollow(node, 'no commit was made');
  }
}

/** What is taken in: of a list of globs each that finds files is looked for with all that take some out. */
function capturesFor(ensured: OfWorkspace): readonly Capture[] {
  if (ensured.kind === 'commit') return [{ key: 'head', kind: 'head', args: [] }];
  if (ensured.kind === 'files-changed') return [{ key: 'state', kind: 'state', args: ensured.globs }];
  const without = ensured.globs.filter((glob) => glob.startsWith('!'));
  const wanted = ensured.globs.filter((glob) => !glob.startsWith('!'));
  return wanted.map((glob) => ({ key: glob, kind: 'glob', args: [glob, ...without] }));
}

function isSo(ensured: OfWorkspace, value: Json): boolean {
  if (ensured.kind === 'exists') return Array.isArray(value) && value.length > 0;
  return value !== null && value !== ensured.before;
}
