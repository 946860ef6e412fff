/** What an access to a member gives, by the type that it is of. Knows the words for members of the known contexts. */
import type { Expr } from '../../core/expr/ast.ts';
import { print } from '../../core/expr/print.ts';
import { ANY, alternatives, describeType, listOf, type Type, unionOf } from '../../core/expr/type.ts';
import { similarHint } from '../../core/nearest.ts';
import { lengthOf } from './extent.ts';
import type { ExpressionProblem } from './parse.ts';

type Access = Expr & { kind: 'member' | 'index' | 'wildcard' };
interface Read {
  readonly type: Type;
  readonly problem?: ExpressionProblem;
}

/** The type of `node`, where what it is of has the type `of`. */
export function readMember(node: Access, of: Type): Read {
  const reads = alternatives(of).map((type) => readAlternative(node, type));
  const good = reads.filter((read) => !read.problem);
  // Where a value may be of several types, only what is wrong for all of them is certain.
  if (good.length === 0) return { type: ANY, ...(reads[0]?.problem ? { problem: reads[0].problem } : {}) };
  return { type: unionOf(...good.map((read) => read.type)) };
}

function readAlternative(node: Access, of: Type): Read {
  if (node.kind === 'wildcard') return { type: listOf(itemOf(of)) };
  if (of.kind === 'any' || of.kind === 'union' || of.kind === 'secret') return { type: ANY };
  const name = nameOf(node);
  if (of.kind === 'object') return name === null ? { type: ANY } : readField(node, name, of);
  if (of.kind === 'list') {
    const isIndex = name === null || name.trim() === '' || !Number.isNaN(Number(name));
    if (isIndex) return { type: unionOf(of.of, { kind: 'null' }) };
    const hint = `Write \`${print(node.of)}.*.${name}\` for the "${name}" of every item, or \`[0]\` for one.`;
    return {
      type: ANY,
      problem: problemAt(node, 'EXPR_UNKNOWN_MEMBER', `\`${print(node.of)}\` is a list and has no "${name}".`, hint),
    };
  }
  const message = `\`${print(node.of)}\` is ${describeType(of)} and has no members.`;
  return { type: ANY, problem: problemAt(node, 'EXPR_UNKNOWN_MEMBER', message) };
}

function readField(node: Access, name: string, { fields, isOpen }: Type & { kind: 'object' }): Read {
  const type = fields.get(name) ?? findField(name, fields);
  if (type) return { type };
  if (isOpen) return { type: ANY };
  const { code, message, what } = describeMissing(node, name);
  const { hint = listKnown([...fields.keys()]) } = similarHint(what, name, fields.keys());
  return { type: ANY, problem: problemAt(node, code, message, hint) };
}

function findField(name: string, fields: ReadonlyMap<string, Type>): Type | undefined {
  const wanted = name.toLowerCase();
  for (const [candidate, type] of fields) if (candidate.toLowerCase() === wanted) return type;
  return undefined;
}

/** The name that an access asks for; null if it is computed. */
function nameOf(node: Access): string | null {
  if (node.kind === 'member') return node.name;
  if (node.kind !== 'index' || node.index.kind !== 'literal' || node.index.value === null) return null;
  return String(node.index.value);
}

function itemOf(type: Type): Type {
  if (type.kind === 'list') return type.of;
  return type.kind === 'object' && !type.isOpen ? unionOf(...type.fields.values()) : ANY;
}

/** What the members of these contexts are called. */
const MEMBER_WORDS: ReadonlyMap<string, string> = new Map([
  ['inputs', 'input'],
  ['secrets', 'secret'],
  ['env', 'variable'],
  ['vars', 'variable'],
]);

interface Missing {
  readonly code: ExpressionProblem['code'];
  readonly message: string;
  /** What it would be, with its article. */
  readonly what: string;
}

function describeMissing({ of }: Access, name: string): Missing {
  const context = of.kind === 'name' ? of.name.toLowerCase() : '';
  if (context === 'steps' || context === 'needs') {
    return { code: 'EXPR_UNKNOWN_STEP', message: `There is no step "${name}" that can be seen here.`, what: 'a step' };
  }
  const code = 'EXPR_UNKNOWN_MEMBER';
  const word = MEMBER_WORDS.get(context);
  if (word)
    return { code, message: `There is no ${word} "${name}".`, what: word === 'input' ? 'an input' : `a ${word}` };
  const step = of.kind === 'member' && of.name === 'outputs' && of.of.kind === 'member' ? of.of : null;
  if (step?.of.kind === 'name' && /^(steps|needs)$/i.test(step.of.name)) {
    return { code, message: `Step "${step.name}" has no output "${name}".`, what: 'an output' };
  }
  return { code, message: `\`${print(of)}\` has no "${name}".`, what: 'a member' };
}

function listKnown(names: readonly string[]): string {
  if (names.length === 0) return 'None is declared.';
  const shown = names.slice(0, 12).map((name) => `"${name}"`);
  return `There ${names.length === 1 ? 'is' : 'are'} ${shown.join(', ')}${names.length > shown.length ? ' …' : ''}.`;
}

function problemAt(node: Access, code: ExpressionProblem['code'], message: string, hint?: string): ExpressionProblem {
  const at = node.kind === 'member' ? (node.nameAt ?? node.at) : node.kind === 'index' ? node.index.at : node.at;
  const length = node.kind === 'member' ? node.name.length : node.kind === 'index' ? lengthOf(node.index) : 1;
  return { code, message, at, length, ...(hint === undefined ? {} : { hint }) };
}
