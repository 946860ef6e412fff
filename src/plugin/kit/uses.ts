/** Which capabilities the source of a plugin uses, as far as a look at it shows: nothing of it is executed, and code that hides what it does is not found out. Pure. */
import type { PluginPermission } from '../../core/plugin.ts';
import { codeOf } from './blank.ts';

export interface CapabilityUse {
  /** As it is written: `fs.read`, `fetch`. */
  readonly capability: string;
  readonly permission: PluginPermission;
  /** What it is called with, where that stands there as a text: a path, a name; of an address the host. */
  readonly about: string | null;
  /** In the text. */
  readonly start: number;
  readonly end: number;
  /** Whether it is the context of a step that is called, and not something else of that name. */
  readonly isSure: boolean;
}

const CALL = /(?:([\w$]+)\s*\??\.\s*)?\b(fs\s*\??\.\s*(?:read|write|list)|fetch|env)\s*\(/g;
const PERMISSION: Readonly<Record<string, PluginPermission>> = {
  'fs.read': 'read',
  'fs.list': 'read',
  'fs.write': 'write',
  fetch: 'net',
  env: 'env',
};
/** Things of the language that have a `fetch` of their own. */
const GLOBALS: ReadonlySet<string> = new Set(['globalThis', 'self', 'window', 'process']);

export function capabilityUses(text: string): readonly CapabilityUse[] {
  const code = codeOf(text);
  return [...code.matchAll(CALL)].flatMap((match) => {
    const [whole, owner, written = ''] = match;
    const capability = written.replaceAll(/[\s?]/g, '');
    const permission = PERMISSION[capability];
    if (permission === undefined || (owner !== undefined && GLOBALS.has(owner))) return [];
    const end = match.index + whole.length;
    const start = end - 1 - written.length;
    const [name = ''] = capability.split('.');
    const isSure = owner === undefined ? isTaken(code, name) : true;
    return [
      { capability, permission, about: aboutOf(capability, text.slice(end, end + 500)), start, end: end - 1, isSure },
    ];
  });
}

/** Whether the name is taken out of an object, as in `run(input, { fs })`, and imported from nowhere. */
function isTaken(code: string, name: string): boolean {
  const isImported = new RegExp(`\\bimport\\b[^;]*?\\b${name}\\b[^;]*?\\bfrom\\b`).test(code);
  return !isImported && new RegExp(`\\{[^{}();]*\\b${name}\\b[^{}();]*\\}\\s*[=):,]`).test(code);
}

function aboutOf(capability: string, behind: string): string | null {
  if (capability === 'fs.list') return null; // a pattern: what it finds is cut to what may be read
  if (capability === 'fetch') return /^\s*['"`]https?:\/\/([^/?#'"`:$@\s]+)(?::\d+)?[/?#'"`]/.exec(behind)?.[1] ?? null;
  return /^\s*(['"`])((?:(?!\1)[^\\\n$])+)\1\s*[,)]/.exec(behind)?.[2] ?? null;
}
