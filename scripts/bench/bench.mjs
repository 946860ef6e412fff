/**
 * `npm run bench [-- --quick] [-- --only cold,peers] [-- --against make,ninja,wireit,nx,snakemake] [-- --json FILE] [-- --write]`: measures
 * giga beside other runners and beside `node -e 0` in one run, in turn, and prints ratios beside times. Only ratios carry over to another
 * machine. `--write` keeps the figures in docs/benchmarks.json and writes the tables of docs/benchmarks.md and the chart from them.
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { keepFigures, writePage } from './page.mjs';
import { findPeers } from './peers/index.mjs';
import { makePlace } from './place.mjs';
import { makeRecord } from './record.mjs';
import { growth } from './suites/growth.mjs';
import { peers as peerSuites } from './suites/peers.mjs';
import { targets } from './suites/targets.mjs';

const suites = { ...targets, ...peerSuites, ...growth };
const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(suites).join(',') },
    against: { type: 'string', default: 'make,ninja' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const chosen = flags.only.split(',');
const unknown = chosen.filter((name) => !Object.hasOwn(suites, name));
if (unknown.length > 0)
  throw new Error(`no such suite: ${unknown.join(', ')} (there are ${Object.keys(suites).join(', ')})`);

const load = () => Number(loadavg()[0].toFixed(1));
const machine = {
  cpus: `${cpus().length} x ${cpus()[0]?.model}`,
  memoryGB: Math.round(totalmem() / 2 ** 30),
  node: process.versions.node,
};
const place = makePlace();
try {
  const { peers, missing } = findPeers(flags.against.split(',').filter(Boolean), place.folder);
  const runs = flags.quick ? 3 : 7;
  const versions = Object.fromEntries(peers.map(({ name, version }) => [name, version]));
  console.log(
    `node ${machine.node}, ${machine.cpus}, ${machine.memoryGB} GB, load ${load()}, medians of ${runs} and more`,
  );
  console.log([...peers.map(({ name, version }) => `against ${name} ${version}`), ...missing].join('\n'));
  const found = {};
  for (const name of chosen) {
    const record = makeRecord();
    const measured = {
      at: new Date().toISOString().slice(0, 16),
      load: load(),
      quick: flags.quick,
      ...machine,
      versions,
    };
    console.log(`\n${name} (load ${measured.load})`);
    const add = (...row) => record.add(name, ...row);
    await suites[name]({ add, place, peers, runs, quick: flags.quick });
    found[name] = { ...measured, rows: record.rows };
    if (flags.write) writePage(keepFigures({ [name]: found[name] }));
  }
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(found, null, 2)}\n`);
} finally {
  place.remove();
}
