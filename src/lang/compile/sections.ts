/** Makes steps of the sections of a Markdown workflow: heading, script and the keys that the frontmatter adds. Language-rules 14. */
import type {
  Document,
  Fence,
  ListTree,
  MapEntry,
  MapTree,
  Range,
  ScalarTree,
  Section,
  Tree,
} from '../../core/document.ts';
import { similarHint } from '../../core/nearest.ts';
import type { Compilation } from './compilation.ts';
import type { Shell } from './defaults.ts';
import { CHILD_ACTIONS, GROUP_ACTIONS, LEAF_ACTIONS } from './draft.ts';
import { valueOf } from './tree.ts';

/** What the first word of a fence makes its text run by. */
const SHELL_OF_LANGUAGE: ReadonlyMap<string, Shell> = new Map([
  ['bash', 'bash'],
  ['sh', 'sh'],
  ['pwsh', 'pwsh'],
  ['cmd', 'cmd'],
  ['py', 'python'],
  ['python', 'python'],
  ['js', 'node'],
  ['node', 'node'],
]);
const LANGUAGES = [...SHELL_OF_LANGUAGE.keys()].join(', ');
/** Only these headings are steps; the title above them and what stands below are prose. */
const STEP_LEVEL = 2;

/** The steps as a list in document order; those that only the frontmatter has come last. */
export function stepsOfSections(compilation: Compilation, document: Document): Tree | undefined {
  const extra = valueOf(document.root, 'steps');
  const { body } = document;
  if (body === undefined) return extra;
  if (extra !== undefined && extra.kind !== 'map') {
    compilation.malformed(extra.range, 'In a Markdown workflow `steps` adds keys to sections: it is a map of ids.');
    return undefined;
  }
  const added = new Map((extra?.entries ?? []).map((entry) => [entry.key, entry] as const));
  const items: MapTree[] = [];
  const used = new Set<string>();
  for (const section of body.sections) {
    const item =
      section.level === STEP_LEVEL && section.id !== undefined
        ? stepOf(compilation, section, section.id, added.get(section.id))
        : null;
    if (item === null || section.id === undefined) continue;
    used.add(section.id);
    items.push(item);
  }
  const ids = body.sections.flatMap((section) => (section.level === STEP_LEVEL ? (section.id ?? []) : []));
  for (const entry of added.values())
    if (!used.has(entry.key)) items.push(...stepWithoutSection(compilation, entry, ids));
  const list: ListTree = { kind: 'list', range: [body.offset, document.text.length], items };
  return items.length === 0 && extra === undefined ? undefined : list;
}

/** Null when the section is documentation. */
function stepOf(compilation: Compilation, section: Section, id: string, added: MapEntry | undefined): MapTree | null {
  const scripts = section.fences.filter((fence) => SHELL_OF_LANGUAGE.has(fence.language));
  const keys = added?.value.kind === 'map' ? added.value.entries : [];
  const hasAction = keys.some((entry) => isAction(entry.key));
  const [script, second] = scripts;
  if (script === undefined)
    return hasAction ? stepTree(section, id, keys) : withoutScript(compilation, section, id, added);
  if (second !== undefined) {
    compilation.error(
      'PLAN_SECTION_SCRIPTS',
      `The section \`${id}\` has more than one script.`,
      firstLine(second.range, compilation),
      {
        related: [
          { message: 'the first stands here', at: compilation.locator.span(firstLine(script.range, compilation)) },
        ],
        hint: 'Give it a section of its own: a heading that is an id.',
      },
    );
  }
  for (const fence of section.fences)
    if (!SHELL_OF_LANGUAGE.has(fence.language)) reportLanguage(compilation, fence, id);
  const shell: MapEntry = {
    key: 'shell',
    keyRange: script.range,
    value: plainScalar(SHELL_OF_LANGUAGE.get(script.language) ?? '', script.range),
  };
  const run: MapEntry = { key: 'run', keyRange: script.range, value: plainScalar(script.text, script.textRange) };
  const hasShell = keys.some((entry) => entry.key === 'shell');
  if (hasAction)
    compilation.malformed(
      added?.keyRange ?? section.headingRange,
      `\`${id}\` has a script in its section and another action in the frontmatter.`,
    );
  return stepTree(section, id, hasAction ? keys : [run, ...(hasShell ? [] : [shell]), ...keys]);
}

/** A section without a script is prose, unless the frontmatter makes a step of it. */
function withoutScript(compilation: Compilation, section: Section, id: string, added: MapEntry | undefined): null {
  if (added === undefined) return null;
  const [fence] = section.fences;
  if (fence !== undefined) reportLanguage(compilation, fence, id);
  return null;
}

function reportLanguage(compilation: Compilation, fence: Fence, id: string): void {
  const language = fence.language === '' ? 'no language' : `the language \`${fence.language}\``;
  compilation.error(
    'PLAN_SECTION_LANGUAGE',
    `A block of the section \`${id}\` has ${language}, which cannot be run.`,
    firstLine(fence.range, compilation),
    {
      hint: `The languages are ${LANGUAGES}. A block that is only shown belongs into a section of its own, or inside a list or quote.`,
    },
  );
}

function stepWithoutSection(compilation: Compilation, entry: MapEntry, ids: readonly string[]): readonly MapTree[] {
  const keys = entry.value.kind === 'map' ? entry.value.entries : [];
  if (keys.some(({ key }) => isAction(key)))
    return [{ kind: 'map', range: entry.value.range, entries: [idEntry(entry.key, entry.keyRange), ...keys] }];
  // A section that is there but cannot be run has been reported.
  if (ids.includes(entry.key) && compilation.problems().some(({ code }) => code === 'PLAN_SECTION_LANGUAGE')) return [];
  compilation.error(
    'PLAN_SECTION_MISSING',
    `The step \`${entry.key}\` has neither a section with a script nor an action.`,
    entry.keyRange,
    {
      hint: `Write a section \`## ${entry.key}\` with one fenced block, or give it an action here.`,
      ...similarHint(
        'a section',
        entry.key,
        ids.filter((id) => id !== entry.key),
      ),
    },
  );
  return [];
}

function isAction(key: string): boolean {
  return [...LEAF_ACTIONS, ...GROUP_ACTIONS, ...CHILD_ACTIONS].some((action) => action === key);
}

function stepTree(section: Section, id: string, entries: readonly MapEntry[]): MapTree {
  const start = section.headingRange[0];
  return {
    kind: 'map',
    range: [start, section.bodyRange[1]],
    entries: [idEntry(id, section.headingRange), ...entries.filter(({ key }) => key !== 'id')],
  };
}

function idEntry(id: string, range: Range): MapEntry {
  return { key: 'id', keyRange: range, value: plainScalar(id, range) };
}

/** The text of a file as it stands: offsets in the value are offsets in the range. */
function plainScalar(text: string, range: Range): ScalarTree {
  return { kind: 'scalar', range, value: text, source: text, style: 'plain' };
}

/** A fence in a message is its opening line. */
function firstLine(range: Range, { document }: Compilation): Range {
  const end = document.text.indexOf('\n', range[0]);
  return [range[0], end < 0 ? range[1] : Math.min(end, range[1])];
}
