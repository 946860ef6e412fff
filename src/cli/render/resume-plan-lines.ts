/** Says what a resume would keep and run, step by step, and why. Pure. */
import type { Decision } from '../../app/commands/plan-resume.ts';
import { staticPath } from '../../core/run/plan-paths.ts';
import { causeText } from './cause.ts';
import { column, harmless, type Paint, type Tone, widthOf } from './text.ts';

const SYMBOLS: Readonly<Record<Decision['decision'], string>> = { keep: '↺', run: '▶', skip: '○', 'in-doubt': '?' };
/** As people write it. */
const WORDS: Readonly<Record<Decision['decision'], string>> = {
  keep: 'keep',
  run: 'run',
  skip: 'skip',
  'in-doubt': 'in doubt',
};
const TONES: Readonly<Record<Decision['decision'], Tone>> = {
  keep: 'good',
  run: 'accent',
  skip: 'accent',
  'in-doubt': 'warn',
};
/** Items and iterations of which the same is said are told one by one up to so many; of more only the first few are named. */
const MOST_TOLD = 10;
const TOLD_OF_MANY = 3;

export function resumePlanLines(run: string, decisions: readonly Decision[], paint: Paint): string[] {
  const kinds = decisions.map(kindOf);
  const alike = new Map<string, number>();
  for (const kind of kinds) alike.set(kind, (alike.get(kind) ?? 0) + 1);
  const told = new Map<string, number>();
  const shown = decisions.flatMap((decision, at): readonly { readonly decision: Decision; readonly more: number }[] => {
    const kind = kinds[at] ?? '';
    const count = alike.get(kind) ?? 0;
    const before = told.get(kind) ?? 0;
    told.set(kind, before + 1);
    if (count <= MOST_TOLD || before < TOLD_OF_MANY) return [{ decision, more: 0 }];
    return before === TOLD_OF_MANY ? [{ decision, more: count - before }] : [];
  });
  const widest = shown.reduce((cells, { decision }) => Math.max(cells, widthOf(decision.path)), 8);
  const nameCells = Math.min(40, widest);
  const isInDoubt = decisions.some(({ decision }) => decision === 'in-doubt');
  const lines = shown.map(({ decision: { path, decision, reasons, cause }, more }) => {
    const word = paint(TONES[decision], `${SYMBOLS[decision]} ${column(WORDS[decision], isInDoubt ? 8 : 5)}`);
    const name = more === 0 ? path : `… ${more} more`;
    return `${word} ${column(harmless(name), nameCells)}  ${cause ? causeText(cause) : harmless(reasons.join('; '))}`.trimEnd();
  });
  const counts = (['keep', 'run', 'in-doubt', 'skip'] as const).flatMap((action) => {
    const count = decisions.filter((d) => d.decision === action).length;
    return count === 0 ? [] : [`${count} ${WORDS[action]}`];
  });
  return [`run ${run} · ${counts.length > 0 ? counts.join(' · ') : 'nothing to do'}`, ...lines];
}

/** Equal for times of the same step of which the same is said; a step that is done once is like no other. */
function kindOf({ path, decision, reasons, cause }: Decision): string {
  const place = staticPath(path);
  return place === path ? path : JSON.stringify([place, decision, cause ? causeText(cause) : reasons]);
}
