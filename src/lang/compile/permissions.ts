/** Reads `permissions`: what a workflow, a group or a step may reach. An inner one can only narrow. Says what holds; problems are told elsewhere. */
import type { Tree } from '../../core/document.ts';
import { plainHost } from '../../core/net/hosts.ts';
import type { Compilation } from './compilation.ts';
import type { StepDraft } from './draft.ts';
import { isText, valueOf } from './tree.ts';

/** The lists of `permissions`; those but `net` bind agents and the tools of servers. */
export const PERMISSION_LISTS = ['net', 'read', 'write', 'run', 'tools', 'env'] as const;
export type PermissionList = (typeof PERMISSION_LISTS)[number];

/** What may be reached; null where nothing is said. Plain JSON. */
export type Permitted = { readonly [list in PermissionList]: readonly string[] | null } & {
  /** Hosts that every `net` on the way names, so that they may be private. */
  readonly named: readonly string[];
};

export const OPEN: Permitted = { net: null, named: [], read: null, write: null, run: null, tools: null, env: null };

/** What a step may reach, by its own word, that of the groups around it, that of the workflow, and what this may reach as a child. */
export function permittedTo(step: StepDraft, compilation: Compilation): Permitted {
  return around(step).reduce(narrowed, permittedIn(compilation));
}

/** The same for the workflow as a whole. */
export function permittedIn({ document: { root }, role }: Compilation): Permitted {
  return root === null ? role.permitted : narrowed(role.permitted, root);
}

function narrowed(outer: Permitted, tree: Tree): Permitted {
  const own = (list: PermissionList): readonly string[] | null => listOf(tree, list) ?? outer[list];
  const hosts = listOf(tree, 'net');
  const named = hosts?.filter((host) => !host.includes('*') && (outer.net === null || outer.named.includes(host)));
  return {
    net: hosts ?? outer.net,
    named: named ?? outer.named,
    read: own('read'),
    write: own('write'),
    run: own('run'),
    tools: own('tools'),
    env: own('env'),
  };
}

/** The trees of a step and of the groups that it stands in, from outside. */
function around(step: StepDraft): readonly Tree[] {
  const trees: Tree[] = [];
  for (let at: StepDraft | null = step; at !== null; at = at.scope.owner) trees.unshift(at.tree);
  return trees;
}

function listOf(tree: Tree, list: PermissionList): readonly string[] | null {
  const texts = permissionItems(tree, list)?.flatMap((item) => (isText(item) ? [item.value] : []));
  return (list === 'net' ? texts?.map(plainHost) : texts) ?? null;
}

/** What stands under a list; null where it says nothing. */
export function permissionItems(tree: Tree, list: PermissionList): readonly Tree[] | null {
  const found = valueOf(valueOf(tree, 'permissions'), list);
  if (found === undefined) return null;
  return found.kind === 'list' ? found.items : [found];
}
