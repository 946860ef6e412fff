/** The settings that the command line and the environment of giga give. Knows no files. */
import { type Diagnostic, problem, type Reading } from '../../core/diagnostic/diagnostic.ts';
import type { Json } from '../../core/json.ts';
import { type Layer, MAX_CONCURRENCY, type Origin, type Setting } from './config.ts';

export interface ConfigFlags {
  /** `--concurrency`. */
  readonly concurrency?: number;
  /** `--var k=v`, as given. */
  readonly vars?: readonly string[];
}

const VAR = /^([A-Za-z_][A-Za-z0-9_-]{0,63})=(.*)$/s;

export function flagLayer({ concurrency, vars = [] }: ConfigFlags): Reading<Layer> {
  const layer = new Map<string, Setting>();
  const diagnostics: Diagnostic[] = [];
  if (concurrency !== undefined)
    layer.set('concurrency', { value: concurrency, origin: { kind: 'flag', text: '--concurrency' } });
  for (const given of vars) {
    const [, name, value] = VAR.exec(given) ?? [];
    if (name === undefined || value === undefined) {
      diagnostics.push(problem('CLI_USAGE', `--var takes \`name=value\`; it was given "${given}".`));
    } else layer.set(`vars.${name}`, { value, origin: { kind: 'flag', text: '--var' } });
  }
  return { value: layer, diagnostics };
}

/** `GIGA_CONCURRENCY` and `GIGA_VAR_NAME`. `GIGA_INPUT_NAME` belongs to the inputs of a run, `GIGA_PROFILE` and `GIGA_STATE` to opening a project. */
export function environmentLayer(env: NodeJS.ProcessEnv): Reading<Layer> {
  const layer = new Map<string, Setting>();
  const diagnostics: Diagnostic[] = [];
  const set = (key: string, value: Json, name: string) => {
    const origin: Origin = { kind: 'environment', text: name };
    layer.set(key, { value, origin });
  };
  const concurrency = env['GIGA_CONCURRENCY'];
  if (concurrency !== undefined && concurrency !== '') {
    if (/^[1-9]\d{0,5}$/.test(concurrency) && Number(concurrency) <= MAX_CONCURRENCY)
      set('concurrency', Number(concurrency), 'GIGA_CONCURRENCY');
    else
      diagnostics.push(
        problem(
          'CONFIG_VALUE',
          `GIGA_CONCURRENCY must be a whole number from 1 to ${MAX_CONCURRENCY}, and is "${concurrency}".`,
        ),
      );
  }
  // Reading each variable of the process is slow: only those that count are read.
  for (const name of Object.keys(env)) {
    const key = name.startsWith('GIGA_VAR_') ? /^GIGA_VAR_([A-Za-z_][A-Za-z0-9_]*)$/.exec(name)?.[1] : undefined;
    if (key !== undefined) set(`vars.${key}`, env[name] ?? '', name);
  }
  return { value: layer, diagnostics };
}
