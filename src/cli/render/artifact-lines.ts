/** Lines about the files that steps made. Pure. */
import type { KeptFile } from '../../app/commands/artifacts.ts';
import { column, harmless, widthOf } from './text.ts';

const MAX_CELLS = 60;

/** `build  dist/app.js  12.4 kB  sha256:9f86d081884c`. */
export function artifactLines(files: readonly KeptFile[]): string[] {
  const rows = files.map(({ name, step, path, size, sha256 }) => [
    harmless(name ?? step),
    harmless(path),
    bytes(size),
    `sha256:${sha256.slice(0, 12)}`,
  ]);
  const widths = [0, 1, 2].map((cell) => Math.min(MAX_CELLS, Math.max(...rows.map((row) => widthOf(row[cell] ?? '')))));
  return rows.map((row) =>
    row
      .map((text, cell) => column(text, widths[cell] ?? widthOf(text)))
      .join('  ')
      .trimEnd(),
  );
}

/** Decimal, as sizes are written in a workflow. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  for (const [unit, factor] of [
    ['kB', 1e3],
    ['MB', 1e6],
  ] as const)
    if (size < factor * 999.95) return `${(size / factor).toFixed(1)} ${unit}`;
  return `${(size / 1e9).toFixed(1)} GB`;
}
