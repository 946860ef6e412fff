/** Compiles the action `claude` to the request that its step type takes. */
import type { Tree } from '../../core/document.ts';
import type { Template } from '../../core/expr/ast.ts';
import type { JsonObject } from '../../core/json.ts';
import { MAX_REPAIR, USUAL_REPAIR } from '../../core/plan/claude-request.ts';
import { agentOf } from './agent-keys.ts';
import { checkModels, maxTokensOf, temperatureOf } from './claude-models.ts';
import type { StepDraft } from './draft.ts';
import { schemaOf } from './inputs.ts';
import { placeOf } from './place.ts';
import { promptFileOf } from './prompt-file.ts';
import { wholeOf } from './quantities.ts';
import { cwdOf, requestTemplate } from './run-step.ts';
import { inheritedModel, sessionOf } from './session.ts';
import { listTemplate, literal, textTemplate } from './text.ts';
import { entryOf, isText, jsonOf, valueOf } from './tree.ts';
import type { Scene } from './world.ts';

type Fields = readonly (readonly [string, Template])[];

/** An attempt that says nothing of time is bounded nevertheless. */
const USUAL_CLAUDE_TIMEOUT_MS = 1_800_000;
/** A batch may take a day. */
const USUAL_BATCH_TIMEOUT_MS = 25 * 3_600_000;

export function usualClaudeTimeoutMs({ tree }: StepDraft): number {
  return valueOf(entryOf(tree, 'claude')?.value, 'batch') === undefined
    ? USUAL_CLAUDE_TIMEOUT_MS
    : USUAL_BATCH_TIMEOUT_MS;
}

/** What a step gives beside the fields of its `output`: these may not have the same names. */
const CLAUDE_OUTPUTS = ['usage', 'cost', 'model', 'by', 'turns', 'session', 'denied'] as const;

/** A template that evaluates to a ClaudeRequest. */
export function compileClaude(scene: Scene, step: StepDraft): Template {
  const claude = entryOf(step.tree, 'claude')?.value;
  const prompt = isText(claude) ? claude : valueOf(claude, 'prompt');
  if (claude === undefined || !checkPrompt(scene, claude, prompt)) return literal(null);
  const text = (tree: Tree, key: string): Template => textTemplate(scene, tree, placeOf(step, key), 'refuse');
  const optionalText = (key: 'system' | 'model' | 'effort'): Fields => {
    const tree = valueOf(claude, key);
    return tree === undefined ? [] : [[key, text(tree, key)]];
  };
  checkModels(scene, claude);
  const repair = repairOf(scene, claude);
  return requestTemplate([
    ...(prompt === undefined ? promptFileOf(scene, step, claude) : [['prompt', text(prompt, 'prompt')] as const]),
    ...optionalText('system'),
    ...(valueOf(claude, 'model') === undefined ? inheritedModel(step) : optionalText('model')),
    ['fallback', textsOf(scene, step, claude, 'fallback')],
    ...optionalText('effort'),
    ...temperatureOf(scene, claude),
    ...maxTokensOf(scene, claude),
    ...maxPromptOf(scene, claude),
    ...outputOf(scene, claude),
    ['repair', literal(repair)],
    ['files', textsOf(scene, step, claude, 'files')],
    ['images', textsOf(scene, step, claude, 'images')],
    ['cache', literal(isOff(valueOf(claude, 'cache')) ? 'off' : 'auto')],
    ...promptCacheOf(claude),
    ...batchOf(scene, claude),
    ...agentOf(scene, step, claude, repair),
    ...sessionOf(scene, step, claude),
    ['cwd', cwdOf(scene, step)],
  ]);
}

/** By itself only what is the same whatever the item: what differs would be written for nobody. */
function promptCacheOf(claude: Tree): Fields {
  const tree = valueOf(claude, 'prompt-cache');
  const said = tree === undefined ? 'auto' : isOff(tree) ? 'off' : String(jsonOf(tree));
  if (said !== 'auto') return [['promptCache', literal(said)]];
  const parts = (['system', 'files', 'images'] as const).flatMap((key) => valueOf(claude, key) ?? []);
  const isSame = parts.every((part) => !JSON.stringify(jsonOf(part)).includes('${{'));
  // In a batch all begin at once, and what is kept costs its full price.
  return isSame && parts.length > 0 && valueOf(claude, 'batch') === undefined ? [['promptCache', literal('auto')]] : [];
}

/** False where there is none, or more than one. */
function checkPrompt(scene: Scene, claude: Tree, prompt: Tree | undefined): boolean {
  const file = entryOf(claude, 'prompt-file');
  const given = entryOf(claude, 'with');
  if (prompt !== undefined && file !== undefined)
    scene.error('PLAN_PROMPT_FILE', 'A step asks by `prompt` or by `prompt-file`, not by both.', file.keyRange, {
      hint: 'Remove one of them.',
    });
  else if (given !== undefined && file === undefined)
    scene.error('PLAN_PROMPT_FILE', '`with` gives values to a `prompt-file`, and there is none.', given.keyRange, {
      hint: 'Put the values into the `prompt`.',
    });
  else if (prompt !== undefined || file !== undefined) return true;
  else if (claude.kind === 'map')
    scene.error('DOC_MISSING_KEY', '`claude` has neither a `prompt` nor a `prompt-file`.', claude.range, {
      hint: 'Say what is asked.',
    });
  else scene.malformed(claude.range, '`claude` takes `{ prompt, system, model, output }`.');
  return false;
}

/** The turns of an agent follow each other: there is nothing to send together. */
function batchOf(scene: Scene, claude: Tree): Fields {
  const entry = entryOf(claude, 'batch');
  if (entry === undefined) return [];
  const agent = ['tools', 'mcp', 'memory', 'session'].flatMap((key) => entryOf(claude, key) ?? [])[0];
  if (agent !== undefined)
    scene.error(
      'PLAN_CLAUDE',
      'A conversation cannot be part of a batch: each of its turns waits for the one before.',
      entry.keyRange,
      {
        hint: `Remove \`batch\`, or \`${agent.key}\`.`,
      },
    );
  return [['batch', literal(jsonOf(entry.value) === 'always' ? 'always' : 'auto')]];
}

/** YAML 1.1 readers know `off` as false. */
function isOff(tree: Tree | undefined): boolean {
  const value = tree === undefined ? 'auto' : jsonOf(tree);
  return value === 'off' || value === false;
}

function textsOf(scene: Scene, step: StepDraft, claude: Tree, key: 'fallback' | 'files' | 'images'): Template {
  const tree = valueOf(claude, key);
  if (tree === undefined) return literal([]);
  const items = tree.kind === 'list' ? tree.items : [tree];
  return listTemplate(items.map((item) => textTemplate(scene, item, placeOf(step, key), 'refuse')));
}

function maxPromptOf(scene: Scene, claude: Tree): Fields {
  const entry = entryOf(claude, 'max-prompt-tokens');
  if (entry === undefined) return [];
  const runner = valueOf(claude, 'runner');
  if (runner !== undefined && jsonOf(runner) === 'cli')
    scene.error('PLAN_CLAUDE', 'giga does not see what the command line of Claude sends.', entry.keyRange, {
      hint: 'Remove `max-prompt-tokens`, or `runner: cli`.',
    });
  const count = wholeOf(scene, entry.value, 'max-prompt-tokens', 1, 1_000_000);
  return count === undefined ? [] : [['maxPromptTokens', literal(count)]];
}

function repairOf(scene: Scene, claude: Tree): number {
  const tree = valueOf(claude, 'repair');
  return tree === undefined ? USUAL_REPAIR : (wholeOf(scene, tree, 'repair', 0, MAX_REPAIR) ?? USUAL_REPAIR);
}

function outputOf(scene: Scene, claude: Tree): Fields {
  const schema = outputSchema(scene, claude);
  return schema === undefined ? [] : [['output', literal(schema)]];
}

function outputSchema(scene: Scene, claude: Tree): JsonObject | undefined {
  const tree = valueOf(claude, 'output');
  if (tree?.kind !== 'map') return undefined;
  const properties = valueOf(tree, 'properties');
  for (const { key, keyRange } of properties?.kind === 'map' ? properties.entries : [])
    if (CLAUDE_OUTPUTS.some((name) => name === key))
      scene.error(
        'PLAN_CLAUDE',
        `Every \`claude\` step has an output \`${key}\`: a field cannot have its name.`,
        keyRange,
        {
          hint: 'Give the field another name.',
        },
      );
  return schemaOf(scene, tree, null, []);
}
