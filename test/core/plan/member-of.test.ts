import { expect, test } from 'vitest';
import type { Template } from '../../../src/core/expr/ast.ts';
import type { Json } from '../../../src/core/json.ts';
import { memberOf, serversIn } from '../../../src/core/plan/member-of.ts';

const literal = (value: Json): Template => ({ kind: 'literal', value });
const A = literal('a');

test.each<[Template, Template | null]>([
  [{ kind: 'object', entries: [['x', A]] }, A],
  [{ kind: 'object', entries: [] }, null],
  [literal({ x: 'a' }), A],
  [literal({ y: 'a' }), null],
  [literal('x'), null],
  [{ kind: 'list', items: [A] }, null],
])('a part of %j', (template, part) => expect(memberOf(template, 'x')).toEqual(part));

test.each<[Template, readonly Template[]]>([
  [literal({ server: 'a' }), [A]],
  [literal({ servers: ['a', 'a'] }), [A, A]],
  [{ kind: 'object', entries: [['servers', { kind: 'list', items: [A] }]] }, [A]],
  [literal({ servers: 'a' }), []],
  [literal({}), []],
])('the servers of %j', (request, servers) => expect(serversIn(request)).toEqual(servers));
