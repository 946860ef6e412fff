/** What differs between the systems that giga runs on, as pure functions. The only place that reads `process.platform`. */

export type PlatformName = 'linux' | 'macos' | 'windows';

export interface Platform {
  readonly name: PlatformName;
  /** Between the folders of PATH. */
  readonly pathDelimiter: ':' | ';';
  /** Names of variables are the same whatever their case. */
  readonly caselessVariables: boolean;
  /** A process and what it starts can be signalled as one. */
  readonly hasProcessGroups: boolean;
  /** Every process has a folder below `/proc`. */
  readonly hasProc: boolean;
}

/** Describes the system that Node calls `name`; what is not known counts as a Linux without `/proc`. */
export function platformOf(name: string): Platform {
  if (name === 'win32') {
    return { name: 'windows', pathDelimiter: ';', caselessVariables: true, hasProcessGroups: false, hasProc: false };
  }
  const posix = { pathDelimiter: ':', caselessVariables: false, hasProcessGroups: true } as const;
  if (name === 'darwin') return { name: 'macos', ...posix, hasProc: false };
  return { name: 'linux', ...posix, hasProc: name === 'linux' };
}

/** The system that giga runs on. */
export function currentPlatform(): Platform {
  return platformOf(process.platform);
}

/** The value of a variable, by the system's own rule for names. */
export function variable(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  platform: Platform,
): string | undefined {
  if (Object.hasOwn(env, name)) return env[name];
  if (!platform.caselessVariables) return undefined;
  const wanted = name.toUpperCase();
  const key = Object.keys(env).find((other) => other.toUpperCase() === wanted);
  return key === undefined ? undefined : env[key];
}
