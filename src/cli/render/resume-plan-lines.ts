/** Says what a resume would keep and run, step by step, and why. Pure. */
import type { Decision } from '../../app/commands/plan-resume.ts';
import { causeText } from './cause.ts';
import { column, harmless, type Paint, widthOf } from './text.ts';

const SYMBOLS: Readonly<Record<Decision['decision'], string>> = { keep: '↺', run: '▶', skip: '○' };

export function resumePlanLines(run: string, decisions: readonly Decision[], paint: Paint): string[] {
  const nameCells = Math.min(40, Math.max(8, ...decisions.map(({ path }) => widthOf(path))));
  const lines = decisions.map(({ path, decision, reasons, cause }) => {
    const word = paint(decision === 'keep' ? 'good' : 'accent', `${SYMBOLS[decision]} ${column(decision, 5)}`);
    return `${word} ${column(harmless(path), nameCells)}  ${cause ? causeText(cause) : harmless(reasons.join('; '))}`.trimEnd();
  });
  const counts = [...new Set(decisions.map((one) => one.decision))].map(
    (action) => `${decisions.filter((d) => d.decision === action).length} ${action}`,
  );
  return [`run ${run} · ${counts.length > 0 ? counts.join(' · ') : 'nothing to do'}`, ...lines];
}
