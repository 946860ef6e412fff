/** Joins plugins with this machine: where they are found, where they run, and what they may ask for. Only connects; loaded when a workflow names one. */
import { join, resolve } from 'node:path';
import { problem, type Result } from '../core/diagnostic/diagnostic.ts';
import type { Isolation, PluginHost, PluginManifest } from '../core/plugin.ts';
import type { Clock } from '../core/ports.ts';
import type { Environment } from '../core/process.ts';
import { VERSION } from '../core/version.ts';
import { createClock } from '../host/clock.ts';
import { createHttpClient } from '../host/http/client.ts';
import { memoryOfTree } from '../host/process/memory-of.ts';
import { confinements } from '../host/sandbox/confine.ts';
import { createWorkspaceReader } from '../host/workspace/read-workspace.ts';
import { createWorkspaceFiles } from '../host/workspace/workspace-files.ts';
import type { PluginSource } from '../lang/compile/index.ts';
import type { BrokerPorts } from '../plugin/broker.ts';
import { createPluginHost } from '../plugin/host.ts';
import { childProcess } from '../plugin/isolate/child-process.ts';
import { inProcess } from '../plugin/isolate/in-process.ts';
import type { Line } from '../plugin/isolate/peer.ts';
import { createPluginMemory } from '../plugin/memory.ts';
import { type FoundPlugin, findPlugin, type PluginMemory } from '../plugin/reader.ts';
import type { Project } from './project.ts';
import { slashed } from './workspace.ts';

/** Of the process that a plugin says in what it is. */
const READING_MEMORY = 256 * 1_048_576;
const READING_MS = 10_000;
/** A call that does not stop is ended by giga itself; what outlives giga ends by itself a little later. */
const TURN_GRACE_MS = 1_000;

/** A plugin as the compiler takes it; `path` is relative to the workspace root, or absolute. Into `texts` go the files that it is made of. */
export async function readPluginSource(
  project: Project,
  path: string,
  isolation: Isolation,
  texts: Map<string, string>,
): Promise<PluginSource> {
  const file = resolve(project.root, path);
  const found = await findPluginAt(project, file, isolation);
  if (!found.ok) return { ok: false, diagnostics: found.diagnostics };
  const { bundle, manifest } = found.value;
  for (const [input, text] of Object.entries(bundle.inputs)) texts.set(input, text);
  return { ok: true, integrity: bundle.integrity, builtins: bundle.builtins, manifest };
}

/** The plugins of one run. Whoever asks for them closes them. `others` stand for what this machine has. */
export function pluginsOf(
  project: Project,
  inherited: Environment,
  clock: Clock,
  others: Partial<BrokerPorts> = {},
): PluginHost {
  const start = isolating();
  return createPluginHost({
    clock,
    reader: createWorkspaceReader(),
    files: createWorkspaceFiles(),
    http: createHttpClient(),
    variable: (name) => inherited[name] ?? null,
    version: VERSION,
    ...others,
    start: ({ isolation }, manifest) => (isolation === 'none' ? inProcess() : start(isolation, manifest)),
    async find({ name, from, integrity, isolation }) {
      const file = resolve(project.root, from);
      const kept = memoryIn(project).recallBundle(integrity);
      if (kept !== null) return { ok: true, value: { file, ...kept } };
      const found = await findPluginAt(project, file, isolation);
      if (!found.ok) return found;
      if (found.value.bundle.integrity === integrity) return { ok: true, value: { file, ...found.value } };
      const message = `The plugin \`${name}\` is not what it was when the run was planned.`;
      return {
        ok: false,
        diagnostics: [problem('STEP_PLUGIN_CHANGED', message, { hint: '`giga resume` plans anew.' })],
      };
    },
  });
}

/** `file` is absolute. It is read, and says what it is where it will run, and never in the process of giga; none of its steps is called. */
export function findPluginAt(project: Project, file: string, isolation: Isolation): Promise<Result<FoundPlugin>> {
  const start = (): Line =>
    isolating()(isolation === 'none' ? 'limited' : isolation, { memory: READING_MEMORY, timeoutMs: READING_MS });
  return findPlugin(file, (path) => slashed(project.cwd, path), {
    memory: memoryIn(project),
    clock: createClock(),
    start,
  });
}

type Start = (isolation: Exclude<Isolation, 'none'>, limits: Pick<PluginManifest, 'memory' | 'timeoutMs'>) => Line;

/** One for all that one run starts, so that what does not work on this machine is tried once. */
function isolating(): Start {
  const wraps = confinements(process.env['PATH'] ?? '');
  return (isolation, { memory, timeoutMs }) =>
    childProcess({
      inside: isolation === 'strict' ? 'quickjs' : 'node',
      memory,
      turnMs: timeoutMs + TURN_GRACE_MS,
      memoryOf: memoryOfTree,
      wraps,
    });
}

function memoryIn({ state }: Project): PluginMemory {
  return createPluginMemory(join(state, 'cache', 'plugins'), VERSION);
}
