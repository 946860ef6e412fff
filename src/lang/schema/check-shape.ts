/**
 * Checks the shape of a document: keys, types, required parts. Knows schemas, no names and no meaning.
 *
 * A validator made from the schema at build time finds what is wrong, shape-words.ts says it, and two walks over the tree find
 * what a schema cannot say. All problems of a document are reported at once, by position, up to a limit.
 */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { Document, Locator, MapTree } from '../../core/document.ts';
import { jsonOf } from '../compile/tree.ts';
import { type ShapeError, validateConfig, validateTest, validateWorkflow } from '../generated/schemas.js';
import { MAX_PROBLEMS } from '../read/limits.ts';
import { makeLocator } from '../read/locator.ts';
import { checkScalars } from './check-scalars.ts';
import { actionHint, checkSteps } from './check-steps.ts';
import { makeFinder } from './shape-place.ts';
import { describe, type ShapeProblem } from './shape-words.ts';

/** All problems of a document's shape, by position. Documents of other kinds than workflows, configuration and tests have none. */
export function checkShape(document: Document): readonly Diagnostic[] {
  const { root, kind } = document;
  if (root === null || (kind !== 'workflow' && kind !== 'config' && kind !== 'test')) return [];
  const isLiterate = document.body !== undefined;
  const problems = [
    ...checkSchema(root, kind, isLiterate),
    ...(kind === 'workflow' ? checkSteps(root, isLiterate) : []),
    ...checkScalars(root, document.text),
  ];
  return problems.length === 0 ? [] : listProblems(problems, makeLocator(document.text, document.file));
}

/** Far more than are shown. */
const MAX_ERRORS = 1_000;
const VALIDATORS = { workflow: validateWorkflow, config: validateConfig, test: validateTest } as const;

function checkSchema(root: MapTree, kind: keyof typeof VALIDATORS, isLiterate: boolean): readonly ShapeProblem[] {
  const validate = VALIDATORS[kind];
  if (validate(jsonOf(root))) return [];
  const find = makeFinder(root);
  // One map may have 100,000 keys that are wrong, and for each of them its place is looked for.
  return (validate.errors ?? []).slice(0, MAX_ERRORS).flatMap((error) => {
    if (isLiterate && isAboutSections(error)) return [];
    const place = find(error.instancePath);
    const described = describe(error, place);
    if (described === null) return [];
    const hint =
      place.tree.kind === 'map' && described.code === 'DOC_UNKNOWN_KEY' && isOfStep(error)
        ? actionHint(place.tree, String(error.params.additionalProperty))
        : null;
    return [hint === null ? described : { ...described, hint }];
  });
}

/** The steps of a literate workflow are its sections: the frontmatter only adds to them. */
function isAboutSections({ keyword, instancePath, params }: ShapeError): boolean {
  return instancePath === '' && keyword === 'required' && params.missingProperty === 'steps';
}

function isOfStep({ parentSchema }: ShapeError): boolean {
  return parentSchema?.$comment?.endsWith('/definitions/step') === true;
}

/** Diagnostics in the order of the file, one for each place and message. */
function listProblems(problems: readonly ShapeProblem[], locator: Locator): readonly Diagnostic[] {
  const sorted = problems.toSorted((a, b) => a.range[0] - b.range[0] || a.range[1] - b.range[1]);
  const unique = sorted.filter((one, index) => {
    const before = sorted[index - 1];
    if (before === undefined || before.range[0] !== one.range[0]) return true;
    // Of a key that does not exist, its missing value is no news.
    const isNoNews = before.code === 'DOC_UNKNOWN_KEY' && one.code === 'DOC_EMPTY_VALUE';
    // A branch of a schema says again, and less, what the whole of it said.
    const isTold = before.code === 'DOC_WRONG_TYPE' && one.code === 'DOC_WRONG_TYPE';
    return before.message !== one.message && !isNoNews && !isTold;
  });
  const listed = unique.slice(0, MAX_PROBLEMS).map((one) => toDiagnostic(one, locator));
  const rest = unique.length - listed.length;
  if (rest === 0) return listed;
  // A validator stops counting at some point.
  const count = rest < 500 ? String(rest) : `${rest} or more`;
  return [
    ...listed,
    problem('DOC_MORE_PROBLEMS', `The document has ${count} further ${rest === 1 ? 'problem' : 'problems'}.`),
  ];
}

function toDiagnostic({ code, message, range, label, hint, related }: ShapeProblem, locator: Locator): Diagnostic {
  return problem(code, message, {
    at: locator.span(range),
    ...(label === undefined ? {} : { label }),
    ...(hint === undefined ? {} : { hint }),
    ...(related === undefined ? {} : { related: [{ message: related.message, at: locator.span(related.range) }] }),
  });
}
