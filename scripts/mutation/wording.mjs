/** What is not mutated: texts that only a person reads. Golden texts elsewhere hold them, and a mutant of one breaks no rule of the core. */

const WORDING = new Set(['message', 'hint', 'title', 'text', 'doc', 'example']);

const isText = (node) => node.type === 'StringLiteral' || node.type === 'TemplateLiteral';

function shouldIgnore({ node, parent, key, listKey }) {
  if (parent?.type === 'ObjectProperty' && key === 'value' && WORDING.has(parent.key.name) && isText(node))
    return 'wording of a diagnostic or of the documentation';
  if (parent?.type === 'NewExpression' && parent.callee.name === 'Error' && isText(node))
    return 'wording of an error that is a bug';
  // `halt(code, message, hint)`: the code is held by tests, what follows is wording.
  if (parent?.type === 'CallExpression' && parent.callee.name === 'halt' && listKey === 'arguments' && key > 0)
    return 'wording of what stops an expression';
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'wording', value: { shouldIgnore } }];
