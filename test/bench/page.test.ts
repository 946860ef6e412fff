/** The tables of docs/benchmarks.md are those of the figures that were kept, and say which targets were missed. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Page {
  tablesOf(figures: object): string;
}
interface Chart {
  drawChart(runners: readonly { name: string; fan: number; chain?: number }[]): string;
}
const script = (path: string): Promise<unknown> => import(pathToFileURL(`scripts/bench/${path}`).href);
const { tablesOf } = (await script('page.mjs')) as Page; // scripts are JavaScript
const { drawChart } = (await script('chart.mjs')) as Chart; // as above

const MEASURED = { at: '2026-11-20T12:00', load: 1, quick: false, cpus: '2 x CPU', memoryGB: 8, node: '20.0.0' };
const TIMES = { median: 100, min: 90, max: 110, peakMB: 50 };

describe('the page of benchmarks', () => {
  it('shows the figures that are kept beside it', () => {
    const figures = JSON.parse(readFileSync('docs/benchmarks.json', 'utf8')) as object;
    expect(readFileSync('docs/benchmarks.md', 'utf8')).toContain(`bench -- --write\` -->\n${tablesOf(figures)}`);
  });

  it('says of each target whether it was reached', () => {
    const row = { what: 'start', most: 1.6, unit: 'x', against: 'node', ...TIMES };
    const page = (value: number): string => tablesOf({ cold: { ...MEASURED, rows: [{ ...row, value }] } });
    expect(page(1.6)).toContain('| start / node | <= 1.6 | 1.60 ✔ |');
    expect(page(1.61)).toContain('| start / node | <= 1.6 | 1.61 ✘ |');
  });

  it('says of each growth whether it was linear', () => {
    const grown = (value: number): string => {
      const first = { runner: 'set', column: '1000', ...TIMES };
      const second = { runner: 'set', column: '10000', ...TIMES, value };
      return tablesOf({ growth: { ...MEASURED, rows: [first, second] } });
    };
    expect(grown(9)).toContain('| 9.0 ✔ |');
    expect(grown(12)).toContain('| 12.0 ✘ |');
  });
});

it('the chart draws the quickest runner first, and longer bars for more time', () => {
  const chart = drawChart([
    { name: 'slow', fan: 5_000, chain: 9_000 },
    { name: 'giga', fan: 200 },
  ]);
  expect(chart.indexOf('giga')).toBeLessThan(chart.indexOf('slow'));
  const widths = [...chart.matchAll(/<rect class="\w+"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths).toHaveLength(3);
  expect(widths).toEqual(widths.toSorted((a, b) => a - b));
});
