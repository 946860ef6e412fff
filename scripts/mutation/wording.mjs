/** What is not mutated: texts that only a person reads. Golden texts elsewhere hold them, and a mutant of one breaks no rule of the core. */

const WORDING = new Set(['message', 'hint', 'title', 'text', 'doc', 'example']);

const isText = (node) => node.type === 'StringLiteral' || node.type === 'TemplateLiteral';
const isWording = (node) =>
  isText(node) ||
  (node.type === 'ObjectExpression' && node.properties.every(({ key }) => key !== undefined && WORDING.has(key.name)));

/** `halt(code, message, hint)`, `problem(code, message, { hint })`: the code is held by tests, what follows is wording. */
const MAKERS = new Set(['halt', 'problem', 'warning']);

function shouldIgnore({ node, parent, key, listKey }) {
  if (parent?.type === 'ObjectProperty' && key === 'value' && WORDING.has(parent.key.name) && isText(node))
    return 'wording of a diagnostic or of the documentation';
  if (parent?.type === 'NewExpression' && parent.callee.name === 'Error' && isText(node))
    return 'wording of an error that is a bug';
  if (
    parent?.type === 'CallExpression' &&
    listKey === 'arguments' &&
    key > 0 &&
    MAKERS.has(parent.callee.name) &&
    isWording(node)
  )
    return 'wording of a diagnostic';
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'wording', value: { shouldIgnore } }];
