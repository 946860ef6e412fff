/** Problems of all `permissions` of a workflow: what is none, what is not allowed further out, and what does nothing where it stands. */
import type { MapEntry, Tree } from '../../core/document.ts';
import { covers, isHostPattern } from '../../core/net/hosts.ts';
import { coversPath, isPathPattern, matchName } from '../../core/permissions/path-patterns.ts';
import type { Compilation } from './compilation.ts';
import type { ScopeDraft, StepDraft } from './draft.ts';
import {
  PERMISSION_LISTS,
  type PermissionList,
  type Permitted,
  permissionItems,
  permittedIn,
  permittedTo,
} from './permissions.ts';
import { entryOf, isText, valueOf } from './tree.ts';

interface Rule {
  readonly isOne: (text: string) => boolean;
  readonly covers: (outer: string, inner: string) => boolean;
  readonly isNone: string;
  readonly hint: string;
}

const same = (outer: string, inner: string): boolean => outer === inner;
const PATHS: Rule = {
  isOne: isPathPattern,
  covers: coversPath,
  isNone: 'This is not a path in the workspace.',
  hint: 'Write it from the root, with `/`: `docs`, `src/**`, `*.md`. Neither `..` nor braces can stand in it.',
};

const RULES: Readonly<Record<PermissionList, Rule>> = {
  net: {
    isOne: isHostPattern,
    covers,
    isNone: 'This is not the name of a host.',
    hint: 'Write a name, an address or `*.example.com`, without scheme, port and path.',
  },
  read: PATHS,
  write: PATHS,
  run: {
    isOne: (text) => text.trim() !== '' && text.length <= 200 && !text.includes('\0'),
    covers: same,
    isNone: 'This is not the name of a program.',
    hint: 'Write it as it is called: `git`, `./check.sh`.',
  },
  tools: {
    isOne: (text) => /^[A-Za-z0-9_*-]{1,128}$/.test(text),
    covers: matchName,
    isNone: 'This is not the name of a tool.',
    hint: 'Letters, digits, `_` and `-`, and `*` for any of them: `read`, `files__*`.',
  },
  env: {
    isOne: (text) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text),
    covers: same,
    isNone: 'This is not the name of a variable.',
    hint: 'Letters, digits and `_`; no digit first.',
  },
};

export function checkPermissions(compilation: Compilation, root: Tree, scopes: readonly ScopeDraft[]): void {
  const { permitted } = compilation.role;
  checkLists(compilation, root, permitted);
  for (const scope of scopes) {
    for (const step of scope.steps) {
      const own = entryOf(step.tree, 'permissions');
      if (own === undefined) continue;
      const { owner } = step.scope;
      checkLists(compilation, step.tree, owner === null ? permittedIn(compilation) : permittedTo(owner, compilation));
      checkAction(compilation, step, own);
    }
  }
  // Of a child workflow those of the step that runs it bind it as well.
  const isBound = PERMISSION_LISTS.some((list) => permitted[list] !== null);
  const permissions = entryOf(root, 'permissions') ?? (isBound ? entryOf(root, 'steps') : undefined);
  if (permissions === undefined || !scopes.some((scope) => scope.steps.some((step) => step.action === 'run'))) return;
  compilation.warn(
    'POLICY_NOT_ENFORCED',
    '`permissions` bind the `http`, `mcp`, `claude` and `uses` steps of this workflow, and none of its `run` steps.',
    permissions.keyRange,
    {
      hint: 'What a program of a step may reach is not bounded by giga: only those that an agent runs are in a sandbox.',
    },
  );
}

/** The actions of which a list means something; groups have what is in them. */
const ALL = ['claude', 'workflow', 'include', 'mcp', 'uses'];
const MEANT: Readonly<Record<PermissionList, readonly string[]>> = {
  net: ['http', 'service', ...ALL],
  read: ALL,
  write: ALL,
  run: ALL,
  tools: ALL,
  env: ALL,
};

/** Whether what a step may reach means something beside its action. */
function checkAction(compilation: Compilation, { action, bodies, tree }: StepDraft, own: MapEntry): void {
  if (action === null || bodies.length > 0) return;
  if (action === 'run') {
    compilation.warn(
      'POLICY_NOT_ENFORCED',
      'What this `run` step may reach is not bounded by `permissions`.',
      own.keyRange,
      { hint: 'A program can do what its user can: only those that an agent runs are in a sandbox.' },
    );
    return;
  }
  const asks = valueOf(valueOf(valueOf(tree, 'wait'), 'until'), 'http') !== undefined;
  const entries = own.value.kind === 'map' ? own.value.entries : [];
  for (const { key, keyRange } of entries) {
    const list = PERMISSION_LISTS.find((one) => one === key);
    if (list === undefined || MEANT[list].includes(action) || (list === 'net' && asks)) continue;
    const why = list === 'net' ? 'which reaches no host' : 'which is no agent';
    compilation.error(
      'PLAN_KEY_WITHOUT_EFFECT',
      entries.length === 1
        ? `\`permissions\` does nothing beside \`${action}\`, ${why}.`
        : `\`permissions: { ${list} }\` does nothing beside \`${action}\`, ${why}.`,
      entries.length === 1 ? own.keyRange : keyRange,
      { hint: 'Remove it.' },
    );
  }
}

function checkLists(compilation: Compilation, tree: Tree, outer: Permitted): void {
  for (const list of PERMISSION_LISTS)
    for (const item of permissionItems(tree, list) ?? []) checkItem(compilation, item, list, { tree, outer });
}

interface Around {
  readonly tree: Tree;
  readonly outer: Permitted;
}

function checkItem(compilation: Compilation, item: Tree, list: PermissionList, { tree, outer }: Around): void {
  const rule = RULES[list];
  const allowed = outer[list];
  if (!isText(item) || !rule.isOne(item.value)) {
    compilation.error('PLAN_PERMISSION', rule.isNone, item.range, { hint: rule.hint });
  } else if (allowed !== null && !allowed.some((pattern) => rule.covers(pattern, item.value))) {
    const what = tree === compilation.document.root ? 'the workflow' : 'the step';
    const none = list === 'net' ? 'no hosts' : 'none';
    compilation.error('PLAN_PERMISSION', `\`${item.value}\` is not allowed by what encloses ${what}.`, item.range, {
      hint: `Allowed are: ${allowed.slice(0, 10).join(', ') || none}.`,
    });
  }
}
