/** Where an expression stands: whose text it is, what it can see there, and what may come of its value. */
import { isInHook, type ScopeDraft, type StepDraft } from './draft.ts';

export interface Place {
  /** Whose text it is; null for keys of the workflow itself. */
  readonly step: StepDraft | null;
  /** Where `steps.ID` is looked up, outwards. */
  readonly scope: ScopeDraft;
  /** The key, as messages name it: `if`, `outputs`. */
  readonly key: string;
  /** Whether a secret may stand here, because it goes straight to a program. */
  readonly secrets: boolean;
  /** Whether `self` is there: after the action of the same step, and in its hooks. */
  readonly self: boolean;
  /** Whether `success()` and its like are there. */
  readonly statuses: boolean;
  /** Whether steps may be read at all. */
  readonly steps: boolean;
  /** Whether all steps that can be seen have ended, so that `steps` may be read as a whole. */
  readonly wholeSteps: boolean;
  /** Whether `event` is there: the data of an event that was sent. */
  readonly event?: true;
  /** Whose contexts of what is done many times are there: of the steps around, also of the step's own items, also of its own loop. */
  readonly repeated: 'around' | 'item' | 'all';
  /** The variable whose value it is. */
  readonly variable?: string;
  /** Whether it shapes the list of a fan-out: what it reads says which items there are, no more. */
  readonly shapesList?: true;
}

/** A key of a step that is evaluated before its action. */
export function placeOf(step: StepDraft, key: string, more: Partial<Place> = {}): Place {
  return {
    step,
    scope: step.scope,
    key,
    secrets: false,
    self: isInHook(step.scope),
    statuses: false,
    steps: true,
    wholeSteps: isEnd(step.scope),
    repeated: 'all',
    ...more,
  };
}

/** A key of the workflow, evaluated in the scope of its steps. */
export function workflowPlace(scope: ScopeDraft, key: string, more: Partial<Place> = {}): Place {
  return {
    step: null,
    scope,
    key,
    secrets: false,
    self: false,
    statuses: false,
    steps: true,
    wholeSteps: false,
    repeated: 'around',
    ...more,
  };
}

/** Whether the scope belongs to what the workflow does at its end: all its steps have ended there. */
export function isEnd(scope: ScopeDraft): boolean {
  let at = scope;
  while (at.owner !== null) at = at.owner.scope;
  return at.part !== 'steps';
}
