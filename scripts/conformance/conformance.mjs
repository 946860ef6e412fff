/**
 * `npm run conformance [-- --client | --server] [--scenario NAME]…`: the official conformance suite of MCP against giga's client layer, and against
 * `giga mcp serve`. Prints the score, scenario by scenario; ends with 1 where one fails.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openDoor } from './door.mjs';
import { ELSEWHERE } from './elsewhere.mjs';
import { buildClient, runScenario, scenariosOf, VERSION } from './suite.mjs';

const { values: flags } = parseArgs({
  options: { client: { type: 'boolean' }, server: { type: 'boolean' }, scenario: { type: 'string', multiple: true } },
});
const isAsked = (name) => flags.scenario === undefined || flags.scenario.includes(name);
const folder = mkdtempSync(join(tmpdir(), 'giga-conformance-'));
const score = { scenarios: 0, passed: 0, failed: 0 };

try {
  console.log(`conformance suite of MCP ${VERSION}`);
  if (!flags.server) await runAll('client', await buildClient(folder));
  if (!flags.client) await runServer();
  console.log(`${score.scenarios} scenarios: ${score.passed} checks passed, ${score.failed} failed`);
  process.exitCode = score.failed > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function runServer() {
  cpSync('scripts/conformance/workflows', join(folder, 'workflows'), { recursive: true });
  const door = await openDoor(resolve('dist/giga.cjs'), folder);
  try {
    await runAll('server', door.url);
  } finally {
    await door.close();
  }
}

/** One after the other: some scenarios look at how long things take. */
async function runAll(side, target) {
  const names = scenariosOf(side).filter(isAsked);
  for (const name of names.filter((one) => !Object.hasOwn(ELSEWHERE, one))) {
    const { passed, failed, faults } = await runScenario(side, name, target);
    const mark = faults.length === 0 ? '✔' : '✘';
    console.log(`  ${mark} ${`${passed}/${passed + failed}`.padEnd(6)} ${side}  ${name}`);
    for (const fault of faults) console.log(`             ${fault}`);
    score.scenarios += 1;
    score.passed += passed;
    score.failed += failed;
  }
  for (const name of names)
    if (Object.hasOwn(ELSEWHERE, name)) console.log(`  -        ${side}  ${name}: ${ELSEWHERE[name]}`);
}
