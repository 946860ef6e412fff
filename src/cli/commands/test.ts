/** `giga test [FILES…]`: runs workflows with fakes, in memory and in virtual time, and holds them against what their tests expect. */
import type { TestedFile } from '../../app/commands/test-workflows.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Call } from '../command-spec.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { placeReport } from '../junit-report.ts';
import { openProject, refuse } from '../open-project.ts';
import { poll } from '../poll.ts';
import { printProblems } from '../render/problems.ts';
import { coverageLines, summaryLine, testLine, testsXml } from '../render/test-lines.ts';
import { painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const first = await testAll(call);
  if (!call.flags.on('watch') || first.files.length === 0) return first.code;
  const { changedAt } = await import('../../app/commands/test-workflows.ts');
  let { files } = first;
  await poll(async () => {
    if (files.some(({ read }) => read.some(([file, at]) => changedAt(file) !== at))) ({ files } = await testAll(call));
    return 'more';
  });
  return EXIT.done;
}

interface All {
  readonly files: readonly TestedFile[];
  readonly code: number;
}

async function testAll(call: Call): Promise<All> {
  const { testFiles } = await import('../../app/commands/test-files.ts');
  const found = await testFiles(call.cwd, call.args);
  if (!found.ok) return { files: [], code: refuse(call, found.diagnostics) };
  const files: TestedFile[] = [];
  for (const file of found.value) {
    const tested = await testOne(call, file);
    if (typeof tested === 'number') return { files, code: tested };
    files.push(tested);
  }
  const only = call.flags.text('only');
  if (only !== undefined && files.every(({ results, diagnostics }) => results.length + diagnostics.length === 0))
    return { files, code: refuse(call, [problem('TEST_NOT_FOUND', `No test has "${only}" in its name.`)]) };
  const out = painter(call.color);
  if (only === undefined) for (const file of files) for (const line of coverageLines(file, out)) say(call, line);
  say(call, summaryLine(files, out));
  const report = call.flags.text('junit');
  const unplaced = report === undefined ? null : placeReport(call, report, testsXml(files));
  const code = codeOf(files);
  return { files, code: code === EXIT.done && unplaced !== null ? unplaced : code };
}

async function testOne(call: Call, file: string): Promise<TestedFile | number> {
  const project = await openProject(call, file);
  if (!project.ok) return project.code;
  const { testFile } = await import('../../app/commands/test-workflows.ts');
  const tested = await testFile(project.value, file, call.flags.text('only'));
  printProblems(tested.diagnostics, call);
  for (const result of tested.results) {
    const { problems, ...rest } = result;
    if (call.json)
      call.io.out.write(
        `${JSON.stringify({ type: 'tested', file: tested.file, passed: problems.length === 0, ...rest })}\n`,
      );
    say(call, testLine(tested, result, painter(call.color)));
    printProblems(problems, call);
  }
  return tested;
}

/** For people; programs read stdout. */
function say(call: Call, line: string): void {
  call.io.err.write(`${line}\n`);
}

function codeOf(files: readonly TestedFile[]): number {
  if (files.some(({ results }) => results.some(({ problems }) => problems.length > 0))) return EXIT.failed;
  return exitCodeOf(files.flatMap(({ diagnostics }) => diagnostics));
}
