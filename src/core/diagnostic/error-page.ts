/** Writes the page of all error codes, `docs/errors.md`. Knows the catalogue's form, not its codes. */
import { known } from '../known.ts';
import type { Explanation } from './catalog.ts';

/** Families of codes by their prefix, in the order of the page. */
const FAMILIES: readonly (readonly [prefix: string, title: string])[] = [
  ['DOC_', 'Documents'],
  ['EXPR_', 'Expressions'],
  ['PLAN_', 'Plans'],
  ['SHELL_', 'Values in scripts'],
  ['RUN_', 'Runs'],
  ['STEP_', 'Steps'],
  ['CONFIG_', 'Configuration'],
  ['POLICY_', 'Policies'],
  ['PLUGIN_', 'Plugins'],
  ['CLI_', 'The command line'],
];

const HEAD = `# Errors

Every problem that giga reports has a code. \`giga explain CODE\` prints what stands here. Codes never change their meaning.

<!-- Written from the catalogue in src/core/diagnostic; do not edit. UPDATE_GOLDEN=1 npx vitest run test/core/diagnostic writes it anew. -->
`;

/** The page as Markdown, ending with a line break: families, then codes by name. */
export function renderErrorPage(catalog: Readonly<Record<string, Explanation>>): string {
  const rest = new Set(Object.keys(catalog));
  const parts = FAMILIES.map(([prefix, title]) => {
    const codes = [...rest].filter((code) => code.startsWith(prefix));
    for (const code of codes) rest.delete(code);
    return family(title, codes, catalog);
  });
  return [HEAD, ...parts, family('Others', [...rest], catalog)].filter((part) => part !== '').join('\n');
}

function family(title: string, codes: readonly string[], catalog: Readonly<Record<string, Explanation>>): string {
  if (codes.length === 0) return '';
  const entries = codes.toSorted().map((code) => {
    const { title, text } = known(catalog[code]);
    return `### ${code}\n\n**${title}.** ${text}\n`;
  });
  return `## ${title}\n\n${entries.join('\n')}`;
}
