/** Finds what steps wrote to `$GIGA_SUMMARY`. Knows where it lies, not how it is shown. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Path } from '../../core/run/event.ts';
import { logName } from '../../steps/run/log-name.ts';
import { readFrom } from './logs.ts';

export interface StepSummary {
  readonly path: Path;
  /** Markdown, masked. */
  readonly text: string;
}

const SUFFIX = '.summary';

/** The summaries of these attempts, in their order. A folder that cannot be read has none. */
export function readSummaries(folder: string, attempts: Iterable<readonly [Path, number]>): readonly StepSummary[] {
  const names = new Set(namesIn(folder));
  if (names.size === 0) return [];
  return [...attempts].flatMap(([path, attempt]) => {
    const name = `${logName(path, attempt)}${SUFFIX}`;
    if (!names.has(name)) return [];
    const text = Buffer.concat([...readFrom(join(folder, name), 0)]).toString();
    return text.trim() === '' ? [] : [{ path, text }];
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  } catch {
    return [];
  }
}
