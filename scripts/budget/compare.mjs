/** Holds counts against a budget. Knows nothing of how they were counted. */

/** How much each count may grow before it is a fault: a share of it for bytes and files, a number for the others. */
function roomOf(name, value) {
  if (name.startsWith('bytes')) return Math.ceil(value * 0.05);
  if (name.startsWith('files')) return Math.ceil(value * 0.1);
  return name.startsWith('modules') ? 3 : 0.4;
}

/**
 * Lines about counts over their budget (`over`), far below it (`under`), and not in it, or recorded for other surroundings (`unknown`).
 * A budget is what was recorded: `{ value, where? }` by name.
 * @returns {Record<'over' | 'under' | 'unknown', string[]>}
 */
export function compareCounts(counts, budget) {
  const found = { over: [], under: [], unknown: [] };
  for (const [name, { value, where, why }] of Object.entries(counts)) {
    const known = budget[name];
    if (known === undefined || known.where !== where) {
      const recorded = known === undefined ? 'is not recorded' : `is recorded for ${known.where}, not ${where}`;
      found.unknown.push(`${name}: ${value} ${recorded}`);
      continue;
    }
    const room = roomOf(name, known.value);
    const line = `${name}: ${value}, ${known.value} when it was recorded`;
    if (value > known.value + room) found.over.push(`${line} (room for ${round(room)} more). Look with: ${why}`);
    if (value < known.value - room) found.under.push(line);
  }
  return found;
}

const round = (number) => Math.round(number * 10) / 10;
