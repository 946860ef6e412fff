/** What a plugin is granted outside of a workflow: what it asks for, as far as whoever names it lets it have. Pure. */
import type { JsonObject } from '../../core/json.ts';
import { covers } from '../../core/net/hosts.ts';
import { coversPath } from '../../core/permissions/path-patterns.ts';
import { PLUGIN_PERMISSIONS, type PluginPermissions } from '../../core/plugin.ts';
import { both } from '../../lang/compile/plugins.ts';

const WITHIN = {
  read: coversPath,
  write: coversPath,
  net: covers,
  env: (outer: string, inner: string) => outer === inner,
} as const;

/** `allowed`: null for all that it asks for. Every list is there, since an absent one would say nothing against it. */
export function grantedOf(
  wanted: PluginPermissions,
  allowed: PluginPermissions | null,
): Readonly<Record<(typeof PLUGIN_PERMISSIONS)[number], readonly string[]>> {
  const list = (name: (typeof PLUGIN_PERMISSIONS)[number]): readonly string[] =>
    both(wanted[name] ?? [], allowed === null ? null : (allowed[name] ?? []), WITHIN[name]);
  return { read: list('read'), write: list('write'), net: list('net'), env: list('env') };
}

/** As a request holds it. A host of a private network is reached where a person has named it. */
export function grantedJson(wanted: PluginPermissions, allowed: PluginPermissions | null): JsonObject {
  const granted = grantedOf(wanted, allowed);
  const said = (allowed?.net ?? []).filter((host) => !host.includes('*'));
  return { ...granted, named: granted.net.filter((host) => said.includes(host)) };
}
