/** Draws what a step costs in each runner as an SVG: two bars a runner, on a logarithmic scale, readable on light and on dark ground. */

const WIDTH = 720;
const LEFT = 110;
const RIGHT = 70;
const BAR = 14;
const GROUP = 2 * BAR + 16;
const TOP = 56;
const DECADES = [100, 1_000, 10_000];

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.quiet { fill: #6e7781; font-size: 11px; }
.grid { stroke: #d0d7de; }
.fan { fill: #8c959f; } .chain { fill: #c4cad1; }
.own .fan { fill: #0969da; } .own .chain { fill: #80b6f2; }
.own text { font-weight: 600; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .quiet { fill: #8b949e; } .grid { stroke: #30363d; }
  .fan { fill: #8b949e; } .chain { fill: #565e68; }
  .own .fan { fill: #58a6ff; } .own .chain { fill: #2b5f9e; }
}`;

/** `runners` are `{ name, fan, chain? }` in us a step; they are drawn from the quickest to the slowest. */
export function drawChart(runners) {
  const sorted = runners.toSorted((a, b) => a.fan - b.fan);
  const height = TOP + sorted.length * GROUP + 24;
  const largest = Math.max(...sorted.flatMap(({ fan, chain }) => [fan, chain ?? 0]), 1_000);
  const across = (us) => ((WIDTH - LEFT - RIGHT) * Math.log10(Math.max(us, 10) / 10)) / Math.log10(largest / 10);
  const grid = DECADES.filter((us) => us <= largest).map((us) => {
    const x = (LEFT + across(us)).toFixed(1);
    const line = `<line class="grid" x1="${x}" y1="${TOP - 6}" x2="${x}" y2="${height - 20}"/>`;
    return `${line}<text class="quiet" x="${x}" y="${height - 6}" text-anchor="middle">${us.toLocaleString('en')} µs</text>`;
  });
  const groups = sorted.map(({ name, fan, chain }, index) => {
    const y = TOP + index * GROUP;
    const bars = [barOf('fan', fan, y, across), chain === undefined ? '' : barOf('chain', chain, y + BAR + 1, across)];
    const label = `<text x="${LEFT - 10}" y="${y + BAR + 5}" text-anchor="end">${name}</text>`;
    return `<g${name === 'giga' ? ' class="own"' : ''}>${label}${bars.join('')}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">
<title id="title">Wall time of a shell step in each runner, in a fan and in a chain of 1,000</title>
<style>${STYLE}
</style>
<text x="${LEFT}" y="20">Wall time of a shell step (true), logarithmic</text>
<text class="quiet" x="${LEFT}" y="38">upper bar: fan of 1,000, 8 at a time · lower bar: chain of 1,000 · slope over one step</text>
${[...grid, ...groups].join('\n')}
</svg>
`;
}

function barOf(kind, us, y, across) {
  const width = across(us).toFixed(1);
  const bar = `<rect class="${kind}" x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="2"/>`;
  return `${bar}<text class="quiet" x="${LEFT + Number(width) + 5}" y="${y + BAR - 3}">${Math.round(us).toLocaleString('en')}</text>`;
}
