/** The tables of functions in docs/expressions.md, made of the same specs that are evaluated and checked. */
import { type FunctionGroup, signatureOf } from '../../../src/core/expr/functions/spec.ts';
import { FUNCTIONS } from '../../../src/core/expr/functions/table.ts';
import { describeType } from '../../../src/core/expr/type.ts';

const TITLES: Readonly<Record<FunctionGroup, string>> = {
  github: 'As in GitHub Actions',
  text: 'Texts (`slice`, `reverse` and `length` take lists too)',
  list: 'Lists',
  object: 'Objects',
  number: 'Numbers and dates',
  convert: 'Conversions',
  outside: 'Values from outside',
};

export function renderFunctionTable(): string {
  return Object.entries(TITLES)
    .map(([group, title]) => {
      const specs = FUNCTIONS.filter((spec) => spec.group === group && spec.special !== 'not-built');
      const rows = specs.map((spec) => {
        const example = spec.example === undefined ? '' : ` \`${escapeCell(spec.example)}\``;
        return `| \`${signatureOf(spec)}\` | ${describeType(spec.result)} | ${escapeCell(spec.doc)}${example} |`;
      });
      return [`### ${title}`, '', '| | gives | |', '| --- | --- | --- |', ...rows].join('\n');
    })
    .join('\n\n');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', '\\n');
}
