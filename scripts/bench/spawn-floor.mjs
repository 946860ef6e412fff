/** The floor: `node spawn-floor.mjs COUNT AT_ONCE` starts /bin/true so often, so many at once, and does nothing else. */
import { spawn } from 'node:child_process';

const [count, atOnce] = process.argv.slice(2).map(Number);
let begun = 0;
function next() {
  if (begun++ < count) spawn('/bin/true', { stdio: 'ignore' }).on('exit', next);
}
for (let i = 0; i < atOnce; i++) next();
