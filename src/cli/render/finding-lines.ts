/** What steps say about files, as lines below the step: `src/a.ts:3:1 error Title: message`, so that terminals make a link of the place. Pure. */
import type { Annotation } from '../../core/plan/annotations.ts';
import { cut, harmless, type Paint, type Tone } from './text.ts';

/** More are counted; the journal has all. */
const SHOWN = 50;
const CHARACTERS = 400;

const TONES: Readonly<Record<Annotation['level'], Tone>> = { error: 'bad', warning: 'warn', notice: 'accent' };

export function findingLines(findings: readonly Annotation[], paint: Paint): readonly string[] {
  const lines = findings.slice(0, SHOWN).map((finding) => {
    const { level, title, message } = finding;
    const text = oneLine(title === undefined ? message : `${title}: ${message}`);
    return ['  ', placeOf(finding), paint(TONES[level], level), ' ', cut(text, CHARACTERS)].join('');
  });
  const more = findings.length - lines.length;
  return more > 0 ? [...lines, paint('dim', `  … and ${more} more`)] : lines;
}

function placeOf({ file, line, column }: Annotation): string {
  if (file === undefined) return '';
  return `${[oneLine(file), ...(line === undefined ? [] : [line, ...(column === undefined ? [] : [column])])].join(':')} `;
}

function oneLine(text: string): string {
  return harmless(text.replaceAll(/\s*\n\s*/g, ' ').trim());
}
