/** What a verdict rests on, said in a few lines. Pure. */
import type { RunStory, StepStory } from '../../app/commands/run-history.ts';
import type { RunEvent } from '../../core/run/event.ts';
import { harmless } from './text.ts';

type Finished = Extract<RunEvent, { readonly type: 'run.finished' }>;

/** So many steps are named. */
const MOST_NAMED = 5;

/** `because 3 steps succeeded, 1 was skipped`; nothing while the run goes on. */
export function verdictLines({ finished, steps }: Pick<RunStory, 'finished' | 'steps'>): string[] {
  if (finished === undefined) return [];
  const looked = lookedText(finished);
  return [
    `because ${harmless(reasonOf(finished, [...steps.values()]))}`,
    ...(looked === '' ? [] : [`proof   ${looked}`]),
  ];
}

function reasonOf({ verdict, counts, error }: Finished, steps: readonly StepStory[]): string {
  const failed = steps.filter(({ path, settled }) => path !== '' && settled?.result === 'failed');
  const own = failed.filter(({ settled }) => settled?.cause.kind !== 'children').map(({ path }) => path);
  switch (verdict) {
    case 'failed':
      return counts.failed === 0 && error !== undefined ? sentence(error.message) : `${named(own)} failed`;
    case 'cancelled':
      return `it was cancelled: ${countsText(counts)}`;
    case 'nothing ran':
      return `no step succeeded: ${countsText(counts)}`;
    case 'succeeded with allowed failures':
      return `${countsText(counts)}; ${named(own)} may fail`;
    case 'succeeded':
      return countsText(counts);
  }
}

/** Without its stop, and as it goes on in a line. */
function sentence(message: string): string {
  return message.replace(/\.$/, '').replace(/^The run /, 'the run ');
}

function named(paths: readonly string[]): string {
  const more = paths.length - MOST_NAMED;
  return `${paths.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const DID: Readonly<Record<keyof Finished['counts'], string>> = {
  succeeded: 'succeeded',
  kept: 'kept',
  allowed: 'failed',
  failed: 'failed',
  skipped: 'skipped',
  cancelled: 'cancelled',
};

function countsText(counts: Finished['counts']): string {
  const names = Object.keys(DID) as (keyof Finished['counts'])[]; // the keys of a literal
  const parts = names.flatMap((name) => (counts[name] > 0 ? [`${counts[name]} ${DID[name]}`] : []));
  return parts.length === 0 ? 'there was no step' : parts.join(', ');
}

function lookedText({ evidence: { ensured = 0, verified = 0 } = {} }: Finished): string {
  const parts = [
    ...(ensured > 0 ? [`what steps ensure was found so ${ensured === 1 ? 'once' : `${ensured} times`}`] : []),
    ...(verified > 0 ? [`${verified} ${verified === 1 ? 'effect' : 'effects'} in doubt had happened`] : []),
  ];
  return parts.join(' · ');
}
