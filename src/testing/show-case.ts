/** A random case as short text that a person can read: the steps with what is said of each, and what the world answered. */
import { isJsonObject, type Json } from '../core/json.ts';
import { bodyLabel } from '../core/plan/graph.ts';
import { type PlanNode, partsOf } from '../core/plan/plan.ts';
import type { Recorded } from '../core/run/event.ts';
import { simulate } from '../sim/simulate.ts';
import type { RandomCase } from './random-plan.ts';

export function showCase(testCase: RandomCase): string {
  const { seed, plan } = testCase;
  const { root, v: _v, name: _name, file: _file, ...around } = plan;
  const said = keysOf(root as unknown as Json).filter((key) => !SILENT.includes(key.split(':')[0] ?? ''));
  const head = [`seed ${seed}`, ...keysOf(around as unknown as Json), ...said].join(', '); // a Plan is plain JSON by construction
  return [head, ...partLines(root, ''), ...worldLines(testCase)].join('\n');
}

/** Those that a reader would not miss: defaults and what follows from the place. */
const SILENT: readonly string[] = ['id', 'kind', 'at', 'digest', 'bodies', 'hooks', 'needs', 'conditions'];

function nodeLines(node: PlanNode, siblings: readonly PlanNode[], indent: string): readonly string[] {
  const needs = node.needs.map((index) => siblings[index]?.id ?? '?').join(' ');
  const said = keysOf(node as unknown as Json).filter((key) => !SILENT.includes(key.split(':')[0] ?? ''));
  const all = [node.kind, ...(needs === '' ? [] : [`needs: ${needs}`]), ...said];
  return [`${indent}${node.id}: ${all.join(', ')}`, ...partLines(node, `${indent}  `)];
}

function partLines(node: PlanNode, indent: string): readonly string[] {
  return partsOf(node).flatMap(([slot, { nodes }]) => {
    const label = node.id === 'root' && slot === 0 ? 'steps' : (bodyLabel(node, slot) ?? '');
    const inner = label === '' ? indent : `${indent}  `;
    const lines = nodes.flatMap((member) => nodeLines(member, nodes, inner));
    return label === '' ? lines : [`${indent}${label}:`, ...lines];
  });
}

function keysOf(value: Json): readonly string[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const text = brief(inner);
    return text === '{}' || text === '[]' ? [] : [`${key}: ${text}`];
  });
}

/** Expressions and templates as they would be written. */
function brief(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(brief).join(' ')}]`;
  if (!isJsonObject(value)) return String(value);
  if (typeof value.source === 'string' && 'expr' in value) return `\${{ ${value.source} }}`;
  if (value.kind === 'value' && 'expression' in value) return brief(value.expression ?? null);
  if (value.kind === 'literal' && 'value' in value) return brief(value.value ?? null);
  if (value.kind === 'list' && 'items' in value) return brief(value.items ?? null);
  if (value.kind === 'object' && Array.isArray(value.entries)) return brief(Object.fromEntries(value.entries as never));
  return `{${keysOf(value).join(', ')}}`;
}

/** What came from outside, in the order in which it did. */
function worldLines(testCase: RandomCase): readonly string[] {
  const { journal, stopped } = simulate(testCase);
  return [`world (${stopped}):`, ...journal.flatMap((record) => answerLine(record))];
}

function answerLine(record: Recorded): readonly string[] {
  switch (record.type) {
    case 'attempt.ended':
    case 'check.ended':
    case 'wait.ended':
    case 'claim.ended': {
      const { at, type, node, op: _op, seq: _seq, epoch: _epoch, durableUpTo: _durable, ...said } = record;
      return [`  ${at - 946_684_800_000} ${type} ${node} ${keysOf(said as unknown as Json).join(', ')}`]; // a record is plain JSON
    }
    case 'cancel.requested':
      return [`  ${record.at - 946_684_800_000} cancel ${record.node} (${record.cause})`];
    case 'step.settled':
      return [`  ${record.at - 946_684_800_000} ${record.result} ${record.node} (${record.cause.kind})`];
    default:
      return [];
  }
}
