/** Tests a plugin: its cases and made-up ones, at every level of isolation, each in a folder of its own. Knows no terminal. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import { ISOLATIONS, type Isolation, type PluginHost } from '../../core/plugin.ts';
import { withDefaults } from '../../core/schema/defaults.ts';
import { validateJson } from '../../core/schema/validate.ts';
import { createClock } from '../../host/clock.ts';
import { madeUp } from '../../plugin/kit/made-up.ts';
import { pluginsOf } from '../plugins.ts';
import type { Project } from '../project.ts';
import { slashed } from '../workspace.ts';
import { type BookedPlugin, type OpenPlugin, openBooked } from './plugin-book.ts';
import { type PluginCase, readCases } from './plugin-cases.ts';
import { importFault } from './plugin-run.ts';
import { createStubs, type Stubs } from './plugin-stubs.ts';
import { endOf, expectedOf, type Tried, tryStep } from './plugin-try.ts';
import { sampleOf } from './sample.ts';

export interface TestOptions {
  /** Null: all. */
  readonly isolation: Isolation | null;
  /** A part of the name of a case. */
  readonly only: string | null;
  /** Made-up cases for each step. */
  readonly madeUp: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Called before code of the plugin runs in this process that has not shown elsewhere that it comes to an end. */
  unguarded(): void;
}

/** What came of a case at one level. */
export interface CaseResult {
  /** As the user would name it. */
  readonly file: string;
  readonly name: string;
  readonly step: string;
  readonly isolation: Isolation;
  readonly problems: readonly Diagnostic[];
}

export interface TestedPlugin {
  /** As the user would name it. */
  readonly file: string;
  /** Why there are no results. */
  readonly diagnostics: readonly Diagnostic[];
  /** Levels that it cannot run at, for what it imports. */
  readonly skipped: readonly Isolation[];
}

/** Everything that a case needs. */
interface Bench {
  readonly project: Project;
  readonly plugin: OpenPlugin;
  readonly options: TestOptions;
  readonly levels: readonly Isolation[];
  readonly stubs: Stubs;
  readonly host: PluginHost;
  /** Variables that the case at hand has. */
  env: Readonly<Record<string, string>>;
}

/** `hear` is told of each result as it comes. */
export async function testPlugin(
  project: Project,
  booked: BookedPlugin,
  options: TestOptions,
  hear: (result: CaseResult) => void,
): Promise<TestedPlugin> {
  const file = slashed(project.cwd, booked.file);
  const none = { file, skipped: [] };
  const plugin = await openBooked(project, { ...booked, permissions: null });
  if (!plugin.ok) return { ...none, diagnostics: plugin.diagnostics };
  const cases = await readCases(project, plugin.value);
  if (cases.value === null) return { ...none, diagnostics: cases.diagnostics };
  // The weakest level comes last: what does not come to an end is not tried where nothing could end it.
  const wanted = options.isolation === null ? ISOLATIONS.toReversed() : [options.isolation];
  const levels = wanted.filter((level) => importFault(plugin.value, level) === null);
  const skipped = wanted.filter((level) => !levels.includes(level));
  const bench = openBench(project, plugin.value, options, levels);
  if (levels[0] === 'none') options.unguarded();
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    for (const one of cases.value) {
      if (options.only === null || one.name.includes(options.only)) await testCase(bench, one, hear);
    }
    if (options.only === null) await testMadeUp(bench, hear);
  } finally {
    clearInterval(alive);
    await bench.host.close();
    bench.stubs.close();
  }
  return { file, diagnostics: [], skipped };
}

function openBench(project: Project, plugin: OpenPlugin, options: TestOptions, levels: readonly Isolation[]): Bench {
  const stubs = createStubs();
  const bench: Bench = {
    project,
    plugin,
    options,
    levels,
    stubs,
    env: {},
    host: pluginsOf(project, {}, createClock(), {
      http: stubs.http,
      variable: (name) => (Object.hasOwn(bench.env, name) ? (bench.env[name] ?? null) : null),
    }),
  };
  return bench;
}

async function testCase(bench: Bench, one: PluginCase, hear: (result: CaseResult) => void): Promise<void> {
  const { plugin } = bench;
  bench.env = one.env;
  bench.stubs.set(one.http);
  const config = configOf(plugin, one.config);
  const [wrong] = plugin.manifest.config === undefined ? [] : validateJson(config, plugin.manifest.config);
  if (wrong !== undefined) {
    const message = `\`${wrong.path || 'config'}\` of the configuration ${wrong.message}.`;
    const problems = [problem('PLUGIN_CASES', message, { at: one.at })];
    return hear({ file: plugin.shown, name: one.name, step: one.step, isolation: bench.levels[0] ?? 'none', problems });
  }
  await atEachLevel(bench, async (isolation) => {
    const tried = await tryStep(plugin, bench.host, {
      doing: { isolation, step: one.step, input: one.with, config },
      files: one.files,
      look: Object.keys(one.after),
      signal: bench.options.signal,
    });
    if (bench.options.signal.aborted) return tried;
    hear({ file: plugin.shown, name: one.name, step: one.step, isolation, problems: expectedOf(one, tried) });
    return tried;
  });
}

/** Whether a call came to no end of its own: then it is not made where nothing could end it. */
function wasEnded({ answer }: Tried): boolean {
  return ['STEP_PLUGIN_TIMEOUT', 'STEP_PLUGIN_MEMORY', 'STEP_PLUGIN_LOST'].includes(answer.error?.code ?? '');
}

async function atEachLevel(bench: Bench, work: (isolation: Isolation) => Promise<Tried>): Promise<readonly Tried[]> {
  const all: Tried[] = [];
  for (const isolation of bench.levels) {
    if (bench.options.signal.aborted || (isolation === 'none' && all.some(wasEnded))) break;
    all.push(await work(isolation));
  }
  return all;
}

/** Values that the schema allows must come to something that the schema allows, or to an error that the plugin throws, and to the same at every level. */
async function testMadeUp(bench: Bench, hear: (result: CaseResult) => void): Promise<void> {
  const { plugin, options } = bench;
  bench.env = {};
  bench.stubs.set([]);
  const config = configOf(plugin, {});
  for (const [step, { input }] of Object.entries(plugin.manifest.steps)) {
    /** Of the levels at which it was tried. */
    const faults = new Map<Isolation, Diagnostic[]>();
    for (const value of madeUp(input, options.madeUp, options.seed)) {
      if (options.signal.aborted) return;
      let first: Tried | null = null;
      await atEachLevel(bench, async (isolation) => {
        const doing = { isolation, step, input: value, config };
        const tried = await tryStep(plugin, bench.host, { doing, files: {}, signal: options.signal });
        const fault = options.signal.aborted ? null : madeUpFault(tried, first);
        const before = faults.get(isolation) ?? [];
        faults.set(isolation, fault === null ? before : [...before, named(fault, plugin, step, value, isolation)]);
        first ??= tried;
        return tried;
      });
      if ([...faults.values()].some((list) => list.length > 0)) break; // one is enough to look into
    }
    if (!options.signal.aborted)
      for (const [isolation, problems] of faults)
        hear({ file: plugin.shown, name: `${step} with made-up values`, step, isolation, problems });
  }
}

/** What is wrong with how a call ended; null for nothing. */
function madeUpFault({ answer }: Tried, first: Tried | null): string | null {
  const { error } = answer;
  if (error !== undefined && error.code !== 'STEP_PLUGIN_FAILED') return error.message;
  const [here, there] = [endOf(answer), first === null ? null : endOf(first.answer)];
  return there === null || here === there ? null : `Here it ${here}, and at another level it ${there}.`;
}

function named(
  fault: string,
  { shown }: OpenPlugin,
  step: string,
  value: JsonObject,
  isolation: Isolation,
): Diagnostic {
  const given = JSON.stringify(value).replaceAll("'", "'\\''");
  const hint = `Again: \`giga plugin run ./${shown}#${step} --isolation ${isolation} --with '${given.slice(0, 500)}'\``;
  return problem('PLUGIN_TEST', fault, { hint });
}

/** What a case says, over what the plugin's schema says; where that needs more, the least that fits. */
function configOf({ manifest }: OpenPlugin, given: JsonObject): JsonObject {
  if (manifest.config === undefined) return given;
  const least = sampleOf(manifest.config);
  const base =
    Object.keys(given).length === 0 && typeof least === 'object' && least !== null ? (least as JsonObject) : {}; // of a schema of an object
  return withDefaults({ ...base, ...given }, manifest.config);
}
