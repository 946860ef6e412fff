/** The first words of a process that runs a plugin inside of QuickJS: it takes its program and the interpreter over descriptor 3, and reads no file for them. */
import { Socket } from 'node:net';
import { compileFunction } from 'node:vm';
import { byteReader, encodeFrame } from '../frames.ts';

const line = new Socket({ fd: 3, readable: true, writable: true });
const first: Buffer[] = [];
let hear: ((frame: Buffer) => void) | null = null;

const read = byteReader((frame) => {
  if (hear !== null) return hear(frame);
  first.push(frame);
  const [program, interpreter, bounds] = first;
  if (program === undefined || interpreter === undefined || bounds === undefined) return;
  const module = { exports: {} as { start?: typeof import('./program.ts').start } };
  compileFunction(program.toString('utf8'), ['require', 'module', 'exports']).call(
    module.exports,
    require,
    module,
    module.exports,
  );
  hear = module.exports.start?.(line, interpreter, JSON.parse(bounds.toString('utf8'))) ?? null;
});
line.on('data', read);
line.on('end', () => process.exit());
line.on('error', () => process.exit());
line.write(encodeFrame({ kind: 'ready' }));
