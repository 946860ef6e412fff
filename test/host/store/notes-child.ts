/** What the test of notes starts: adds lines to one note and makes others, as often as it can. Says on stdout what is on disk. */
import { writeSync } from 'node:fs';
import { openNotes } from '../../../src/host/store/file/notes.ts';

const [folder = '', name = '', count = '0'] = process.argv.slice(2);
const store = openNotes(folder, 's');
const by = { kind: 'person', at: 1, name } as const;
for (let n = 0; n < Number(count); ) {
  const read = await store.read();
  if ('code' in read) throw new Error(read.message);
  const was = read.notes.find(({ path }) => path === 'shared')?.text ?? null;
  const end = await store.change([{ path: 'shared', was, text: `${was ?? ''}${name}${n}\n` }], by);
  if (end.kind === 'failed' || end.kind === 'refused') throw new Error(JSON.stringify(end));
  if (end.kind === 'done') writeSync(1, `${name}${n++}\n`);
  if (n % 7 === 3) await store.purge();
}
writeSync(1, 'done\n');
