/** `giga mcp serve`. Over stdio stdout is the protocol's, also with `--json`; over HTTP it gets one line, for `.mcp.json`. All else goes to stderr. */
import { constants } from 'node:os';
import type { ReadRun } from '../../app/commands/find-run.ts';
import { pathsOfRun } from '../../app/commands/plan-steps.ts';
import { stateOf } from '../../app/commands/run-history.ts';
import type { Serving, ShopOptions } from '../../app/mcp-server/index.ts';
import { findOffer, loadTool } from '../../app/mcp-server/offer.ts';
import type { Call } from '../command-spec.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { refuse, tryProject } from '../open-project.ts';
import { printProblems } from '../render/problems.ts';
import { runStoryLines } from '../render/run-lines.ts';
import { harmless, painter } from '../render/text.ts';

export async function perform(given: Call): Promise<number> {
  const call: Call = { ...given, json: false };
  const shop = shopOptions(call);
  const refused = await refuseNamed(call, shop);
  if (refused !== EXIT.done) return refused;
  const { openShop, serveOverHttp, serveOverStdio } = await import('../../app/mcp-server/index.ts');
  const port = call.flags.count('http');
  if (port === undefined) return untilItEnds(serveOverStdio(openShop(shop)));
  const opened = await serveOverHttp(openShop(shop), port);
  if (!opened.ok) return refuse(call, opened.diagnostics);
  const { url, token } = opened.value;
  const server = { type: 'http', url, headers: { Authorization: `Bearer ${token}` } };
  call.io.out.write(`${JSON.stringify({ mcpServers: { giga: server } })}\n`);
  return untilItEnds(opened.value);
}

/** The first signal stops it, a second one kills what still runs. */
async function untilItEnds(serving: Serving): Promise<number> {
  let heard: NodeJS.Signals | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      heard ??= signal;
      serving.stop(signal);
    });
  await serving.ended;
  return heard === undefined ? EXIT.done : 128 + constants.signals[heard];
}

function shopOptions(call: Call): ShopOptions {
  const told = new Set<string>();
  return {
    cwd: call.cwd,
    workflows: call.flags.list('workflow'),
    open: (file) => tryProject(call, file),
    tell: ({ story, plan, held }: ReadRun) =>
      `${runStoryLines(story, stateOf(story, held), pathsOfRun(plan, story.steps.keys()), painter(false)).join('\n')}\n`,
    log: (line) => call.io.err.write(`${harmless(line)}\n`),
    // Clients ask for the list again and again.
    warn(diagnostics) {
      const fresh = diagnostics.filter((one) => !told.has(JSON.stringify(one)));
      for (const one of fresh) told.add(JSON.stringify(one));
      printProblems(fresh, call);
    },
  };
}

/** A workflow that was named and cannot be offered is told at once; of all that are here, those that can be are offered. */
async function refuseNamed(call: Call, shop: ShopOptions): Promise<number> {
  const offer = findOffer(shop);
  if (!offer.ok) return refuse(call, offer.diagnostics);
  if (shop.workflows.length === 0) return EXIT.done;
  for (const offered of offer.value) {
    const { value, diagnostics } = await loadTool(shop, offered);
    shop.warn(diagnostics);
    if (value === null) return exitCodeOf(diagnostics);
  }
  return EXIT.done;
}
