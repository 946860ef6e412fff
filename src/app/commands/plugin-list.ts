/** Tells what plugins are: where they come from, what they have, what they may do, and how risky that is. Calls none of their steps. */
import type { Diagnostic, Result } from '../../core/diagnostic/diagnostic.ts';
import type { Isolation, PluginManifest, PluginPermissions } from '../../core/plugin.ts';
import { type Risk, type RiskReason, riskReasons } from '../../plugin/risk.ts';
import type { Project } from '../project.ts';
import { type BookedPlugin, findBooked, type OpenPlugin, openBooked, pluginBook } from './plugin-book.ts';
import { grantedOf } from './plugin-grants.ts';

export interface ToldPlugin {
  readonly name: string;
  /** As the user would name it. */
  readonly file: string;
  /** Where it is named, each as the user would name it; none for one that only the command line names. */
  readonly by: readonly string[];
  readonly isolation: Isolation;
  readonly integrity: string;
  /** Of its bundle. */
  readonly bytes: number;
  /** Modules of Node that it imports. */
  readonly builtins: readonly string[];
  readonly manifest: PluginManifest;
  readonly granted: PluginPermissions;
  readonly risk: Risk;
  readonly reasons: readonly RiskReason[];
}

/** A plugin that several name in the same way is told once. Those that cannot be read are problems. */
export async function listPlugins(
  project: Project,
  workflow: string | undefined,
): Promise<Result<{ readonly plugins: readonly ToldPlugin[]; readonly diagnostics: readonly Diagnostic[] }>> {
  const book = await pluginBook(project, workflow);
  if (!book.ok) return book;
  const groups = new Map<string, BookedPlugin[]>();
  for (const one of book.value) {
    const key = JSON.stringify([one.name, one.file, one.isolation, one.permissions]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const plugins: ToldPlugin[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [first, ...more] of groups.values()) {
    if (first === undefined) continue;
    const open = await openBooked(project, first);
    if (open.ok) plugins.push(told(open.value, [first, ...more]));
    else diagnostics.push(...open.diagnostics);
  }
  return { ok: true, value: { plugins, diagnostics } };
}

export async function describePlugin(
  project: Project,
  name: string,
  workflow: string | undefined,
): Promise<Result<ToldPlugin>> {
  const booked = await findBooked(project, name, workflow);
  if (!booked.ok) return booked;
  const open = await openBooked(project, booked.value);
  return open.ok ? { ok: true, value: told(open.value, [booked.value]) } : open;
}

function told({ booked, shown, bundle, manifest }: OpenPlugin, all: readonly BookedPlugin[]): ToldPlugin {
  const granted = grantedOf(manifest.permissions, booked.permissions);
  const reasons = riskReasons(booked.isolation, granted);
  return {
    name: booked.name,
    file: shown,
    by: all.flatMap(({ by }) => (by === null ? [] : [by])),
    isolation: booked.isolation,
    integrity: bundle.integrity,
    bytes: bundle.code.length,
    builtins: bundle.builtins,
    manifest,
    granted,
    risk: reasons[0]?.risk ?? 'low',
    reasons,
  };
}
