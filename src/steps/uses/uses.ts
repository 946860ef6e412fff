/** The step type `uses`: a step of a plugin, what it is given, and whether what it gives is what it says. Knows a port, no modules. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject } from '../../core/json.ts';
import { readPermissions } from '../../core/permissions/permissions.ts';
import type { UsesRequest } from '../../core/plan/uses-request.ts';
import { readUsesRequest } from '../../core/plan/uses-request.ts';
import type { PluginCall, PluginHost } from '../../core/plugin.ts';
import type { StepAnswer, StepType } from '../../core/ports.ts';
import { withDefaults } from '../../core/schema/defaults.ts';
import { validateJson } from '../../core/schema/validate.ts';
import { failed, stopped } from '../ends.ts';

/** Bytes of the outputs of a step, as JSON. */
const MAX_OUTPUT = 4 * 1_048_576;

export function createUsesStep(host: () => Promise<PluginHost>): StepType {
  return {
    name: 'uses',
    async perform(json, context): Promise<StepAnswer> {
      const request = readUsesRequest(json);
      if (request === null) return failed(problem('STEP_BAD_REQUEST', 'The request for a plugin is none.'));
      const { signal, run, work, note } = context;
      const progress = (line: string): void => {
        context.alive?.();
        context.progress(line);
      };
      const answer = await usePlugin(request, { signal, root: run.root, key: work.stepKey, note, progress }, host);
      return stopped(answer, context) ?? answer;
    },
  };
}

/** One call: what is given and what comes of it are held against the schemas. */
export async function usePlugin(
  request: UsesRequest,
  around: Pick<PluginCall, 'signal' | 'root' | 'key' | 'note' | 'progress'>,
  host: () => Promise<PluginHost>,
): Promise<StepAnswer> {
  const { plugin, step, granted, schema } = request;
  const input = withDefaults(request.input, schema.input);
  const [wrong] = validateJson(input, schema.input);
  if (wrong !== undefined) return failed({ ...badInput(request, wrong), retryable: false });
  const { call } = await host();
  const end = await call({ ...around, plugin, step, input, granted: readPermissions(granted) });
  if (!end.ok) return failed(end.error);
  const outputs = end.value;
  if (!isJsonObject(outputs)) return failed(badOutput(request, { path: '', message: 'must be an object' }));
  if (JSON.stringify(outputs).length > MAX_OUTPUT)
    return failed(
      problem('STEP_PLUGIN_OUTPUT', `What \`${plugin.name}/${step}\` gave is larger than ${MAX_OUTPUT} bytes.`, {
        hint: 'Write it into a file, and give its path.',
      }),
    );
  const [fault] = validateJson(outputs, schema.output);
  return fault === undefined ? { outcome: 'succeeded', outputs } : failed(badOutput(request, fault), outputs);
}

interface Fault {
  readonly path: string;
  readonly message: string;
}

function badInput({ plugin, step }: UsesRequest, { path, message }: Fault) {
  return problem(
    'STEP_PLUGIN_INPUT',
    `${path === '' ? 'What' : `\`${path}\` of what`} \`${plugin.name}/${step}\` is given ${message}.`,
    {
      hint: 'Nothing was called. See what its values come to: `giga why` shows the parts.',
    },
  );
}

function badOutput({ plugin, step }: UsesRequest, { path, message }: Fault) {
  return problem(
    'STEP_PLUGIN_OUTPUT',
    `${path === '' ? 'What' : `\`${path}\` of what`} \`${plugin.name}/${step}\` gave ${message}: that is not what it says it gives.`,
  );
}
