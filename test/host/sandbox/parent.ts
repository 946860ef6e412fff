/** A process that runs something in a sandbox until it is killed: `parent.ts ROOT MARK`. Says so once it runs. */
import { readdirSync } from 'node:fs';
import { NO_MASK } from '../../../src/host/mask/mask.ts';
import { createBubblewrap } from '../../../src/host/sandbox/bubblewrap.ts';

const [root = '', mark = ''] = process.argv.slice(2);
const script = `trap "" TERM HUP; (exec -a ${mark} sleep 300) & touch begun; exec -a ${mark} sleep 300`;
const never = new AbortController().signal;
const box = createBubblewrap({ mask: NO_MASK, hidden: [] });
await box.problem();
const looking = setInterval(() => {
  if (readdirSync(root).includes('begun')) {
    clearInterval(looking);
    process.stdout.write('running\n');
  }
}, 20);
await box.run(
  {
    program: { kind: 'script', shell: 'bash', script },
    root,
    cwd: root,
    env: {},
    permissions: { read: null, write: ['**'], net: [], named: [] },
    maxOutput: 1_000,
    timeoutMs: 300_000,
  },
  never,
);
