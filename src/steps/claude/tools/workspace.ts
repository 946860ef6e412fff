/** Where the tools of an agent work, and what they may touch there. Knows permissions, no disk. */
import { resolve } from 'node:path';
import { mayRead, mayWrite, type Permissions } from '../../../core/permissions/permissions.ts';
import type { Located, WorkspaceReader } from '../../../core/workspace-reader.ts';
import type { ToolAnswer } from '../../tool.ts';
import { denied, failed } from '../tool-calls.ts';

export interface Workspace {
  /** Absolute. */
  readonly root: string;
  /** Where the agent works, relative to the root: paths of tools are relative to it. */
  readonly cwd: string;
  readonly permissions: Permissions;
  readonly reader: WorkspaceReader;
}

export function folderOf({ root, cwd }: Workspace): string {
  return resolve(root, cwd);
}

/** A place that the agent names, or why it may not have it. A link is what it leads to. */
export async function placeFor(
  workspace: Workspace,
  path: string,
  what: 'read' | 'write',
): Promise<Located | ToolAnswer> {
  const found = await workspace.reader.locate(workspace.root, folderOf(workspace), path);
  if (!found.ok) {
    const message = found.diagnostics[0]?.message ?? `\`${path}\` cannot be looked at.`;
    return message.includes('outside') ? denied(message) : failed(message);
  }
  const { path: at, kind } = found.value;
  if (kind === 'folder') return found.value;
  const may = what === 'read' ? mayRead(workspace.permissions, at) : mayWrite(workspace.permissions, at);
  if (may) return found.value;
  const list = workspace.permissions[what];
  const allowed =
    list === null
      ? 'files that keep secrets, and those of git and giga, are not'
      : `allowed are: ${list.join(', ') || 'none'}`;
  return denied(`\`${at}\` may not be ${what === 'read' ? 'read' : 'written'} (${allowed}).`);
}

export function isAnswer(place: Located | ToolAnswer): place is ToolAnswer {
  return 'verdict' in place;
}

export function ok(text: string): ToolAnswer {
  return { verdict: 'ok', content: [{ type: 'text', text }] };
}

export function textArgument(args: Readonly<Record<string, unknown>>, name: string): string {
  const value = args[name];
  return typeof value === 'string' ? value : '';
}

export function countArgument(args: Readonly<Record<string, unknown>>, name: string, otherwise: number): number {
  const value = args[name];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : otherwise;
}
