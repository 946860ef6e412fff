/** Where a person's own settings lie on each platform. Pure: takes the variables and the home folder. */
import { isAbsolute, join } from 'node:path';
import type { Platform } from './platform.ts';

/** The folder that holds the settings of programs, absolute; null where it is not known. `$XDG_CONFIG_HOME` is the caller's to prefer. */
export function configHome(
  platform: Platform,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string | null {
  if (platform.name === 'windows') return env['APPDATA'] ?? null;
  if (!isAbsolute(home)) return null;
  return platform.name === 'macos' ? join(home, 'Library', 'Application Support') : join(home, '.config');
}
