import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RunState, tellRun } from '../../../src/app/commands/run-history.ts';
import { junitXml } from '../../../src/cli/render/junit.ts';
import type { RunEvent } from '../../../src/core/run/event.ts';
import { action, CREATED, ended, failed, group, OPENED, planOf, recordsOf, settled, started } from './sample.ts';

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#10': '\n' };
const plain = (text: string): string => text.replaceAll(/&([^;]*);/g, (_, name: string) => ENTITIES[name] ?? 'WRONG');

/** A strict reader of as much XML as a report may use; throws for anything else. */
function readXml(xml: string): Element {
  const [head = '', ...rest] = xml.split('\n');
  expect(head).toBe('<?xml version="1.0" encoding="UTF-8"?>');
  expect(xml).not.toMatch(/[^\t\n\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u);
  expect(xml).not.toMatch(/&(?!(?:amp|lt|gt|quot|#10);)/);
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  for (const [, text = '', tag] of rest.join('\n').matchAll(/([^<]*)(?:<([^>]*)>|$)/g)) {
    const at = open.at(-1) ?? root;
    at.text += plain(text);
    if (tag === undefined || tag === '') continue;
    const [, closing, name = '', attributes = '', empty] =
      /^(\/?)([a-z-]+)((?: [a-z-]+="[^"<]*")*)(\/?)$/.exec(tag) ?? [];
    if (name === '') throw new Error(`no tag: <${tag}>`);
    if (closing === '/') {
      expect(open.pop()?.name).toBe(name);
      continue;
    }
    const pairs = [...attributes.matchAll(/ ([a-z-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
      key,
      plain(value),
    ]);
    const element: Element = { name, attributes: Object.fromEntries(pairs), children: [], text: '' };
    at.children.push(element);
    if (empty !== '/') open.push(element);
  }
  expect(open).toHaveLength(1);
  const [suites] = root.children;
  if (suites === undefined) throw new Error('empty');
  return suites;
}

const PLAN = planOf([
  action('build'),
  group('checks', [action('unit'), action('lint', { allowFailure: true })]),
  group('deploy', [action('upload')]),
  action('note'),
]);

function report(events: readonly RunEvent[], state: RunState = 'failed', plan = PLAN) {
  const story = tellRun(recordsOf([CREATED, OPENED, ...events]));
  if (story === null) throw new Error('no story');
  const suites = readXml(junitXml(story, plan, state));
  const [suite] = suites.children;
  const cases = (suite?.children ?? []).filter(({ name }) => name === 'testcase');
  return { suites, suite, cases };
}
/** `name: what of what`, a line for each case. */
const told = (cases: readonly Element[]): readonly string[] =>
  cases.map(({ attributes, children: [remark] }) =>
    [attributes['name'], remark === undefined ? 'passed' : `${remark.name} ${remark.attributes['message']}`].join(': '),
  );

describe('a report', () => {
  test('has a case for each step, with its time, its failure and why it was skipped', () => {
    const { suites, suite, cases } = report([
      started('build', 1),
      ended('build', 1),
      settled('build', 'succeeded'),
      started('checks/unit', 2),
      failed('checks/unit', 2, 1, 'first'),
      started('checks/unit', 3, 2),
      failed('checks/unit', 3, 1, 'line <1>\nline & 2'),
      settled('checks/unit', 'failed', { kind: 'retries-exhausted', attempts: 2 }),
      started('checks/lint', 4),
      failed('checks/lint', 4, 2, 'untidy'),
      settled('checks/lint', 'failed'),
      settled('checks', 'failed', { kind: 'children' }),
      settled('deploy', 'skipped', { kind: 'need-failed', need: 'checks' }),
      settled('note', 'skipped', {
        kind: 'condition-false',
        condition: 'inputs.n > 2',
        operands: [{ source: 'inputs.n', value: 2 }],
      }),
    ]);
    expect(told(cases)).toEqual([
      'build: passed',
      'checks/unit: failure It ended with exit code 1.',
      'checks/lint: skipped failed (allowed): It ended with exit code 2.',
      'deploy/upload: skipped skipped: it needs checks, which failed',
      'note: skipped skipped: if: inputs.n > 2 · inputs.n is 2',
    ]);
    const [build, unit] = cases;
    expect(build?.attributes).toEqual({
      classname: 'workflows/release.yaml',
      name: 'build',
      time: '1.234',
      file: 'workflows/release.yaml',
      line: '15',
    }); // prettier-ignore
    expect(unit?.attributes).toMatchObject({ classname: 'workflows/release.yaml/checks', time: '2.468' });
    expect(unit?.children[0]?.attributes['type']).toBe('STEP_FAILED');
    expect(unit?.children[0]?.text).toBe('It ended with exit code 1.\nIt was tried 2 times.\nline <1>\nline & 2');
    const counts = { tests: '5', failures: '1', errors: '0', skipped: '3' };
    expect(suites.attributes).toMatchObject(counts);
    expect(suite?.attributes).toMatchObject({ ...counts, name: 'Release', timestamp: '2026-03-09T12:00:00.000Z' });
  });

  test('of a run that was stopped says how far it came', () => {
    const { cases } = report([started('build', 1)], 'stopped');
    expect(told(cases)).toEqual([
      'build: error It was cut off before its end.',
      'checks/unit: skipped not reached',
      'checks/lint: skipped not reached',
      'deploy/upload: skipped not reached',
      'note: skipped not reached',
    ]);
  });

  test('has items, groups that fail by themselves, and ends that were reached', () => {
    const plan = planOf([group('g', [action('a')])]);
    const { cases } = report(
      [
        settled('g[eu]/a', 'kept', { kind: 'kept', attempt: 1, endedAt: 0 }),
        settled('g', 'failed', { kind: 'error' }, { code: 'STEP_OUTPUT_INVALID', severity: 'error', message: 'No.' }),
        settled('finally/clean', 'cancelled', { kind: 'cancelled', by: 'user' }),
      ],
      'failed',
      plan,
    );
    expect(told(cases)).toEqual([
      'g/a: skipped its branch was not taken',
      'g[eu]/a: passed',
      'g: failure No.',
      'finally/clean: skipped cancelled: the run was cancelled',
    ]);
  });

  test('is XML whatever steps say', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(text, text, text, (name, message, stderr) => {
        const plan = planOf([action('build')], { name, file: message });
        const { cases } = report(
          [
            started('build', 1),
            failed('build', 1, 1, stderr),
            settled('build', 'failed', { kind: 'attempt' }, { code: 'STEP_FAILED', severity: 'error', message }),
          ],
          'failed',
          plan,
        );
        expect(cases).toHaveLength(1);
      }),
    );
    const { cases } = report([
      settled(
        'build',
        'failed',
        { kind: 'error' },
        { code: 'STEP_FAILED', severity: 'error', message: 'a\u0000\u001b[31m\ud800\ufffe]]>"\n😀' },
      ),
    ]);
    expect(cases[0]?.children[0]?.attributes['message']).toBe('a[31m]]>"\n😀');
  });
});
