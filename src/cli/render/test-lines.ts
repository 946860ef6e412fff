/** What the tests of workflows came to, in words and as JUnit XML. Pure. */
import type { TestedFile, TestResult } from '../../app/commands/test-workflows.ts';
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import { harmless, type Paint } from './text.ts';
import { duration } from './time.ts';
import { attributes, escaped } from './xml.ts';

/** Ways that no test has taken are named up to so many. */
const MOST_MISSED = 10;

export function testLine({ file }: TestedFile, { name, problems, durationMs }: TestResult, paint: Paint): string {
  const mark = problems.length === 0 ? paint('good', '✔') : paint('bad', '✘');
  const took = durationMs > 0 ? paint('dim', `  ${duration(durationMs)} virtual`) : '';
  return `${mark} ${harmless(file)} · ${harmless(name)}${took}`;
}

export function coverageLines({ workflow, coverage }: TestedFile, paint: Paint): string[] {
  if (coverage === null || coverage.all === 0) return [];
  const { taken, all, missed } = coverage;
  const more = missed.length - MOST_MISSED;
  return [
    `${taken === all ? paint('good', '✔') : '○'} ${harmless(workflow ?? '')} · ${taken} of ${all} branches`,
    ...missed.slice(0, MOST_MISSED).map((words) => paint('dim', `    never: ${harmless(words)}`)),
    ...(more > 0 ? [paint('dim', `    and ${more} more`)] : []),
  ];
}

export function summaryLine(files: readonly TestedFile[], paint: Paint): string {
  const results = files.flatMap((one) => one.results);
  const failed = results.filter(({ problems }) => problems.length > 0).length;
  const broken = files.filter((one) => one.results.length === 0 && one.diagnostics.length > 0).length;
  const parts = [
    `${results.length - failed} passed`,
    `${failed} failed`,
    ...(broken > 0 ? [`${broken} ${broken === 1 ? 'file' : 'files'} not run`] : []),
  ];
  return paint(failed + broken > 0 ? 'bad' : 'good', `TESTS ${parts.join(' · ')}`);
}

/** One suite for each file. */
export function testsXml(files: readonly TestedFile[]): string {
  const suites = files.flatMap((one) => suiteLines(one));
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n');
}

function suiteLines({ file, results, diagnostics }: TestedFile): readonly string[] {
  const failures = results.filter(({ problems }) => problems.length > 0).length;
  const errors = results.length === 0 && diagnostics.length > 0 ? 1 : 0;
  const counts = { name: file, tests: results.length + errors, failures, errors };
  const unread = errors > 0 ? caseLines({ classname: file, name: file }, 'error', diagnostics) : [];
  const cases = results.flatMap(({ name, at, problems, durationMs }) =>
    caseLines({ classname: file, name, time: durationMs / 1000, file, line: at.start.line }, 'failure', problems),
  );
  return [`  <testsuite${attributes(counts)}>`, ...cases, ...unread, '  </testsuite>'];
}

function caseLines(
  of: Readonly<Record<string, string | number>>,
  kind: 'failure' | 'error',
  problems: readonly Diagnostic[],
): readonly string[] {
  const [first] = problems;
  if (first === undefined) return [`    <testcase${attributes(of)}/>`];
  const text = escaped(problems.map(({ message }) => message).join('\n'));
  const remark = `      <${kind}${attributes({ type: first.code, message: first.message })}>${text}</${kind}>`;
  return [`    <testcase${attributes(of)}>`, remark, '    </testcase>'];
}
