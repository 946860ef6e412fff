/** Reads `permissions`: what a workflow, a group or a step may reach. An inner one can only narrow. So far there is `net`. */
import type { MapEntry, Tree } from '../../core/document.ts';
import { covers, isHostPattern, plainHost } from '../../core/net/hosts.ts';
import type { Compilation } from './compilation.ts';
import type { ScopeDraft, StepDraft } from './draft.ts';
import { entryOf, isText, valueOf } from './tree.ts';

export interface NetPermission {
  /** Hosts and patterns; null: every public host. */
  readonly net: readonly string[] | null;
  /** Hosts that every `net` on the way names, so that they may be private. */
  readonly named: readonly string[];
}

export const OPEN: NetPermission = { net: null, named: [] };

/** What a step may reach, by its own word, that of the groups around it, that of the workflow, and what this may reach as a child. */
export function netOf(step: StepDraft, { document: { root }, role }: Compilation): NetPermission {
  return [...(root === null ? [] : [root]), ...around(step)].reduce<NetPermission>((outer, tree) => {
    const hosts = hostsOf(tree);
    if (hosts === null) return outer;
    const named = hosts.filter((host) => !host.includes('*') && (outer.net === null || outer.named.includes(host)));
    return { net: hosts, named };
  }, role.net);
}

/** The trees of a step and of the groups that it stands in, from outside. */
function around(step: StepDraft): readonly Tree[] {
  const trees: Tree[] = [];
  for (let at: StepDraft | null = step; at !== null; at = at.scope.owner) trees.unshift(at.tree);
  return trees;
}

function hostsOf(tree: Tree): readonly string[] | null {
  const net = valueOf(valueOf(tree, 'permissions'), 'net');
  if (net === undefined) return null;
  const items = net.kind === 'list' ? net.items : [net];
  return items.flatMap((item) => (isText(item) ? [plainHost(item.value)] : []));
}

/** Problems of all `permissions` of a workflow. */
export function checkPermissions(compilation: Compilation, root: Tree, scopes: readonly ScopeDraft[]): void {
  checkHosts(compilation, root, compilation.role.net.net);
  for (const scope of scopes) {
    for (const step of scope.steps) {
      const own = entryOf(step.tree, 'permissions');
      if (own === undefined) continue;
      const owner = step.scope.owner;
      checkHosts(
        compilation,
        step.tree,
        owner === null ? (hostsOf(root) ?? compilation.role.net.net) : netOf(owner, compilation).net,
      );
      checkAction(compilation, step, own);
    }
  }
  // Of a child workflow those of the step that runs it bind it as well.
  const bound = compilation.role.net.net === null ? undefined : entryOf(root, 'steps');
  const permissions = entryOf(root, 'permissions') ?? bound;
  if (permissions === undefined || !scopes.some((scope) => scope.steps.some((step) => step.action === 'run'))) return;
  compilation.warn(
    'POLICY_NOT_ENFORCED',
    '`permissions` bind the `http` steps of this workflow, and none of its `run` steps.',
    permissions.keyRange,
    { hint: 'What a program may reach is not bounded by giga: no sandbox is built yet.' },
  );
}

/** Whether what a step may reach means something beside its action. */
function checkAction(compilation: Compilation, { action, bodies, tree }: StepDraft, { keyRange }: MapEntry): void {
  if (action === null || bodies.length > 0 || ['http', 'mcp', 'service', 'workflow', 'include'].includes(action))
    return;
  if (valueOf(valueOf(valueOf(tree, 'wait'), 'until'), 'http') !== undefined) return;
  if (action === 'run') {
    compilation.warn(
      'POLICY_NOT_ENFORCED',
      'What this `run` step may reach is not bounded by `permissions`.',
      keyRange,
      {
        hint: 'A program can do what its user can: no sandbox is built yet.',
      },
    );
  } else {
    const message = `\`permissions\` does nothing beside \`${action}\`, which reaches no host.`;
    compilation.error('PLAN_KEY_WITHOUT_EFFECT', message, keyRange, { hint: 'Remove it.' });
  }
}

function checkHosts(compilation: Compilation, tree: Tree, outer: readonly string[] | null): void {
  const isRoot = tree === compilation.document.root;
  const net = valueOf(valueOf(tree, 'permissions'), 'net');
  const items = net?.kind === 'list' ? net.items : net === undefined ? [] : [net];
  for (const item of items) {
    if (!isText(item) || !isHostPattern(item.value)) {
      compilation.error('PLAN_PERMISSION', 'This is not the name of a host.', item.range, {
        hint: 'Write a name, an address or `*.example.com`, without scheme, port and path.',
      });
    } else if (outer !== null && !outer.some((pattern) => covers(pattern, item.value))) {
      compilation.error(
        'PLAN_PERMISSION',
        `\`${item.value}\` is not allowed by what encloses ${isRoot ? 'the workflow' : 'the step'}.`,
        item.range,
        {
          hint: `Allowed are: ${outer.slice(0, 10).join(', ') || 'no hosts'}.`,
        },
      );
    }
  }
}
