import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventsOf, filesBelow, inPlace, isClear } from './place.ts';

describe.concurrent('giga init', () => {
  it.each(['an empty folder', 'a git repository'])(
    'in %s: what it writes is valid and runs, and a second one changes nothing',
    (where) =>
      inPlace(async (place) => {
        if (where === 'an empty folder') await place.bash('rmdir .git');
        else {
          await place.bash('rmdir .git; git init -q .; mkdir sub');
          place.put('.gitignore', 'node_modules');
          place.put('giga.yaml', 'env: { MINE: "1" }\n');
        }
        const first = await place.giga('init');
        expect(first.code).toBe(0);
        const before = filesBelow(place.folder);
        const second = await place.giga('init');
        expect([second.code, second.err + second.out]).toEqual([0, expect.not.stringContaining('made')]);
        expect(filesBelow(place.folder)).toEqual(before);
        for (const args of [
          ['validate'],
          ['run', 'hello'],
          ['resume', '--plan'],
          ['graph', 'hello'],
          ['doctor'],
          ['config', 'explain'],
        ]) {
          const outcome = await place.giga(...args);
          expect([args, outcome.code]).toEqual([args, 0]);
          isClear(outcome);
        }
        if (where === 'an empty folder') return;
        expect(readFileSync(join(place.folder, 'giga.yaml'), 'utf8')).toBe('env: { MINE: "1" }\n');
        expect(readFileSync(join(place.folder, '.gitignore'), 'utf8')).toBe('node_modules\n.giga/\n');
        expect((await place.bash('git status --porcelain')).out).not.toContain('.giga/');
        expect((await place.giga('-C', 'sub', 'run', 'hello')).code).toBe(0);
      }),
  );
});

describe.concurrent('giga completion', () => {
  it.each([
    ['bash', 'bash', ['-n']],
    ['zsh', 'zsh', ['-n']],
    ['fish', 'fish', ['--no-execute']],
    ['powershell', 'pwsh', ['-NoProfile', '-Command', '-']],
  ] as const)('prints a script that %s takes', (shell, program, args) =>
    inPlace(async (place) => {
      const outcome = await place.giga('completion', shell);
      expect([outcome.code, outcome.err]).toEqual([0, '']);
      expect(outcome.out).toContain('giga');
      place.put('script', outcome.out);
      try {
        execFileSync(program, ['--version'], { stdio: 'ignore' });
      } catch {
        return; // the script is printed; there is no such shell here to read it
      }
      if (shell !== 'powershell') execFileSync(program, [...args, join(place.folder, 'script')]);
    }),
  );

  it('completes commands and flags in a real bash', () =>
    inPlace(async (place) => {
      const line = `source <(giga completion bash); COMP_WORDS=(giga re); COMP_CWORD=1; COMP_LINE='giga re'; COMP_POINT=7; $(complete -p giga | sed -E 's/.*-F ([^ ]+).*/\\1/') giga re giga; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const outcome = await place.bash(line);
      expect(outcome.out).toContain('resume');
    }));
});

const CASES = '../shared/conformance/expressions/cases';
const hasCases = existsSync(CASES);
if (!hasCases) console.log(`skipped: ${CASES} is not here`);

interface Case {
  readonly expr: string;
  readonly contexts?: object;
  readonly result?: { readonly kind: string; readonly value: unknown };
  readonly err?: { readonly kind: string };
  readonly options?: { readonly skip?: readonly string[] };
}

describe.skipIf(!hasCases)('giga eval --batch', () => {
  it('answers every case of the official suite, line by line', () =>
    inPlace(async (place) => {
      const cases = readdirSync(CASES)
        .flatMap((file) =>
          Object.values(JSON.parse(readFileSync(join(CASES, file), 'utf8')) as Record<string, Case[]>).flat(),
        )
        .filter(({ options }) => !options?.skip);
      const child = spawn(process.execPath, [place.program, 'eval', '--batch'], {
        env: place.env,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let out = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stdin.end(cases.map(({ expr, contexts = {} }) => `${JSON.stringify({ expr, contexts })}\n`).join(''));
      const code = await new Promise((done) => child.on('close', done));
      const answers = out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Case);
      expect([code, answers.length]).toEqual([0, 577]);
      for (const [i, { expr, err, result }] of cases.entries()) {
        if (err) expect([expr, answers[i]?.err?.kind]).toEqual([expr, err.kind === 'lexing' ? 'parsing' : err.kind]);
        else expect([expr, answers[i]]).toEqual([expr, { result }]);
      }
    }));
});

const CORPUS = '../shared/conformance/frontmatter';
const hasCorpus = existsSync(CORPUS);
if (!hasCorpus) console.log(`skipped: ${CORPUS} is not here`);

describe.skipIf(!hasCorpus)('giga parse --json', () => {
  it('reads documents of the corpus (GIGA_TORTURE=1: all), or says where they are wrong', { timeout: 120_000 }, () =>
    inPlace(async (place) => {
      const all = readdirSync(CORPUS).filter((name) => !name.endsWith('.tsv'));
      expect(all.length).toBeGreaterThan(80);
      const files = all.filter((_, i) => process.env['GIGA_TORTURE'] === '1' || i % 4 === 0);
      const folder = resolve(CORPUS);
      for (let from = 0; from < files.length; from += 4) {
        await Promise.all(
          files.slice(from, from + 4).map(async (name) => {
            const outcome = await place.giga('parse', join(folder, name), '--json');
            isClear(outcome);
            const [parsed] = eventsOf(outcome);
            expect([name, outcome.code === 0 || outcome.code === 3, typeof parsed]).toEqual([name, true, 'object']);
            const problems = (parsed?.['diagnostics'] ?? []) as {
              severity: string;
              at?: { start: { line: number } };
            }[];
            for (const one of problems) expect([name, one.at?.start.line]).toEqual([name, expect.any(Number)]);
            expect([name, outcome.code]).toEqual([name, problems.some(({ severity }) => severity === 'error') ? 3 : 0]);
          }),
        );
      }
    }),
  );
});

describe.concurrent('what is shown', () => {
  it('has a limit: many outputs are counted, not printed', () =>
    inPlace(async (place) => {
      const names = Array.from({ length: 300 }, (_, i) => `o${i}`);
      place.put(
        'w.yaml',
        `steps: { a: { run: "true" } }\noutputs:\n${names.map((name) => `  ${name}: ${name}`).join('\n')}\n`,
      );
      const { err } = await place.giga('run', 'w.yaml');
      expect(err.match(/^output /gm)?.length).toBeLessThan(60);
      expect(err).toMatch(/\noutput … and \d+ more: giga runs show \w+\n/);
      expect((await place.giga('runs', 'show')).out.match(/^output /gm)).toHaveLength(300);
    }));

  it('a step may have the name that a run begins with', () =>
    inPlace(async (place) => {
      place.put('w.yaml', 'steps: { a: { run: echo of a } }\n');
      await place.giga('run', 'w.yaml');
      const id = readdirSync(join(place.folder, '.giga/runs'))[0] ?? '';
      place.put(
        'w.yaml',
        `steps: { ${id.slice(0, 2)}x: { run: echo x }, ${JSON.stringify(id.slice(0, 1))}: { run: echo of the step } }\n`,
      );
      await place.giga('run', 'w.yaml');
      expect((await place.giga('logs', id.slice(0, 1))).out).toBe('of the step\n');
      expect((await place.giga('logs', id)).out).toContain('of a\n');
    }));
});
