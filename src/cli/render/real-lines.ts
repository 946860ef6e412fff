/** What a second attempt at each step changed, in words. Pure. */
import type { ProvedForReal, RealStep } from '../../app/commands/prove-real.ts';
import type { Json } from '../../core/json.ts';
import { cut, harmless, type Paint } from './text.ts';

const LONGEST = 100;
const MOST_FILES = 10;

export function realLines({ steps, end, without }: ProvedForReal, paint: Paint): readonly string[] {
  const how = end.kind === 'finished' ? end.verdict : end.kind;
  const left = without === 'nothing' ? '' : `, ${without} left out`;
  return [
    `for real, in a copy of the workspace${left}: ${how}`,
    ...(end.kind === 'finished' && end.error ? [paint('dim', `    ${harmless(end.error.message)}`)] : []),
    ...(end.kind === 'waiting'
      ? end.requests.map(({ node }) =>
          paint('dim', `    \`${harmless(node)}\` waits for a verdict: what comes after it was not done`),
        )
      : []),
    ...steps.flatMap((one) => stepLines(one, paint)),
  ];
}

function stepLines(one: RealStep, paint: Paint): readonly string[] {
  const step = harmless(one.step);
  if (one.kind === 'not-done') return [`○ ${step} was not done: ${one.why}`];
  const { changes, outputs, outcome } = one;
  if (outcome === 'succeeded' && changes.length === 0 && outputs.length === 0)
    return [`${paint('good', '✔')} ${step} was done twice: the second time changed nothing`];
  const more = changes.length - MOST_FILES;
  return [
    `${paint('warn', '!')} ${step} was done twice: the second time ${outcome === 'succeeded' ? 'changed something' : `ended as ${outcome}`}`,
    ...outputs.map(({ name, first, second }) => `    output ${harmless(name)} ${shown(first)} → ${shown(second)}`),
    ...changes
      .slice(0, MOST_FILES)
      .flatMap(({ kind, file, lines }) => [
        `    ${kind} ${harmless(file)}`,
        ...lines.map((line) => paint('dim', `      ${cut(harmless(line), LONGEST)}`)),
      ]),
    ...(more > 0 ? [`    and ${more} more files`] : []),
  ];
}

function shown(value: Json): string {
  return cut(harmless(value === null ? 'none' : JSON.stringify(value)), LONGEST);
}
