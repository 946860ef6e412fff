/** Checks the models that a `claude` step names, and what is asked of them by a number. Knows no question. */
import { DEFAULT_MODEL, factsOf, KNOWN_MODELS, temperatureFault } from '../../core/claude/models.ts';
import type { Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import { nearest } from '../../core/nearest.ts';
import { wholeOf } from './quantities.ts';
import { literal } from './text.ts';
import { entryOf, isText, jsonOf, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

type Fields = readonly (readonly [string, Template])[];

function namedIn(claude: Tree): readonly (Tree | undefined)[] {
  const fallback = valueOf(claude, 'fallback');
  return [valueOf(claude, 'model'), ...(fallback?.kind === 'list' ? fallback.items : [fallback])];
}

/** Null for what is known only in a run. */
function nameIn(tree: Tree | undefined): string | null {
  return isText(tree) && !tree.value.includes('${{') ? tree.value : null;
}

/** A name that nobody knows may be new; one that is almost right is a slip. */
export function checkModels(scene: Scene, claude: Tree): void {
  const known = scene.options.config?.models?.known ?? {};
  for (const tree of namedIn(claude)) {
    const name = nameIn(tree);
    if (tree === undefined || name === null || factsOf(name, known) !== null) continue;
    const names = [...KNOWN_MODELS, ...Object.keys(known)];
    const near = nearest(name, names);
    const message = `giga does not know the model \`${name}\`: it has no price and no bounds.`;
    const hint = near === null ? `It knows ${names.join(', ')}.` : `Did you mean \`${near}\`?`;
    scene.warn('PLAN_CLAUDE', message, tree.range, { hint });
  }
}

export function maxTokensOf(scene: Scene, claude: Tree): Fields {
  const tree = valueOf(claude, 'max-tokens');
  if (tree === undefined) return [];
  const model = valueOf(claude, 'model');
  const facts = isText(model) ? factsOf(model.value, scene.options.config?.models?.known) : null;
  const count = wholeOf(scene, tree, 'max-tokens', 1, facts?.maxOutput ?? 1_000_000);
  return count === undefined ? [] : [['maxTokens', literal(count)]];
}

/** Every model that may be asked has to take it; those that are known only in a run are looked at then. */
export function temperatureOf(scene: Scene, claude: Tree): Fields {
  const entry = entryOf(claude, 'temperature');
  if (entry === undefined) return [];
  const { usual = DEFAULT_MODEL, known } = scene.options.config?.models ?? {};
  const runner = valueOf(claude, 'runner');
  if (runner !== undefined && jsonOf(runner) === 'cli')
    scene.error('PLAN_CLAUDE', 'The command line of Claude takes no `temperature`.', entry.keyRange, {
      hint: 'Remove `temperature`, or `runner: cli`.',
    });
  const names = valueOf(claude, 'model') === undefined ? [usual] : [];
  for (const name of [...names, ...namedIn(claude).map(nameIn)]) {
    const fault = name === null ? null : temperatureFault(name, known);
    if (fault !== null) scene.error('PLAN_CLAUDE', fault.message, entry.keyRange, { hint: fault.hint });
  }
  const value = jsonOf(entry.value);
  if (typeof value === 'number' && value >= 0 && value <= 1) return [['temperature', literal(value)]];
  scene.malformed(entry.value.range, '`temperature` is a number from 0 to 1.');
  return [];
}
