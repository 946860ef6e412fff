/**
 * What a bench has found: prints each line as it comes and keeps it as a row,
 * `{ suite, what, value, unit, most?, against?, quietest?, text?, median, min, max, peakMB, runner?, column? }`.
 */
export function makeRecord() {
  const rows = [];
  return {
    rows,
    /**
     * One line. `value` is what the target `{ most, unit }` is about; without a target it only informs. `result` is a measurement, or null
     * for what is no time. `quietest` is the ratio of the fastest runs of both, which a busy machine disturbs least.
     */
    add(suite, what, result, { value, quietest, most, unit, against, text, runner, column } = {}) {
      const { all: _, ...times } = result ?? {};
      rows.push(rounded({ suite, what, value, quietest, most, unit, against, text, runner, column, ...times }));
      console.log(lineOf({ what, result, value, quietest, most, unit, against, text }));
    },
  };
}

function lineOf({ what, result, value, quietest, most, unit, against, text }) {
  const times = result
    ? `${result.median.toFixed(0).padStart(6)} ms (${result.min.toFixed(0)}-${result.max.toFixed(0)})`
    : '';
  const memory = result ? `${result.peakMB.toFixed(0).padStart(4)} MB` : '';
  const best = quietest === undefined ? '' : ` (${quietest.toFixed(2)})`;
  const figure = value === undefined ? '' : `${value.toFixed(2)}${best} ${unit}${against ? ` ${against}` : ''}`;
  const target = most === undefined ? (text ?? '') : `target <= ${most}   ${value <= most ? 'reached' : 'MISSED'}`;
  return `${what.padEnd(50)}${times.padEnd(24)}${memory.padEnd(10)}${figure.padEnd(32)}${target}`.trimEnd();
}

/** Three digits behind the point are more than any of this means; absent values are left out. */
function rounded(row) {
  const entries = Object.entries(row).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'number' ? Math.round(value * 1000) / 1000 : value]),
  );
}
