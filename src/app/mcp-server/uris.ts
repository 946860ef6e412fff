/** The addresses of runs as resources: `giga://runs/ID`, its story and its log. */

export type RunPart = 'facts' | 'story' | 'log';

const SUFFIXES: Readonly<Record<RunPart, string>> = { facts: '', story: '/story', log: '/log' };

const RUN_PARTS: readonly RunPart[] = ['facts', 'story', 'log'];

export function runUri(id: string, part: RunPart = 'facts'): string {
  return `giga://runs/${id}${SUFFIXES[part]}`;
}

/** Null for an address of anything else. */
export function readRunUri(uri: string): { readonly id: string; readonly part: RunPart } | null {
  const [, id, suffix = ''] = /^giga:\/\/runs\/([A-Za-z0-9-]+)(\/\w+)?$/.exec(uri) ?? [];
  const part = RUN_PARTS.find((one) => SUFFIXES[one] === suffix);
  return id === undefined || part === undefined ? null : { id, part };
}
