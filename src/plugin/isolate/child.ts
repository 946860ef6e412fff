/** The main program of a process that runs one plugin (level `limited`): the runtime at the other end of descriptor 3. What it can do is decided by who starts it. */
import { Socket } from 'node:net';
import { compileFunction } from 'node:vm';
import { encodeFrame, frameReader } from './frames.ts';
import { createRuntime } from './runtime.ts';

const line = new Socket({ fd: 3, readable: true, writable: true });
const receive = createRuntime({ evaluate, send: (message) => void line.write(encodeFrame(message)) });
const read = frameReader((message) => receive(message as Parameters<typeof receive>[0])); // giga is believed
line.on('data', read);
line.on('end', () => process.exit());
line.on('error', () => process.exit());

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

/** A module that may be asked for, so that a plugin can say what it is, and that has nothing in it: its first use is refused. */
function absentModule(name: string): unknown {
  const absent: object = new Proxy(
    {},
    {
      get(_, key) {
        if (typeof key === 'symbol' || key === '__esModule') return undefined;
        throw new Error(`The module ${name} is not there for a plugin that is isolated: use the context of its step.`);
      },
      // Imported names are looked up in an object that is made from this one's prototype.
      getPrototypeOf: () => absent,
    },
  );
  return absent;
}
