/** What a step says about lines of files, for people who look at these: the shape of its output `annotations`. Knows no steps and no screen. */
import { isJsonObject, type JsonObject } from '../json.ts';
import type { NodeBase } from './plan.ts';

export const ANNOTATION_LEVELS = ['error', 'warning', 'notice'] as const;

export interface Annotation {
  readonly level: (typeof ANNOTATION_LEVELS)[number];
  readonly message: string;
  readonly title?: string;
  /** As the step names it. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly endLine?: number;
  readonly column?: number;
}

/** The output into which the modifier `annotations` is compiled. */
export const ANNOTATIONS_OUTPUT = 'annotations';

const PLACE = { type: 'integer', minimum: 1, maximum: 10_000_000 };
const TEXT = { type: 'string', minLength: 1, maxLength: 4_096 };

/** No other output has this schema: by its title the modifier is known. */
export const ANNOTATIONS_SCHEMA = {
  title: 'Annotations of giga',
  type: 'array',
  maxItems: 1_000,
  items: {
    type: 'object',
    required: ['message'],
    additionalProperties: false,
    properties: {
      file: TEXT,
      line: PLACE,
      'end-line': PLACE,
      column: PLACE,
      level: { enum: [...ANNOTATION_LEVELS] },
      title: TEXT,
      message: { type: 'string', minLength: 1, maxLength: 65_536 },
    },
  },
} satisfies JsonObject;

/** Those in the outputs of a step that has the modifier. What does not fit its shape is none. */
export function annotationsIn(
  node: Pick<NodeBase, 'outputs'> | undefined,
  outputs: JsonObject | undefined,
): readonly Annotation[] {
  const isMeant = node?.outputs?.[ANNOTATIONS_OUTPUT]?.schema?.title === ANNOTATIONS_SCHEMA.title;
  const list = isMeant ? outputs?.[ANNOTATIONS_OUTPUT] : undefined;
  return Array.isArray(list) ? list.flatMap((one) => (isJsonObject(one) ? annotationOf(one) : [])) : [];
}

function annotationOf(one: JsonObject): readonly Annotation[] {
  const { message } = one;
  if (typeof message !== 'string') return [];
  const level = ANNOTATION_LEVELS.find((word) => word === one.level) ?? 'warning';
  return [
    {
      level,
      message,
      ...(typeof one.title === 'string' && { title: one.title }),
      ...(typeof one.file === 'string' && { file: one.file }),
      ...(typeof one.line === 'number' && { line: one.line }),
      ...(typeof one['end-line'] === 'number' && { endLine: one['end-line'] }),
      ...(typeof one.column === 'number' && { column: one.column }),
    },
  ];
}
