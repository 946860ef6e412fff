/** The step type `uses`: a step of a plugin, what it is given, and whether what it gives is what it says. Knows a port, no modules. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { readPermissions } from '../../core/permissions/permissions.ts';
import type { UsesRequest } from '../../core/plan/uses-request.ts';
import { readUsesRequest } from '../../core/plan/uses-request.ts';
import type { PluginHost } from '../../core/plugin.ts';
import type { StepAnswer, StepContext, StepType } from '../../core/ports.ts';
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
      const input = withDefaults(request.input, request.schema.input);
      const [fault] = validateJson(input, request.schema.input);
      if (fault !== undefined) return failed({ ...badInput(request, fault), retryable: false });
      const answer = await perform(request, input, context, await host());
      return stopped(answer, context) ?? answer;
    },
  };
}

async function perform(
  request: UsesRequest,
  input: JsonObject,
  context: StepContext,
  host: PluginHost,
): Promise<StepAnswer> {
  const { plugin, step, granted, schema } = request;
  const end = await host.call({
    plugin,
    step,
    input,
    granted: readPermissions(granted),
    signal: context.signal,
    root: context.run.root,
    key: context.work.stepKey,
    note: context.note,
    progress(line) {
      context.alive?.();
      context.progress(line);
    },
  });
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

/** The defaults of the schema's own properties, for what is not given. */
function withDefaults(input: JsonObject, { properties }: JsonObject): JsonObject {
  if (properties === undefined || !isJsonObject(properties)) return input;
  const defaults = Object.entries(properties).flatMap(([name, schema]): readonly (readonly [string, Json])[] => {
    const value = isJsonObject(schema) ? schema['default'] : undefined;
    return value === undefined || Object.hasOwn(input, name) ? [] : [[name, value]];
  });
  return defaults.length === 0 ? input : { ...input, ...Object.fromEntries(defaults) };
}
