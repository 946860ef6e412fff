/** Compiles `env:` of workflow, profile, groups and steps. Knows the order of the layers, not the process environment. */
import type { MapTree, Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import { bareObject } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import type { Compilation } from './compilation.ts';
import { envRunTemplate } from './expressions.ts';
import type { Place } from './place.ts';
import { literal, textTemplate } from './text.ts';
import { isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

export type EnvTemplates = Readonly<Record<string, Template>>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The environment that every step has: `giga.yaml`, `env-files`, workflow, profile; later layers win. */
export function compileWorkflowEnv(scene: Scene, root: MapTree, profile: Tree | undefined, place: Place): EnvTemplates {
  if (scene.role.kind === 'fragment') return bareObject();
  const { config, envFiles, profile: name } = scene.options;
  const configProfile = name === undefined ? undefined : config?.profiles?.[name]?.env;
  return bareObject([
    ...literals(config?.env),
    ...literals(envFiles),
    ...Object.entries(compileEnv(scene, valueOf(root, 'env'), place) ?? {}),
    ...literals(configProfile),
    ...Object.entries(compileEnv(scene, valueOf(profile, 'env'), place) ?? {}),
  ]);
}

/** The names in that environment. */
export function workflowEnvNames(
  compilation: Compilation,
  root: MapTree,
  profile: Tree | undefined,
): readonly string[] {
  if (compilation.role.kind === 'fragment') return [...compilation.role.env];
  const { config, envFiles, profile: name } = compilation.options;
  const given = [config?.env, envFiles, name === undefined ? undefined : config?.profiles?.[name]?.env];
  const written = [valueOf(root, 'env'), valueOf(profile, 'env')];
  return [
    ...given.flatMap((values) => Object.keys(values ?? {})),
    ...written.flatMap((tree) => (tree?.kind === 'map' ? tree.entries.map((entry) => entry.key) : [])),
  ];
}

/** The part of the document that `--profile` picks. */
export function profileTree(scene: Compilation, root: MapTree): Tree | undefined {
  const name = scene.options.profile;
  if (name === undefined) return undefined;
  const tree = valueOf(valueOf(root, 'profiles'), name);
  const known = scene.options.config?.profiles ?? {};
  // The one that is run has the profile; those that it runs may have it.
  if (tree !== undefined || Object.hasOwn(known, name) || scene.role.kind !== 'root') return tree;
  const profiles = valueOf(root, 'profiles');
  const names = [
    ...(profiles?.kind === 'map' ? profiles.entries.map((entry) => entry.key) : []),
    ...Object.keys(known),
  ];
  scene.error('PLAN_UNKNOWN_PROFILE', `There is no profile \`${name}\`.`, profiles?.range ?? [0, 0], {
    hint:
      names.length === 0
        ? 'Neither the workflow nor `giga.yaml` has `profiles:`.'
        : `The profiles are: ${names.slice(0, 20).join(', ')}.`,
    ...similarHint('a profile', name, names),
  });
  return undefined;
}

export function compileEnv(scene: Scene, tree: Tree | undefined, place: Place): EnvTemplates | undefined {
  if (tree === undefined) return undefined;
  if (tree.kind !== 'map') {
    scene.malformed(tree.range, '`env` is a map of variables.');
    return undefined;
  }
  const entries = tree.entries.map(({ key, keyRange, value }) => {
    if (!NAME.test(key))
      scene.malformed(
        keyRange,
        `\`${key}\` cannot be the name of a variable.`,
        'Names of variables are made of letters, digits and `_`.',
      );
    return [key, compileVariable(scene, value, { ...place, variable: key })] as const;
  });
  return bareObject(entries);
}

/** A variable is always a text; `{ run: cmd }` is the output of a command. */
function compileVariable(scene: Scene, tree: Tree, place: Place): Template {
  if (tree.kind !== 'map') return textTemplate(scene, tree, place, 'empty');
  const command = valueOf(tree, 'run');
  if (isText(command) && !command.value.includes('${{')) return envRunTemplate(command.value);
  if (isText(command)) {
    scene.error(
      'PLAN_VALUE_IN_PROGRAM',
      'The command of a variable cannot hold `${{ }}`: the shell would execute the value.',
      command.range,
      {
        hint: 'Compute it in a step with `run`, and read its output.',
      },
    );
  } else {
    scene.malformed(tree.range, 'A variable is a text, or `{ run: command }`.');
  }
  return literal('');
}

function literals(values: Readonly<Record<string, string>> | undefined): readonly (readonly [string, Template])[] {
  return Object.entries(values ?? {}).map(([key, value]) => [key, literal(value)] as const);
}
