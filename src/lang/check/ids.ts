/** Checks ids: their form, and that none is there twice, hides one around it, or differs from another only in case. */
import type { Compilation } from '../compile/compilation.ts';
import { isHook, isInHook, pathOf, type ScopeDraft, type StepDraft } from '../compile/draft.ts';
import { isEnd } from '../compile/place.ts';

const ID = /^[A-Za-z0-9_-]{1,64}$/;
interface Reserved {
  readonly of: string;
  readonly names: readonly string[];
}
/** They stand in the paths of the steps of these parts. */
const IN_WORKFLOW: Reserved = { of: 'workflow', names: ['on-success', 'on-failure', 'finally'] };
const WITH_HOOKS: Reserved = {
  of: 'step with hooks',
  names: ['on-success', 'on-failure', 'catch', 'finally', 'compensate'],
};
const IN_TRY: Reserved = { of: '`try`', names: ['catch', 'finally'] };

function reservedIn(scope: ScopeDraft): Reserved | null {
  if (scope.part === 'steps') return IN_WORKFLOW;
  if (!isHook(scope) && (scope.owner?.hooks.length ?? 0) > 0) return WITH_HOOKS;
  return scope.part === 'group' && scope.owner?.action === 'try' ? IN_TRY : null;
}

export function checkIds(compilation: Compilation, scopes: readonly ScopeDraft[]): void {
  const folded = new Map<ScopeDraft, Map<string, StepDraft>>();
  for (const scope of scopes) {
    const seen = new Map<string, StepDraft>();
    folded.set(scope, seen);
    for (const step of scope.steps) {
      if (!checkForm(compilation, step)) continue;
      const key = step.id.toLowerCase();
      const twin = seen.get(key) ?? findAround(folded, scope, key);
      if (twin === undefined) seen.set(key, step);
      else reportTwin(compilation, step, twin);
    }
  }
  warnOfAnonymous(compilation, scopes);
}

function checkForm(compilation: Compilation, step: StepDraft): boolean {
  if (!ID.test(step.id)) {
    compilation.error('PLAN_BAD_ID', `\`${shorten(step.id)}\` cannot be the id of a step.`, step.idRange, {
      hint: 'An id is made of 1 to 64 letters (A-Z, a-z), digits, `-` and `_`; `name:` may be any text.',
    });
    return false;
  }
  const reserved = reservedIn(step.scope);
  if (reserved !== null && reserved.names.includes(step.id.toLowerCase())) {
    compilation.error(
      'PLAN_BAD_ID',
      `\`${step.id}\` is the name of a part of every ${reserved.of} and cannot be the id of a step.`,
      step.idRange,
    );
    return false;
  }
  return true;
}

function findAround(
  folded: ReadonlyMap<ScopeDraft, ReadonlyMap<string, StepDraft>>,
  scope: ScopeDraft,
  key: string,
): StepDraft | undefined {
  for (let around = scope.outer; around !== null; around = around.outer) {
    const found = folded.get(around)?.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

function reportTwin(compilation: Compilation, step: StepDraft, twin: StepDraft): void {
  const related = [{ message: `\`${twin.id}\` stands here`, at: compilation.locator.span(twin.idRange) }];
  if (step.id !== twin.id) {
    compilation.error('PLAN_ID_CASE', `The ids \`${twin.id}\` and \`${step.id}\` differ only in case.`, step.idRange, {
      related,
      hint: 'Paths and file names of some systems cannot tell them apart: choose another id.',
    });
  } else if (step.scope === twin.scope) {
    compilation.error('PLAN_DUPLICATE_ID', `Two steps have the id \`${step.id}\`.`, step.idRange, {
      related,
      hint: step.name === null ? 'Choose another id.' : 'The id is made of the `name`; give one of them an `id:`.',
    });
  } else {
    compilation.error(
      'PLAN_SHADOWED_ID',
      `The id of \`${pathOf(step)}\` repeats that of \`${pathOf(twin)}\`, which it can see.`,
      step.idRange,
      {
        related,
        hint: 'Inside a group the steps around it can be read as well, so their ids are taken.',
      },
    );
  }
}

/** One warning for all of them: they are common in small files. Hooks and steps of `on-failure` and `finally` run anew at each end and need not be known again. */
function warnOfAnonymous(compilation: Compilation, scopes: readonly ScopeDraft[]): void {
  const anonymous = scopes
    .filter((scope) => !isEnd(scope) && !isInHook(scope))
    .flatMap((scope) => scope.steps.filter((step) => step.anonymous));
  const first = anonymous[0];
  if (first === undefined) return;
  const others = anonymous.length - 1;
  const more = others === 0 ? '' : ` (so have ${others} more)`;
  compilation.warn(
    'PLAN_ANONYMOUS_STEP',
    `The step has neither \`id\` nor \`name\` and is called \`${pathOf(first)}\` by its position${more}.`,
    first.idRange,
    {
      hint: 'Give it an `id:`; then a resume knows it again even after its text was edited.',
    },
  );
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
