/** What a plugin may do at most, and how much could go wrong with it. Computed from what it asks for and where it runs, never from what it says of itself. Pure. */
import type { Isolation, PluginPermission, PluginPermissions } from '../core/plugin.ts';

export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
export type Risk = (typeof RISKS)[number];

const BY_PERMISSION: Readonly<Record<PluginPermission, Risk>> = {
  read: 'low',
  write: 'medium',
  net: 'medium',
  env: 'medium',
};

export interface RiskReason {
  readonly risk: Risk;
  /** As a person reads it. */
  readonly why: string;
}

/** Every reason, the worst first; the first one's risk is that of the plugin. Without any the risk is low. */
export function riskReasons(isolation: Isolation, granted: PluginPermissions): readonly RiskReason[] {
  const permissions = Object.entries(BY_PERMISSION).flatMap(([name, risk]): readonly RiskReason[] => {
    const list = granted[name as PluginPermission] ?? []; // a key of the map above
    return list.length === 0 ? [] : [{ risk, why: `${name}: ${list.join(', ')}` }];
  });
  const everything: readonly RiskReason[] =
    isolation === 'none' ? [{ risk: 'critical', why: 'isolation: none, so all that giga itself can do' }] : [];
  return [...everything, ...permissions].toSorted((a, b) => RISKS.indexOf(b.risk) - RISKS.indexOf(a.risk));
}
