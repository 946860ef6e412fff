/** Compiles `prompt-file` of a `claude` step: a Markdown file with typed inputs, checked where it stands. Knows no models. */
import type { Document, Range, ScalarTree, Tree } from '../../core/document.ts';
import type { Expr, Expression, Template } from '../../core/expr/ast.ts';
import { findFunction } from '../../core/expr/functions/table.ts';
import { childrenOf } from '../../core/expr/references.ts';
import type { Type } from '../../core/expr/type.ts';
import type { Json } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import { linesOf, type PromptFile } from '../../core/plan/claude-request.ts';
import { checkExpression } from '../expr/check.ts';
import { parseTemplate } from '../expr/parse.ts';
import { isMarkdown } from '../read/document-kind.ts';
import { makeLocator } from '../read/locator.ts';
import { checkShape } from '../schema/check-shape.ts';
import { checkedInputs, readWith } from './child-inputs.ts';
import { type Compilation, makeCompilation } from './compilation.ts';
import type { ScopeDraft, StepDraft } from './draft.ts';
import { declarations } from './face.ts';
import { MAX_FILES, pathFrom, type SourceFile } from './family.ts';
import { compileInputs } from './inputs.ts';
import { placeOf } from './place.ts';
import { readsOf } from './reads.ts';
import { reportIn } from './report-in.ts';
import { literal } from './text.ts';
import { entryOf, isText, textOf, valueOf } from './tree.ts';
import { inputsType } from './types.ts';
import type { Scene } from './world.ts';

type Fields = readonly (readonly [string, Template])[];

/** Names the prompt files of all steps that are still to be read. */
export function askForPrompts(scene: Scene, scopes: readonly ScopeDraft[]): void {
  const { family } = scene;
  for (const { steps } of scopes)
    for (const step of steps) {
      const path = step.action === 'claude' ? pathIn(entryOf(step.tree, 'claude')?.value) : null;
      if (path === null || whyNot(path.value) !== null) continue;
      const file = pathFrom(scene.file, path.value);
      if (isOutside(file) || family.files.has(file) || family.files.size + family.missing.size >= MAX_FILES) continue;
      family.missing.add(file);
    }
}

function pathIn(claude: Tree | undefined): (ScalarTree & { readonly value: string }) | null {
  const tree = valueOf(claude, 'prompt-file');
  return isText(tree) ? tree : null;
}

function whyNot(path: string): string | null {
  if (path.includes('${{')) return 'It is read before the run: its path is a plain text.';
  return isMarkdown(path) ? null : 'It is a Markdown file, such as `prompts/review.md`.';
}

/** Of a path that counts from the root of the workspace. */
function isOutside(file: string): boolean {
  return file === '..' || file.startsWith('../') || /^(?:[A-Za-z]:)?\//.test(file);
}

/** The fields `promptFile` and `with` of a ClaudeRequest; none after a problem. */
export function promptFileOf(scene: Scene, step: StepDraft, claude: Tree): Fields {
  const tree = pathIn(claude);
  if (tree === null) return [];
  const refuse = (why: string, hint?: string): Fields => {
    scene.error('PLAN_PROMPT_FILE', `\`${tree.value}\` cannot be a prompt. ${why}`, tree.range, hint ? { hint } : {});
    return [];
  };
  const file = pathFrom(scene.file, tree.value);
  const why = isOutside(file) ? 'It lies outside of the workspace.' : whyNot(tree.value);
  if (why !== null) return refuse(why);
  const source = scene.family.files.get(file);
  if (source === undefined) return refuse(`The run would be made of more than ${MAX_FILES} files.`);
  if (source.isLinkOut) return refuse('It is a link that leads out of the workspace.');
  if (source.document === null) return unreadable(scene, tree, source);
  const wrongKind = kindProblem(source.document);
  if (wrongKind !== null) return refuse(wrongKind, 'Its frontmatter begins with `kind: prompt`.');
  scene.family.diagnostics.push(...source.diagnostics);
  const prompt = compilePrompt(scene, file, source.document);
  const given = readWith(scene, valueOf(claude, 'with'), placeOf(step, 'with'));
  const declaring = { file: source.document.file, inputs: prompt.file.inputs, placeOf: prompt.placeOf };
  const at = (entryOf(claude, 'with') ?? entryOf(claude, 'prompt-file'))?.keyRange ?? tree.range;
  const values = given === null ? literal({}) : checkedInputs(scene, at, declaring, given);
  return [
    ['promptFile', literal(prompt.file as unknown as Json)], // plain JSON by construction
    ['with', values],
  ];
}

/** What stands in the way is told at the step, or where it is in the file. */
function unreadable(scene: Scene, { range }: ScalarTree, { refusal, diagnostics }: SourceFile): Fields {
  if (refusal === undefined) scene.family.diagnostics.push(...diagnostics);
  else scene.error(refusal.code, refusal.message, range, refusal.hint === undefined ? {} : { hint: refusal.hint });
  return [];
}

/** A text without frontmatter is a prompt without inputs. */
function kindProblem({ kind, root }: Document): string | null {
  if (kind === 'prompt' || (kind === 'markdown' && root === null)) return null;
  return kind === 'markdown' ? 'It does not say what it is.' : `It is a document of kind \`${kind}\`.`;
}

interface CompiledPrompt {
  readonly file: PromptFile;
  readonly placeOf: ReturnType<typeof declarations>;
}

const KEYS: readonly string[] = ['kind', 'name', 'description', 'inputs', 'system'];
/** Those that mean what they mean in a workflow. */
const SHARED_KEYS: readonly string[] = ['name', 'description', 'inputs'];

/** Its problems stand among those of all files. */
function compilePrompt(scene: Scene, path: string, document: Document): CompiledPrompt {
  const root = document.root ?? { kind: 'map', range: [0, 0], entries: [] };
  const shared = { ...root, entries: root.entries.filter(({ key }) => SHARED_KEYS.includes(key)) };
  const compilation = makeCompilation(
    {
      document,
      locator: makeLocator(document.text, document.file),
      options: {},
      file: path,
      family: scene.family,
      role: scene.role,
    },
    checkShape({ ...document, kind: 'workflow', root: shared }),
  );
  for (const { key, keyRange } of root.entries)
    if (!KEYS.includes(key))
      compilation.error('DOC_UNKNOWN_KEY', `A prompt has no key \`${key}\`.`, keyRange, {
        hint: `Its keys are ${KEYS.join(', ')}.`,
        ...similarHint('a key', key, KEYS),
      });
  const inputs = compileInputs(compilation, shared, undefined);
  const types = inputsType(inputs);
  const system = valueOf(root, 'system');
  const file: PromptFile = {
    path,
    lines: linesOf(document.text),
    inputs,
    prompt: templateOf(compilation, bodyOf(compilation, document), types),
    ...(system?.kind === 'scalar' ? { system: templateOf(compilation, system, types) } : {}),
  };
  if (system !== undefined && system.kind !== 'scalar') compilation.malformed(system.range, '`system` is a text.');
  scene.family.diagnostics.push(...compilation.problems());
  return { file, placeOf: declarations(compilation, root) };
}

/** What stands below the frontmatter, without the blanks around it; an offset in its value is one in its range. */
function bodyOf(compilation: Compilation, { text, body }: Document): ScalarTree {
  const offset = body?.offset ?? 0;
  const whole = text.slice(offset);
  const start = offset + whole.length - whole.trimStart().length;
  const value = whole.trim();
  const range: Range = [start, start + value.length];
  if (value === '') compilation.error('PLAN_PROMPT_FILE', 'The prompt is empty.', [0, Math.min(3, text.length)]);
  return { kind: 'scalar', range, value, source: value, style: 'plain' };
}

/** A template that knows nothing but `inputs`. */
function templateOf(compilation: Compilation, tree: ScalarTree, inputs: Type): Template {
  const parsed = parseTemplate(textOf(tree));
  if (!parsed.ok) {
    for (const error of parsed.errors) reportIn(compilation, tree, error);
    return literal('');
  }
  const parts = parsed.parts.map((part): string | Expression => {
    if (typeof part === 'string') return part.replaceAll('\r\n', '\n');
    const { source, expr, start } = part;
    if (isClosed(compilation, tree, expr, start))
      for (const problem of checkExpression(expr, { contexts: new Map([['inputs', inputs]]), dynamicSteps: false }))
        reportIn(compilation, tree, { ...problem, at: start + problem.at });
    return { source, expr };
  });
  if (parts.every((part) => typeof part === 'string')) return literal(parts.join(''));
  return { kind: 'text', parts, nulls: 'refuse' };
}

/** Whether it reads nothing else: a prompt is the same wherever it is used with the same inputs. */
function isClosed(compilation: Compilation, tree: ScalarTree, expr: Expr, from: number): boolean {
  const others = [
    ...readsOf(expr).filter((read) => read.kind !== 'status' && (read.kind !== 'context' || read.name !== 'inputs')),
    ...outsideCalls(expr),
  ];
  for (const { at, length } of others) {
    const span = compilation.locator.spanIn(tree, from + at, from + at + length);
    const name = textOf(tree).slice(from + at, from + at + length);
    compilation.error('PLAN_PROMPT_FILE', `A prompt knows only \`inputs\`, and nothing of \`${name}\`.`, span, {
      hint: 'Declare an input for it, and give it at the step: `with: { name: … }`.',
    });
  }
  return others.length === 0;
}

/** Calls of functions that ask something of the machine. */
function outsideCalls(expr: Expr): readonly { readonly at: number; readonly length: number }[] {
  const isOne = expr.kind === 'call' && findFunction(expr.name)?.group === 'outside';
  const inner = childrenOf(expr).flatMap(outsideCalls);
  return isOne ? [{ at: expr.at, length: expr.name.length }, ...inner] : inner;
}
