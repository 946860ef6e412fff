/** A workflow as a tool of MCP: what it takes and what it gives, as JSON Schema. Pure; knows no server and no run. */
import type { JsonObject } from '../../core/json.ts';
import type { InputSpec, Plan } from '../../core/plan/plan.ts';

/** As `tools/list` gives it. */
export interface ToolDefinition {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema: ObjectSchema;
}
type ObjectSchema = JsonObject & { readonly type: 'object' };

/** The dialect of what workflows declare. MCP takes a later one where nothing is said. */
const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';

const VERDICTS = [
  'succeeded',
  'succeeded with allowed failures',
  'nothing ran',
  'failed',
  'cancelled',
  'waiting',
  'stopped',
] as const;

export function defineTool(name: string, plan: Plan): ToolDefinition {
  return {
    name,
    title: plan.name,
    description: plan.description ?? `Runs the workflow ${plan.file}.`,
    inputSchema: inputSchema(plan.inputs),
    outputSchema: outputSchema(plan.outputs),
  };
}

function inputSchema(inputs: Plan['inputs']): ObjectSchema {
  const entries = Object.entries(inputs);
  const required = entries.flatMap(([name, spec]) => (spec.required && spec.default === undefined ? [name] : []));
  return {
    $schema: DRAFT_07,
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, spec]) => [name, propertyOf(spec)])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function propertyOf(spec: InputSpec): JsonObject {
  return {
    ...spec.schema,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(spec.default === undefined ? {} : { default: spec.default }),
  };
}

const TEXT: JsonObject = { type: 'string' };
const FAULT = { code: TEXT, message: TEXT };

/** Nothing but the run and its verdict is there however it ends. */
function outputSchema(outputs: Plan['outputs']): ObjectSchema {
  const properties = Object.fromEntries(Object.entries(outputs).map(([name, { schema }]) => [name, schema ?? {}]));
  return {
    $schema: DRAFT_07,
    type: 'object',
    properties: {
      run: { type: 'string', description: 'The id of the run: `giga runs show ID`, and the resource giga://runs/ID.' },
      verdict: { type: 'string', enum: [...VERDICTS] },
      outputs: { type: 'object', properties },
      error: { type: 'object', properties: FAULT },
      failed: {
        type: 'array',
        description: 'The steps that failed, each with the end of what it wrote.',
        items: { type: 'object', properties: { step: TEXT, ...FAULT, log: TEXT } },
      },
      next: { type: 'string', description: 'What brings a run on that is not over.' },
    },
    required: ['run', 'verdict', 'outputs'],
  };
}
