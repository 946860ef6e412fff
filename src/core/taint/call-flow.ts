/** How taint passes through a call: which functions make a checked value of a text, and which give parts of what they are given. */
import type { Expr } from '../expr/ast.ts';
import type { FunctionSpec } from '../expr/functions/spec.ts';
import { findFunction } from '../expr/functions/table.ts';
import { alternatives } from '../expr/type.ts';
import type { Bound, Sources } from './flow.ts';
import { anyMember, asEncoded, asText, flat, join, listOf, member, namesIn, parts, type Taint } from './taint.ts';

type Call = Expr & { readonly kind: 'call' };
type Flow = (node: Expr, sources: Sources, bound: Bound) => Taint;

/** Texts of digits, or of words of giga's own. */
const GIVES_CLEAN_TEXT: ReadonlySet<string> = new Set(['sha256', 'hashfiles', 'uuid5', 'now', 'glob', 'readfile']);
const READS_FILES: ReadonlySet<string> = new Set(['hashfiles', 'glob', 'readfile']);

export function callFlow(node: Call, sources: Sources, bound: Bound, flow: Flow): Taint {
  const name = node.name.toLowerCase();
  const { values, lambda } = argumentsOf(node, sources, bound, flow);
  if (READS_FILES.has(name)) sources.readPath?.(flat(join(...values)));
  const spec = findFunction(name);
  if (GIVES_CLEAN_TEXT.has(name) || (spec !== undefined && givesNoText(spec))) return null;
  return resultOf(name, values, lambda, sources, node);
}

/** Numbers, booleans, null, and texts of which all are known. */
function givesNoText({ result }: FunctionSpec): boolean {
  return alternatives(result).every(
    (type) =>
      type.kind === 'number' ||
      type.kind === 'boolean' ||
      type.kind === 'null' ||
      (type.kind === 'string' && type.words !== undefined),
  );
}

interface Arguments {
  /** Without lambdas. */
  readonly values: readonly Taint[];
  /** What the lambda gives. */
  readonly lambda: Taint;
}

function argumentsOf(node: Call, sources: Sources, bound: Bound, flow: Flow): Arguments {
  const values: Taint[] = [];
  let lambda: Taint = null;
  for (const argument of node.args) {
    if (argument.kind !== 'lambda') {
      values.push(flow(argument, sources, bound));
      continue;
    }
    // The first parameter is an item, the second its place.
    const item = anyMember(values[0] ?? null);
    const given = argument.params.map((name, at) => [name, at === 0 ? item : null] as const);
    lambda = join(lambda, flow(argument, sources, new Map([...bound, ...given])));
  }
  return { values, lambda };
}

function resultOf(name: string, values: readonly Taint[], lambda: Taint, sources: Sources, node: Call): Taint {
  const [first = null] = values;
  switch (name) {
    case 'filter':
    case 'sortby':
    case 'sort':
    case 'unique':
    case 'reverse':
    case 'slice':
    case 'trim':
    case 'lower':
    case 'upper':
      return first;
    case 'find':
    case 'first':
    case 'last':
      return anyMember(first);
    case 'min':
    case 'max':
      return join(...values.map(asText), ...values.map((value) => asText(anyMember(value))));
    case 'map':
      return listOf(lambda);
    case 'groupby':
      // What it is grouped by becomes the names.
      return lambda === null ? listOf(listOf(anyMember(first))) : flat(join(first, lambda));
    case 'values':
      return listOf(anyMember(first));
    case 'keys':
      return listOf(namesIn(first));
    case 'entries':
      return listOf(
        parts([
          ['key', namesIn(first)],
          ['value', anyMember(first)],
        ]),
      );
    case 'merge':
    case 'default':
      return join(...values);
    case 'case':
      return join(...values.filter((_, at) => at % 2 === 1 || at === values.length - 1));
    case 'flatten':
      return listOf(anyMember(anyMember(first)));
    case 'chunk':
      return listOf(listOf(anyMember(first)));
    case 'split':
      return listOf(asText(first));
    case 'date':
      // Its letters are those of the pattern.
      return asText(values[1] ?? null);
    case 'join':
      return join(asText(first), asText(anyMember(first)), ...values.slice(1).map(asText));
    case 'format':
    case 'string':
      return join(...values.map(asText));
    case 'urlencode':
      return asEncoded(asText(first), true);
    case 'replace':
    case 'base64':
      return asEncoded(join(...values.map(asText)), false);
    case 'env':
      return variableOf(node, sources);
    default:
      // Joined, escaped, cut or read again: any of the texts may be anywhere in it.
      return asEncoded(flat(join(...values, lambda)), false);
  }
}

function variableOf({ args: [name] }: Call, sources: Sources): Taint {
  const variables = sources.context('env');
  return name?.kind === 'literal' ? member(variables, String(name.value)) : anyMember(variables);
}
