/** Keeps the newest figures of each suite in docs/benchmarks.json, and writes the tables of docs/benchmarks.md and the chart from them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { drawChart } from './chart.mjs';

const FIGURES = 'docs/benchmarks.json';
const PAGE = 'docs/benchmarks.md';
const CHART = 'docs/benchmarks.svg';
const MARKED = /(<!-- figures: [^>]*-->\n)[^]*?(<!-- end of figures -->)/;

/** Puts the suites that were measured in the place of what was known of them; gives all. */
export function keepFigures(found) {
  const known = existsSync(FIGURES) ? JSON.parse(readFileSync(FIGURES, 'utf8')) : {};
  const all = { ...known, ...found };
  writeFileSync(FIGURES, `${JSON.stringify(all, null, 1)}\n`);
  return all;
}

/** Writes the tables between the marks of the page, and the chart. */
export function writePage(figures) {
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(
    PAGE,
    page.replace(MARKED, (_, begin, end) => `${begin}${tablesOf(figures)}\n${end}`),
  );
  const runners = runnersOf(figures).map(({ name, cells }) => {
    const chain = cells.get('slope chain')?.value;
    return { name, fan: cells.get('slope fan')?.value, ...(chain === undefined ? {} : { chain }) };
  });
  const drawn = runners.filter(({ fan }) => fan !== undefined);
  if (drawn.length > 0) writeFileSync(CHART, drawChart(drawn));
}

/**
 * The tables as Markdown.
 * @public
 */
export function tablesOf(figures) {
  const rest = Object.keys(figures).filter((name) => name !== 'growth');
  return [
    sectionOf('Beside other runners', peerTable(figures), figures, ['peers', 'killed']),
    sectionOf('Ratios and targets', targetTable(figures), figures, rest),
    sectionOf('Growth', growthTable(figures), figures, ['growth']),
  ].join('');
}

function sectionOf(title, table, figures, suites) {
  return table === null ? '' : `\n## ${title}\n\n${table}\n\n${measuredAt(figures, suites)}\n`;
}

const COLUMNS = ['1 step', 'fan 1,000', 'fan 10,000', 'slope fan', 'slope chain', 'memory', 'after SIGKILL'];
const TITLES = [
  '1 step, ms',
  'fan 1,000, ms',
  'fan 10,000, ms',
  'a step of a fan, µs',
  'of a chain, µs',
  'memory, MB',
  'done twice after SIGKILL',
];

/** The rows of each runner by column, in the order in which they were measured, giga first. */
function runnersOf(figures) {
  const rows = [...(figures.peers?.rows ?? []), ...(figures.killed?.rows ?? [])].filter(({ column }) => column);
  const names = [...new Set(rows.map(({ runner }) => runner))];
  return names
    .toSorted((a, b) => Number(b === 'giga') - Number(a === 'giga'))
    .map((name) => ({
      name,
      cells: new Map(rows.filter(({ runner }) => runner === name).map((row) => [row.column, row])),
    }));
}

function peerTable(figures) {
  const runners = runnersOf(figures);
  if (runners.length === 0) return null;
  const versions = { ...figures.killed?.versions, ...figures.peers?.versions };
  const rows = runners.map(({ name, cells }) => [
    name === 'giga' ? '**giga**, journaled' : `${name} ${versions[name] ?? ''}`.trim(),
    ...COLUMNS.map((column) => cellOf(cells.get(column))),
  ]);
  return table(['', ...TITLES], rows);
}

function cellOf(row) {
  if (row === undefined) return '';
  return `${Math.round(row.value).toLocaleString('en')}${row.text ? ` (${row.text})` : ''}`;
}

function targetTable(figures) {
  const suites = Object.entries(figures).filter(([name]) => name !== 'growth');
  const rows = suites.flatMap(([, { rows: all, load }]) => all.filter(isFigure).map((row) => targetRow(row, load)));
  return rows.length > 0 ? table(['', 'target', 'seen', 'fastest runs', 'median', 'memory', 'load'], rows) : null;
}

const isFigure = ({ column, value }) => column === undefined && value !== undefined;

function targetRow({ what, most, value, quietest, unit, against, median, peakMB }, load) {
  const named = `${what.trim()}${against ? ` / ${against}` : ''}`;
  const isReached = most === undefined ? '' : value <= most ? ' ✔' : ' ✘';
  const target = most === undefined ? '' : `<= ${most} ${unit === 'x' ? '' : unit}`.trim();
  return [
    named,
    target,
    `${digits(value, unit)}${isReached}`,
    quietest === undefined ? '' : digits(quietest, unit),
    `${Math.round(median)} ms`,
    `${Math.round(peakMB)} MB`,
    String(load),
  ];
}

const digits = (value, unit) =>
  unit === 'x' ? value.toFixed(2) : `${value >= 10 ? Math.round(value) : value.toFixed(1)} ${unit}`;

function growthTable({ growth }) {
  if (growth === undefined) return null;
  const sizes = ['1000', '10000', '100000'];
  const names = [...new Set(growth.rows.map(({ runner }) => runner))];
  const rows = names.map((name) => {
    const of = new Map(growth.rows.filter(({ runner }) => runner === name).map((row) => [row.column, row]));
    const ratios = sizes.flatMap((size) => of.get(size)?.value ?? []);
    const isLinear = ratios.every((ratio) => ratio <= 11) ? ' ✔' : ' ✘';
    const times = sizes.map((size) => timeOf(of.get(size)));
    return [name, ...times, `${ratios.map((ratio) => ratio.toFixed(1)).join(', ')}${isLinear}`];
  });
  return table(['', '1,000', '10,000', '100,000', 'per decade, at most 11'], rows);
}

function timeOf(row) {
  if (row === undefined) return '';
  const time = row.median < 1000 ? `${Math.round(row.median)} ms` : `${(row.median / 1000).toFixed(1)} s`;
  return `${time}, ${Math.round(row.peakMB)} MB`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |').replaceAll('|  |', '| |');
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** When, where and under what load: suites may have been measured at different times. */
function measuredAt(figures, names) {
  const suites = names.flatMap((name) => figures[name] ?? []);
  const [first] = suites;
  const days = [...new Set(suites.map(({ at }) => at.slice(0, 10)))].join(', ');
  const loads = suites.map(({ load }) => load);
  const range = [...new Set([Math.min(...loads), Math.max(...loads)])].join(' to ');
  return `Measured ${days} with Node ${first.node} on ${first.cpus}, ${first.memoryGB} GB, at load ${range}${suites.some(({ quick }) => quick) ? ', few runs' : ''}.`;
}
