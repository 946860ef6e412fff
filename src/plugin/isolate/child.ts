/** The main program of a process that runs one plugin (level `limited`): the runtime at the other end of descriptor 3. What it can do is decided by who starts it. */
import { Socket } from 'node:net';
import { compileFunction } from 'node:vm';
import { absentModule } from './absent-module.ts';
import { encodeFrame, frameReader } from './frames.ts';
import { createRuntime } from './runtime.ts';

const line = new Socket({ fd: 3, readable: true, writable: true });
const receive = createRuntime({ evaluate, send: (message) => void line.write(encodeFrame(message)) });
const read = frameReader((message) => receive(message as Parameters<typeof receive>[0])); // giga is believed
line.on('data', read);
line.on('end', () => process.exit());
line.on('error', () => process.exit());
line.write(encodeFrame({ kind: 'ready' }));

function evaluate(code: string, file: string): unknown {
  const module = { exports: {} as unknown };
  compileFunction(code, ['require', 'module', 'exports'], { filename: file }).call(
    module.exports,
    absentModule,
    module,
    module.exports,
  );
  return module.exports;
}
