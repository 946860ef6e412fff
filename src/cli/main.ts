#!/usr/bin/env node
/** The entry of the command: argv to a command's module, and the one place where a bug of giga is caught. */
import { resolve } from 'node:path';
import { problem } from '../core/diagnostic/diagnostic.ts';
import { unreachable } from '../core/json.ts';
import { JournalFailure } from '../core/ports.ts';
import type { Call } from './command-spec.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { type Io, processIo, wantsColor } from './io.ts';
import { readArguments } from './program.ts';
import { printProblems } from './render/problems.ts';

async function main(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === 'complete' && argv[1] === '--') {
    const { complete } = await import('./commands/completion.ts'); // what the scripts of `giga completion` call
    return complete(argv.slice(2), io.cwd);
  }
  const request = readArguments(argv);
  switch (request.kind) {
    case 'text':
      io.out.write(request.text);
      return EXIT.done;
    case 'empty':
      io.err.write(request.text);
      return EXIT.usage;
    case 'refused': {
      const color = wantsColor(argv.includes('--no-color') ? false : undefined, io.env, io.err.isTerminal);
      printProblems([request.diagnostic], { io, color, json: argv.includes('--json') });
      return EXIT.usage;
    }
    case 'call': {
      const { flags } = request;
      const colorFlag = flags.on('no-color') ? false : undefined;
      const call: Call = {
        io,
        args: request.args,
        flags,
        color: wantsColor(colorFlag, io.env, io.err.isTerminal),
        outColor: wantsColor(colorFlag, io.env, io.out.isTerminal),
        json: flags.on('json'),
        cwd: resolve(io.cwd, flags.text('cwd') ?? '.'),
      };
      const command = await request.spec.load();
      return command.perform(call);
    }
    default:
      return unreachable(request);
  }
}

/** A disk that refuses is no bug. Whatever else was thrown is one: a message that asks for a report, and a stack only for who asks for it. */
function reportThrown(error: unknown, io: Io): number {
  const color = wantsColor(undefined, io.env, io.err.isTerminal);
  if (error instanceof JournalFailure) {
    printProblems([error.diagnostic], { io, color, json: false });
    return exitCodeOf([error.diagnostic]);
  }
  const message = error instanceof Error ? error.message : String(error);
  const bug = problem('CLI_BUG', `giga met a bug of its own: ${message}`, {
    hint: 'runs are safe: `giga resume` continues one. Please report this; GIGA_DEBUG=1 shows where it happened',
  });
  printProblems([bug], { io, color, json: false });
  if (io.env['GIGA_DEBUG'] && error instanceof Error) io.err.write(`${error.stack}\n`);
  return EXIT.bug;
}

/** Lets the streams take what was written, and ends. Data that did not get out is no success. */
async function leave(code: number): Promise<never> {
  await Promise.all([io.out.writeAll(''), io.err.writeAll('')]);
  const { failure } = io.out;
  if (failure === undefined) process.exit(code);
  const lost = problem('CLI_OUTPUT', `The output cannot be written: ${failure}.`);
  printProblems([lost], { io, color: false, json: false });
  process.exit(code === EXIT.done ? EXIT.failed : code);
}

const io = processIo();
process.on('uncaughtException', (error) => void leave(reportThrown(error, io)));
process.on('unhandledRejection', (error) => void leave(reportThrown(error, io)));
// Node would end with code 0 when nothing is left that could wake it: a command that has not come to its end is no success.
process.once('beforeExit', () => void leave(reportThrown(new Error('it waits for something that cannot come'), io)));
void main(process.argv.slice(2), io).then(leave, (error: unknown) => leave(reportThrown(error, io)));
