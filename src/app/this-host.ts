/** Which machine and process this is, as `run.opened` says it. */
import { hostname } from 'node:os';

export function thisHost(): { readonly host: string; readonly pid: number } {
  return { host: hostname(), pid: process.pid };
}
