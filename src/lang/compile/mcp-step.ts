/** Compiles the action `mcp`, and the servers of `mcp:` that it names, to the request that its step type takes. */
import type { Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import { bareObject, isJsonObject, type Json } from '../../core/json.ts';
import { similarHint } from '../../core/nearest.ts';
import { MAX_REPLICAS, MOST_SAMPLING } from '../../core/plan/mcp-request.ts';
import type { StepDraft } from './draft.ts';
import { permittedTo } from './permissions.ts';
import { type Place, placeOf, workflowPlace } from './place.ts';
import { bytesOf, flagOf, optionalLimit, wholeOf } from './quantities.ts';
import { requestTemplate } from './run-step.ts';
import { deepTemplate, listTemplate, literal, objectTemplate, textTemplate } from './text.ts';
import { entryOf, isText, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

type Fields = readonly (readonly [string, Template])[];

/** An attempt that says nothing of time is bounded nevertheless. */
export const USUAL_MCP_TIMEOUT_MS = 600_000;
const ASKED = ['tool', 'resource', 'prompt'] as const;

/** A template that evaluates to an McpRequest. */
export function compileMcp(scene: Scene, step: StepDraft): Template {
  const mcp = entryOf(step.tree, 'mcp')?.value;
  const server = valueOf(mcp, 'server');
  if (mcp?.kind !== 'map' || server === undefined) {
    if (mcp !== undefined) scene.malformed(mcp.range, '`mcp` takes `{ server, tool, arguments }`.');
    return literal(null);
  }
  const given = ASKED.filter((key) => valueOf(mcp, key) !== undefined);
  const [asked] = given;
  if (asked === undefined || given.length > 1) {
    const message = '`mcp` asks for exactly one of `tool`, `resource` and `prompt`.';
    scene.error('PLAN_MCP_CALL', message, mcp.range, {
      hint: 'Write for example `{ server: files, tool: read_text_file }`.',
    });
    return literal(null);
  }
  const args = valueOf(mcp, 'arguments');
  if (args !== undefined && asked === 'resource')
    scene.error('PLAN_MCP_CALL', 'A `resource` takes no `arguments`.', args.range, {
      hint: 'Write the whole address.',
    });
  const until = valueOf(mcp, 'until');
  if (until !== undefined && asked !== 'resource')
    scene.error('PLAN_MCP_CALL', '`until` belongs to a `resource`.', until.range);
  const limit = entryOf(step.tree, 'max-output');
  const maxOutput = limit === undefined ? undefined : bytesOf(scene, limit.value, 'max-output');
  const { net } = permittedTo(step, scene);
  const name = valueOf(mcp, asked);
  return requestTemplate([
    ['server', serverNamed(scene, step, server)],
    ...(name === undefined ? [] : [[asked, textTemplate(scene, name, placeOf(step, asked), 'refuse')] as const]),
    ...(args === undefined ? [] : [['arguments', deepTemplate(scene, args, placeOf(step, 'arguments'))] as const]),
    ...textsOf(scene, mcp, 'tools', placeOf(step, 'tools')),
    ...(until === undefined ? [] : [['until', literal('changed')] as const]),
    ...(net === null ? [] : [['net', literal(net)] as const]),
    ...(maxOutput === undefined ? [] : [['maxOutput', literal(maxOutput)] as const]),
  ]);
}

/** The server that a step names: of its own workflow, else of the configuration. */
export function serverNamed(scene: Scene, step: StepDraft, tree: Tree): Template {
  if (!isText(tree) || tree.value.includes('${{')) {
    scene.error('PLAN_MCP_SERVER', 'The name of a server must be known before the run.', tree.range);
    return literal(null);
  }
  const own = valueOf(scene.document.root, 'mcp');
  const entry = entryOf(own, tree.value);
  if (entry !== undefined) return serverOf(scene, step, tree.value, entry.value);
  const others = scene.options.config?.mcp ?? {};
  const known = Object.hasOwn(others, tree.value) ? others[tree.value] : undefined;
  if (isJsonObject(known) && typeof known['fault'] !== 'string') return literal(known);
  if (isJsonObject(known)) {
    const { from, fault } = known;
    const message = `The server \`${tree.value}\` of \`${String(from)}\` ${String(fault)}.`;
    scene.error('PLAN_MCP_SERVER', message, tree.range);
    return literal(null);
  }
  const names = [...(own?.kind === 'map' ? own.entries.map(({ key }) => key) : []), ...Object.keys(others)];
  scene.error('PLAN_MCP_SERVER', `There is no MCP server \`${tree.value}\`.`, tree.range, {
    hint:
      names.length === 0
        ? 'Describe it under `mcp:` of the workflow or of `giga.yaml`, or in `.mcp.json`.'
        : `There are: ${names.slice(0, 20).join(', ')}.`,
    ...similarHint('a server', tree.value, names),
  });
  return literal(null);
}

/** A server of the workflow: what its texts read is there before any step has run. */
function serverOf(scene: Scene, step: StepDraft, name: string, tree: Tree): Template {
  if (tree.kind !== 'map') {
    scene.malformed(tree.range, 'A server is `{ command, args, env }` or `{ url, headers }`.');
    return literal(null);
  }
  const [command, url] = [valueOf(tree, 'command'), valueOf(tree, 'url')];
  if ((command === undefined) === (url === undefined))
    scene.error('PLAN_MCP_SERVER', `The server \`${name}\` needs either \`command\` or \`url\`.`, tree.range);
  let outermost = step.scope;
  while (outermost.outer !== null) outermost = outermost.outer;
  const place = (key: string, secrets = false): Place => workflowPlace(outermost, key, { secrets, steps: false });
  const text = (key: string): Fields => {
    const value = valueOf(tree, key);
    return value === undefined ? [] : [[key, textTemplate(scene, value, place(key), 'refuse')]];
  };
  return requestTemplate([
    ['name', literal(name)],
    ...text('command'),
    ...textsOf(scene, tree, 'args', place('args')),
    ...textMap(scene, tree, 'env', place('env', true)),
    ...text('url'),
    ...namedOf(scene, step, url),
    ...textMap(scene, tree, 'headers', place('headers', true)),
    ...authOf(scene, valueOf(tree, 'auth'), place),
    ...boundsOf(scene, tree),
    ...samplingOf(scene, valueOf(tree, 'sampling')),
    ...textsOf(scene, tree, 'tools', place('tools')),
  ]);
}

/** The host of an address is written down, whatever the rest of it is made of. */
const WRITTEN_HOST = /^https?:\/\/(?:\[[^\]$]*\]|[^/?#@[:]+)[:/?#]/i;

/** What an address that is made of values may lead to. */
function namedOf(scene: Scene, step: StepDraft, url: Tree | undefined): Fields {
  if (url === undefined || !isText(url) || !url.value.includes('${{')) return [];
  const [written = ''] = url.value.split('${{');
  return WRITTEN_HOST.test(written) ? [] : [['named', literal(permittedTo(step, scene).named)]];
}

/** What giga signs in with by itself. */
const SECRET_KEYS: readonly string[] = ['client-secret', 'private-key'];

function authOf(scene: Scene, tree: Tree | undefined, place: (key: string, secrets?: boolean) => Place): Fields {
  if (tree?.kind !== 'map') return [];
  const secret = SECRET_KEYS.find((key) => valueOf(tree, key) !== undefined);
  const fields = (
    [
      ['clientId', 'client-id'],
      ['clientSecret', 'client-secret'],
      ['privateKey', 'private-key'],
      ['issuer', 'issuer'],
      ['scope', 'scope'],
    ] as const
  ).flatMap(([name, key]) => {
    const value = valueOf(tree, key);
    if (value === undefined) return [];
    return [[name, textTemplate(scene, value, place(key, SECRET_KEYS.includes(key)), 'refuse')] as const];
  });
  if (secret !== undefined && valueOf(tree, 'issuer') === undefined) {
    const message = `\`${secret}\` needs an \`issuer\` beside it: no other may see it.`;
    scene.error('PLAN_MCP_SERVER', message, (valueOf(tree, secret) ?? tree).range);
  }
  return [['auth', objectTemplate(fields)]];
}

function boundsOf(scene: Scene, tree: Tree): Fields {
  const replicas = valueOf(tree, 'replicas');
  const limit = valueOf(tree, 'max-output');
  const pin = valueOf(tree, 'pin');
  const stateful = valueOf(tree, 'stateful');
  const bounds: Record<string, Json | undefined> = {
    replicas: replicas && wholeOf(scene, replicas, 'replicas', 1, MAX_REPLICAS),
    stateful: stateful && flagOf(scene, stateful, 'stateful'),
    pin: pin && flagOf(scene, pin, 'pin'),
    timeoutMs: optionalLimit(scene, tree, 'timeout'),
    maxOutput: limit && bytesOf(scene, limit, 'max-output'),
  };
  if (bounds['stateful'] === true && Number(bounds['replicas'] ?? 1) > 1 && replicas !== undefined)
    scene.error(
      'PLAN_MCP_SERVER',
      'A `stateful` server has one process: its calls depend on each other.',
      replicas.range,
    );
  return Object.entries(bounds).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, literal(value)] as const],
  );
}

/** `true`, or its bounds. */
function samplingOf(scene: Scene, tree: Tree | undefined): Fields {
  if (tree === undefined) return [];
  if (tree.kind !== 'map') return flagOf(scene, tree, 'sampling') ? [['sampling', literal(bareObject<Json>())]] : [];
  const [model, tokens, calls] = [valueOf(tree, 'model'), valueOf(tree, 'max-tokens'), valueOf(tree, 'calls')];
  const bounds: Record<string, Json | undefined> = {
    model: model && (isText(model) ? model.value : undefined),
    maxTokens: tokens && wholeOf(scene, tokens, 'max-tokens', 1, MOST_SAMPLING.maxTokens),
    calls: calls && wholeOf(scene, calls, 'calls', 1, MOST_SAMPLING.calls),
  };
  const given = Object.entries(bounds).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return [['sampling', literal(bareObject<Json>(given))]];
}

function textsOf(scene: Scene, tree: Tree, key: string, place: Place): Fields {
  const given = valueOf(tree, key);
  if (given === undefined) return [];
  const items = given.kind === 'list' ? given.items : [given];
  return [[key, listTemplate(items.map((item) => textTemplate(scene, item, place, 'refuse')))]];
}

function textMap(scene: Scene, tree: Tree, key: string, place: Place): Fields {
  const given = valueOf(tree, key);
  if (given === undefined) return [];
  if (given.kind !== 'map') {
    scene.malformed(given.range, `\`${key}\` is a map of names and texts.`);
    return [[key, literal(bareObject<Json>())]];
  }
  const entries = given.entries.map(
    ({ key: name, value }) => [name, textTemplate(scene, value, place, key === 'env' ? 'empty' : 'refuse')] as const,
  );
  return [[key, objectTemplate(entries)]];
}
