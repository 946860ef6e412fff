/** The tools that agents have by name. Only puts them together. */
import type { HttpClient } from '../../../core/http.ts';
import type { BuiltInTool } from '../../../core/plan/agent-request.ts';
import type { Environment } from '../../../core/process.ts';
import type { Sandbox } from '../../../core/sandbox.ts';
import type { WorkspaceFiles } from '../../../core/workspace-files.ts';
import type { OfferedTool } from '../agent-types.ts';
import { editTool } from './edit.ts';
import { fetchTool } from './fetch.ts';
import { readTool } from './read.ts';
import { runTool } from './run.ts';
import { searchTool } from './search.ts';
import type { Workspace } from './workspace.ts';

export interface ToolMeans {
  readonly workspace: Workspace;
  readonly files: WorkspaceFiles;
  readonly client: HttpClient;
  readonly sandbox: Sandbox;
  /** What programs get. */
  readonly env: Environment;
  /** Bytes of memory that programs may have. */
  readonly memory?: number;
  /** Names who writes: the same for every attempt. */
  readonly key: string;
  readonly version: string;
}

export function builtInTool(name: BuiltInTool, means: ToolMeans): OfferedTool {
  const { workspace, files, client, sandbox, env, memory, key, version } = means;
  switch (name) {
    case 'read':
      return { tool: readTool(workspace), reach: 'looks' };
    case 'search':
      return { tool: searchTool(workspace), reach: 'looks' };
    case 'edit':
      return { tool: editTool(workspace, files, key), reach: 'edits' };
    case 'run':
      // In the sandbox it can write nowhere else: what changes there meanwhile is the work of others.
      return {
        tool: runTool(workspace, { sandbox, env, ...(memory !== undefined && { memory }) }),
        reach: sandbox.kind === 'none' ? 'acts' : 'edits',
      };
    case 'fetch':
      return { tool: fetchTool(workspace.permissions, { client, version }), reach: 'looks' };
  }
}
