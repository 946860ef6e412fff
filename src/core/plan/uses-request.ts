/** The request of the step type `uses`: what an ActionNode with `action: 'uses'` evaluates to. */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { ISOLATIONS, type PluginRef } from '../plugin.ts';

export interface UsesRequest {
  readonly plugin: PluginRef;
  readonly step: string;
  readonly input: JsonObject;
  /** JSON Schemas of objects, as the plugin says them. */
  readonly schema: { readonly input: JsonObject; readonly output: JsonObject };
  /** As `readPermissions` takes them. */
  readonly granted: JsonObject;
}

/** Null for what is none: the compiler makes these, and a journal may be damaged. */
export function readUsesRequest(request: Json): UsesRequest | null {
  if (!isJsonObject(request)) return null;
  const { plugin, step, input, schema, granted } = request;
  if (!isJsonObject(plugin) || !isJsonObject(input) || !isJsonObject(granted) || typeof step !== 'string') return null;
  if (!isJsonObject(schema) || !isJsonObject(schema['input']) || !isJsonObject(schema['output'])) return null;
  const { name, from, integrity, isolation, config } = plugin;
  const isRef = [name, from, integrity].every((one) => typeof one === 'string') && isJsonObject(config);
  return isRef && ISOLATIONS.some((one) => one === isolation) ? (request as unknown as UsesRequest) : null; // its parts were just checked
}
