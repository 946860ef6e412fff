/** Commands to the process that drives a run. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import type { JournalWriter } from '../../../src/core/ports.ts';
import type { FileStore } from '../../../src/host/store/file/file-store.ts';
import { codes, storeIn, temporaryFolder, value } from './folder.ts';

let folder: string;
let driving: FileStore;
let writer: JournalWriter;
const inbox = (): string => join(folder, '.giga/runs/r1/inbox');
beforeEach(async () => {
  folder = temporaryFolder();
  driving = storeIn(folder);
  writer = value(await driving.create('r1'));
});

interface Received {
  readonly commands: Json[];
  readonly stop: () => void;
}

/** Watches until `stop`. */
function receive(): Received {
  const commands: Json[] = [];
  return { commands, stop: driving.watchInbox('r1', (command) => commands.push(command)) };
}

function later(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

test('reach it in order, once, however they are sent', async () => {
  const sender = storeIn(folder);
  const sent = Array.from({ length: 12 }, (_, n): Json => ({ command: 'cancel', n }));
  for (const command of sent.slice(0, 3)) value(await sender.sendCommand('r1', command));
  const commands: Json[] = [];
  const { promise: all, resolve } = later();
  const stop = driving.watchInbox('r1', (command) => {
    commands.push(command);
    if (commands.length === 12) resolve();
  });
  expect(commands).toHaveLength(3); // what was there already
  for (const command of sent.slice(3)) value(await sender.sendCommand('r1', command));
  await all;
  stop();
  expect(commands).toEqual(sent);
  expect(readdirSync(inbox())).toEqual([]);
  value(await sender.sendCommand('r1', 'late'));
  expect(commands).toHaveLength(12);
  await writer.close();
});

test('are refused when nobody drives the run', async () => {
  await writer.close();
  expect(codes(await storeIn(folder).sendCommand('r1', {}))).toEqual(['RUN_NOT_LIVE']);
  expect(existsSync(inbox())).toBe(false);
});

test('meant for an earlier holder are never given to a later one', async () => {
  value(await storeIn(folder).sendCommand('r1', { command: 'cancel' }));
  await writer.close();
  const { writer: second } = value(await driving.open('r1'));
  const { commands, stop } = receive();
  expect(commands).toEqual([]);
  expect(readdirSync(inbox())).toEqual([]);
  stop();
  await second.close();
});

test('that are none are thrown away: no JSON, no command, too large, other names stay', async () => {
  mkdirSync(inbox());
  writeFileSync(join(inbox(), '1.json'), '{"epoch":1,"comm');
  writeFileSync(join(inbox(), '2.json'), '{"epoch":"1","command":1}');
  writeFileSync(join(inbox(), '3.json'), JSON.stringify({ epoch: 1, command: 'x'.repeat(70_000) }));
  writeFileSync(join(inbox(), 'note.txt'), 'hello');
  writeFileSync(join(inbox(), '6.json'), '{"epoch":0,"command":"for somebody earlier"}');
  writeFileSync(join(inbox(), '4.json'), '{"epoch":1,"command":{"ok":true}}');
  writeFileSync(join(inbox(), '5.json'), '{"epoch":2,"command":"for somebody later"}');
  const { commands, stop } = receive();
  expect(commands).toEqual([{ ok: true }]);
  expect(readdirSync(inbox()).toSorted()).toEqual(['5.json', 'note.txt']);
  stop();
  await writer.close();
});
