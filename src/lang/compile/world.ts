/** What expressions of one document can refer to: made once all steps are collected, before any text is compiled. */

import type { Tree } from '../../core/document.ts';
import { ANY, STRING, type Type } from '../../core/expr/type.ts';
import type { InputSpec } from '../../core/plan/plan.ts';
import type { Compilation } from './compilation.ts';
import type { ScopeDraft, StepDraft } from './draft.ts';
import type { Place } from './place.ts';
import { repeatedContexts } from './repeated.ts';
import { entryOf } from './tree.ts';
import { FIXED_CONTEXTS, inputsType, namesType, SELF, secretsType, stepsType } from './types.ts';
import { chained } from './views.ts';

export interface World {
  readonly secrets: readonly string[];
  /** Without regard to case, as expressions look names up. */
  declaresSecret(name: string): boolean;
  /** The contexts of an expression by name, with what is known of their values. */
  contextsAt(place: Place): ReadonlyMap<string, Type>;
  /** The first step of this id that stands anywhere, for messages about references that miss it. */
  findAnywhere(id: string): StepDraft | undefined;
}

/** A compilation that can check expressions. */
export interface Scene extends Compilation {
  readonly world: World;
}

export interface WorldParts {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly secrets: readonly string[];
  readonly vars: readonly string[];
  /** Names that the configuration, the workflow and its profile put into `env`. */
  readonly env: readonly string[];
  readonly scopes: readonly ScopeDraft[];
}

export function makeWorld(parts: WorldParts): World {
  const fixed = new Map<string, Type>([
    ...Object.entries(FIXED_CONTEXTS),
    ['inputs', inputsType(parts.inputs)],
    ['vars', namesType(parts.vars, ANY)],
    ['secrets', secretsType(parts.secrets)],
  ]);
  const variables: ReadonlyMap<string, Type> = new Map(parts.env.map((name) => [name, STRING] as const));
  /** Each layer is looked up in place: a large environment is not copied for every step. */
  const variablesAt = (step: StepDraft | null): ReadonlyMap<string, Type> => {
    if (step === null) return variables;
    const around = variablesAt(step.scope.owner);
    const own = namesIn(entryOf(step.tree, 'env')?.value);
    return own.length === 0 ? around : chained(new Map(own.map((name) => [name, STRING] as const)), around);
  };
  const stepTypes = new Map<ScopeDraft, ReadonlyMap<string, Type>>();
  const ofScope = new Map<ScopeDraft, ReadonlyMap<string, Type>>();
  const scopeContexts = (scope: ScopeDraft): ReadonlyMap<string, Type> => {
    const known = ofScope.get(scope);
    if (known !== undefined) return known;
    const steps = stepsType(scope, stepTypes);
    const env = objectOf(variablesAt(scope.owner));
    const made = new Map([...fixed, ['steps', steps], ['needs', steps], ['env', env]] as const);
    ofScope.set(scope, made);
    return made;
  };
  const folded = new Set(parts.secrets.map((name) => name.toLowerCase()));
  let index: ReadonlyMap<string, StepDraft> | undefined;
  return {
    secrets: parts.secrets,
    declaresSecret: (name) => folded.has(name.toLowerCase()),
    contextsAt(place) {
      const contexts = withRepeated(scopeContexts(place.scope), repeatedContexts(place));
      const own = entryOf(place.step?.tree, 'env')?.value;
      if (own === undefined && !place.self && !place.event) return contexts;
      return new Map([
        ...contexts,
        ['env', objectOf(variablesAt(place.step))],
        ...(place.self ? ([['self', SELF]] as const) : []),
        ...(place.event ? ([['event', ANY]] as const) : []),
      ]);
    },
    findAnywhere(id) {
      index ??= new Map(
        parts.scopes.toReversed().flatMap((scope) => scope.steps.map((step) => [step.id, step] as const)),
      );
      return index.get(id);
    },
  };
}

function withRepeated(
  contexts: ReadonlyMap<string, Type>,
  repeated: ReadonlyMap<string, Type>,
): ReadonlyMap<string, Type> {
  return repeated.size === 0 ? contexts : chained(repeated, contexts);
}

function objectOf(fields: ReadonlyMap<string, Type>): Type {
  return { kind: 'object', fields, isOpen: false };
}

function namesIn(tree: Tree | undefined): readonly string[] {
  return tree?.kind === 'map' ? tree.entries.map((entry) => entry.key) : [];
}
