/** Joins agents with this machine: their conversations, their sandbox, what they see of the workspace. Only connects; loaded for the first agent. */
import type { Mask } from '../core/ports.ts';
import type { Environment } from '../core/process.ts';
import type { Path } from '../core/run/event.ts';
import type { OpenOp, Run } from '../core/run/run.ts';
import { VERSION } from '../core/version.ts';
import { git } from '../host/git/git-command.ts';
import { createWorkspaceGuard } from '../host/git/workspace-guard.ts';
import { createHttpClient } from '../host/http/client.ts';
import { linePrograms } from '../host/process/line-programs.ts';
import { createBare } from '../host/sandbox/bare.ts';
import { createBubblewrap } from '../host/sandbox/bubblewrap.ts';
import { layoutOf } from '../host/store/file/layout.ts';
import { openNotes } from '../host/store/file/notes.ts';
import { createSessions } from '../host/store/file/sessions.ts';
import { createWorkspaceReader } from '../host/workspace/read-workspace.ts';
import { createWorkspaceFiles } from '../host/workspace/workspace-files.ts';
import type { AgentMeans } from '../steps/claude/agent-step.ts';
import { toolsOf } from '../steps/mcp/tools.ts';
import { clearText, type Secrets } from '../steps/run/environment.ts';
import type { Mcp } from './mcp-steps.ts';
import type { Project } from './project.ts';
import { treesOf } from './saved-trees.ts';

export interface AgentSurroundings {
  readonly project: Project;
  readonly mask: Mask;
  readonly secrets: Secrets;
  /** What steps inherit: without secrets. */
  readonly inherited: Environment;
  /** The run as it is folded. */
  readonly state: Run;
  /** The MCP servers of the run. */
  readonly servers: () => Promise<Mcp>;
}

/** `isTrial`: answers do not simply come from models. Then notes are kept with the run alone, and it begins with none. */
export function agentMeans(
  { project, mask, secrets, inherited, state, servers }: AgentSurroundings,
  isTrial: boolean,
): AgentMeans {
  const layout = layoutOf(project.state);
  const sandbox = createBubblewrap({ mask, hidden: [project.state] });
  const guard = createWorkspaceGuard(treesOf(project), project.root);
  return {
    sessions: createSessions(layout.sessions),
    reader: createWorkspaceReader(),
    files: createWorkspaceFiles(),
    http: createHttpClient(),
    mask,
    sandbox: (kind, { run }) =>
      kind === 'none' ? createBare({ mask, environment: usual(inherited), logFolder: run.folder }) : sandbox,
    notes: (name, { run }) => openNotes(isTrial ? layout.run(run.id).memory : layout.memory, name),
    serverTools: async (offer) => toolsOf(await servers(), offer),
    workflowTools: async (workflows, context) =>
      (await import('./called-runs.ts')).workflowTools(workflows, context, { project, secrets, inherited }),
    guard: async () =>
      (await git(['rev-parse', '--is-inside-work-tree'], { folder: project.root })).ok ? guard : null,
    othersAtWork: ({ work }) => othersAtWork(state, work.node),
    environment: ({ work }, names) =>
      Object.fromEntries(
        names.flatMap((name) => {
          const declared = work.env[name];
          const secret = work.secrets.includes(name) ? secrets.get(name) : undefined;
          const value = secret ?? (declared === undefined ? inherited[name] : clearText(declared, secrets));
          return value === undefined ? [] : [[name, value]];
        }),
      ),
    version: VERSION,
    cli: {
      programs: linePrograms,
      program: 'claude',
      env: cliEnvironment(project.env, inherited),
    },
  };
}

/** Whatever begins meanwhile has an op of its own. */
function othersAtWork(state: Run, path: Path): () => boolean {
  const since = state.lastOp;
  const wereAny = [...state.ops.values()].some(({ kind, node }) => WORKS.has(kind) && node.path !== path);
  return () => wereAny || state.lastOp > since;
}

/** What may write into the workspace while it is open. */
const WORKS: ReadonlySet<OpenOp['kind']> = new Set(['attempt', 'capture', 'check', 'cache']);

/** It signs in as its user does, or with the key for the API. */
function cliEnvironment(env: NodeJS.ProcessEnv, inherited: Environment): Environment {
  const own = Object.entries(env).filter(([name]) => /^(?:ANTHROPIC|CLAUDE)_/.test(name));
  return {
    ...inherited,
    ...Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  };
}

/** Without which no program finds its way. */
function usual(inherited: Environment): Environment {
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'USER', 'SystemRoot'];
  return Object.fromEntries(names.flatMap((name) => (inherited[name] === undefined ? [] : [[name, inherited[name]]])));
}
