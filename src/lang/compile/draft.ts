/** Steps and scopes while they are being compiled: who stands where, under which id. Knows no expressions yet. */
import type { MapEntry, MapTree, Range } from '../../core/document.ts';
import type { HookSpec } from '../../core/plan/plan.ts';
import { COMPENSATE_ID } from '../../core/run/scope.ts';
import type { ChildDraft } from './family.ts';
import type { UsedStep } from './plugins.ts';

/** Actions that this version knows. */
export const LEAF_ACTIONS = [
  'run',
  'http',
  'claude',
  'mcp',
  'uses',
  'write',
  'service',
  'set',
  'fail',
  'wait',
  'approve',
] as const;
export const GROUP_ACTIONS = ['steps', 'parallel', 'choose', 'race', 'try'] as const;
/** The steps of another file: their scopes are drafts of that file's own. */
export const CHILD_ACTIONS = ['workflow', 'include'] as const;
/** Of a step of `on-failure`; on any other step it is what undoes that. */
export const END_ACTIONS = ['compensate'] as const;
export type ActionKey =
  | (typeof LEAF_ACTIONS)[number]
  | (typeof GROUP_ACTIONS)[number]
  | (typeof CHILD_ACTIONS)[number]
  | (typeof END_ACTIONS)[number];

/** Scopes inside scopes: more is refused, so that every walk inwards is bounded. */
export const MAX_NESTING = 32;

/** The part of the run that a scope hangs under; `branch`, `group`, the parts of a `try` and the hooks (`after-…`) stand inside a step. */
export type ScopePart =
  | 'steps'
  | 'on-success'
  | 'on-failure'
  | 'finally'
  | 'group'
  | 'branch'
  | 'catch'
  | 'cleanup'
  | 'after-success'
  | 'after-failure'
  | 'compensation';

export interface ScopeDraft {
  readonly part: ScopePart;
  /** The scope whose steps this one sees as well; null for the workflow's `steps`. */
  readonly outer: ScopeDraft | null;
  /** The step that holds this scope. */
  readonly owner: StepDraft | null;
  /** A list: each member comes after those before it. */
  readonly ordered: boolean;
  readonly depth: number;
  readonly steps: StepDraft[];
  /** The first of each id. */
  readonly byId: Map<string, StepDraft>;
  /** Ids that are not all lower case, in lower case: expressions look names up without regard to case. */
  readonly byFoldedId: Map<string, StepDraft>;
}

export interface BodyDraft {
  readonly scope: ScopeDraft;
  /** `choose`: the condition; absent for `else` and for groups. */
  readonly condition?: MapEntry;
  readonly outputs?: MapEntry;
  /** `try`: its place among the bodies of the node. Absent: that in the list. */
  readonly slot?: number;
}

export interface HookDraft {
  readonly slot: HookSpec['slot'];
  readonly scope: ScopeDraft;
}

export interface StepDraft {
  readonly id: string;
  /** Where the id, or else the step, stands. */
  readonly idRange: Range;
  readonly anonymous: boolean;
  readonly name: string | null;
  readonly scope: ScopeDraft;
  /** Place in the scope. */
  readonly index: number;
  readonly tree: MapTree;
  /** Null when the step has no action that is known: the shape check says so. */
  readonly action: ActionKey | null;
  readonly bodies: BodyDraft[];
  /** What is done when its own work has ended. */
  readonly hooks: HookDraft[];
  /** Whom it waits for, by index in the scope, and where the text says so. Null while there is none: most steps of a large list have none. */
  edges: Map<number, Range> | null;
  /** Those of them that only the list of a fan-out reads. */
  listEdges: Set<number> | null;
  /** The files that it may run; null for other steps, and until they are known. */
  children: readonly ChildDraft[] | null;
  /** The step of a plugin that it is; null for other steps, and where it is not known. */
  used: UsedStep | null;
  /** Its conversation is kept, because it says so or another step continues it. */
  keepsSession: boolean;
}

/** It is done for every item of a list, or again and again. */
export function isRepeated({ tree }: StepDraft): boolean {
  return tree.entries.some(({ key }) => key === 'for-each' || key === 'matrix' || key === 'loop');
}

/** A step in the user's words: `deploy/upload`. */
export function pathOf(step: StepDraft): string {
  const owner = step.scope.owner;
  const above = owner === null ? '' : `${pathOf(owner)}/`;
  const prefix = step.scope.part === 'compensation' && step.id === COMPENSATE_ID ? '' : partPrefix(step.scope.part);
  return above + prefix + step.id;
}

function partPrefix(part: ScopePart): string {
  if (part === 'cleanup') return 'finally/';
  if (part === 'compensation') return `${COMPENSATE_ID}/`;
  if (isHookPart(part)) return part.replace('after', 'on').concat('/');
  return part === 'on-success' || part === 'on-failure' || part === 'finally' || part === 'catch' ? `${part}/` : '';
}

function isHookPart(part: ScopePart): boolean {
  return part === 'after-success' || part === 'after-failure' || part === 'compensation';
}

/** Whether its steps are a hook of the step that holds them. */
export function isHook({ part }: ScopeDraft): boolean {
  return isHookPart(part);
}

/** Whether it is a hook, or stands inside one: there `self` is the step that the hook belongs to. */
export function isInHook(scope: ScopeDraft): boolean {
  for (let at: ScopeDraft | undefined = scope; at !== undefined; at = at.owner?.scope) if (isHook(at)) return true;
  return false;
}

/** The step that `id` means when it is read in `scope`, with the scope that it stands in. */
export function findStep(scope: ScopeDraft, id: string): StepDraft | null {
  const folded = id.toLowerCase();
  for (let at: ScopeDraft | null = scope; at !== null; at = at.outer) {
    const found = at.byId.get(id) ?? at.byId.get(folded) ?? at.byFoldedId.get(folded);
    if (found !== undefined) return found;
  }
  return null;
}

/**
 * What the `outputs` of a group can read: its members; those of all branches, of which one has run; those of a `try` but for its
 * end, which comes after. Null for a step that is no group.
 */
export function scopeInside(step: StepDraft): ScopeDraft | null {
  const [first, ...others] = step.bodies.map((body) => body.scope).filter(({ part }) => part !== 'cleanup');
  if (first === undefined) return null;
  if (others.length === 0) return first;
  const scopes = [...others.toReversed(), first];
  return {
    ...first,
    byId: new Map(scopes.flatMap((scope) => [...scope.byId])),
    byFoldedId: new Map(scopes.flatMap((scope) => [...scope.byFoldedId])),
  };
}

const NO_EDGES: ReadonlyMap<number, Range> = new Map();

export function edgesOf(step: StepDraft): ReadonlyMap<number, Range> {
  return step.edges ?? NO_EDGES;
}

/** The first place that says so is kept. */
export function addEdge(step: StepDraft, target: StepDraft, at: Range, isOfList = false): void {
  step.edges ??= new Map();
  if (!isOfList) step.listEdges?.delete(target.index);
  else if (!step.edges.has(target.index)) (step.listEdges ??= new Set()).add(target.index);
  if (!step.edges.has(target.index)) step.edges.set(target.index, at);
}
