/** What giga and a plugin say to each other: frames, messages, and the peer that believes nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problem } from '../../src/core/diagnostic/diagnostic.ts';
import type { AttemptError } from '../../src/core/run/event.ts';
import { encodeFrame, frameReader } from '../../src/plugin/isolate/frames.ts';
import { type FromPlugin, readMessage, type ToPlugin } from '../../src/plugin/isolate/messages.ts';
import { createPeer, type Line, type PeerCall } from '../../src/plugin/isolate/peer.ts';
import '../fixed-seeds.ts';

describe('frames', () => {
  it('come out as they went in, however the bytes are torn', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 40 })),
        (messages, cuts) => {
          const heard: unknown[] = [];
          const read = frameReader((message) => heard.push(message));
          const bytes = Buffer.concat(messages.map(encodeFrame));
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            read(bytes.subarray(at, at + cut));
            at += cut;
          }
          expect(heard).toEqual(messages.map((message) => JSON.parse(JSON.stringify(message))));
        },
      ),
    );
  });

  it('are refused where they are too long, or no JSON', () => {
    const read = frameReader(() => {});
    expect(() => read(Buffer.from([0x7f, 0, 0, 0]))).toThrow('2130706432 bytes');
    expect(() => frameReader(() => {})(Buffer.from([0, 0, 0, 1, 0x7b]))).toThrow('JSON');
  });
});

describe('messages of a plugin', () => {
  it.each<[unknown]>([
    [null],
    [1],
    ['done'],
    [[]],
    [{}],
    [{ kind: 'what' }],
    [{ kind: 'constructor' }],
    [{ kind: 'done' }],
    [{ kind: 'done', call: '1', value: 1 }],
    [{ kind: 'done', call: 1.5, value: 1 }],
    [{ kind: 'threw', call: 1 }],
    [{ kind: 'threw', call: 1, error: { message: 1, stack: '' } }],
    [{ kind: 'unusable', error: null }],
    [{ kind: 'ask', call: 1, ask: 1, what: 'fs.read' }],
    [{ kind: 'ask', call: 1, ask: 'x', what: 'fs.read', args: [] }],
    [{ kind: 'progress', call: 1, line: 5 }],
  ])('%j is none', (value) => {
    expect(readMessage(value)).toBeNull();
  });

  it('are cut where they are long', () => {
    const read = readMessage({
      kind: 'threw',
      call: 1,
      error: { message: 'x'.repeat(9_000), stack: '', retryable: false },
    });
    expect(read).toMatchObject({ kind: 'threw', call: 1, error: { retryable: false } });
    expect(read?.kind === 'threw' && read.error.message.length).toBe(8_000);
  });
});

/** A line whose other end is the test. */
function fakeLine() {
  const sent: ToPlugin[] = [];
  const killed: AttemptError[] = [];
  let hear: (message: unknown) => void = () => {};
  let hearEnd: (why: AttemptError) => void = () => {};
  const line: Line = {
    send: (message) => void sent.push(message),
    onMessage: (hears) => void (hear = hears),
    onEnd: (hears) => void (hearEnd = hears),
    kill(why) {
      killed.push(why);
      hearEnd(why);
      return true;
    },
  };
  return {
    line,
    sent,
    killed,
    say: (message: FromPlugin | Record<string, unknown>) => hear(message),
    end: (why: AttemptError) => hearEnd(why),
  };
}

function callOf(parts: Partial<PeerCall> = {}): PeerCall {
  return {
    step: 'greet',
    input: {},
    config: {},
    signal: new AbortController().signal,
    answer: async () => ({ ok: true, value: 'answered' }),
    progress: () => {},
    ...parts,
  };
}

describe('the peer', () => {
  const peerOf = (line: Line) => createPeer(line, ({ message }) => problem('STEP_PLUGIN_FAILED', message));

  it('gives what was done, and what was thrown', async () => {
    const { line, say } = fakeLine();
    const peer = peerOf(line);
    const [first, second] = [peer.call(callOf()), peer.call(callOf())];
    say({ kind: 'threw', call: 2, error: { message: 'no', stack: '' } });
    say({ kind: 'done', call: 1, value: { text: 'Hello' } });
    expect(await first).toEqual({ ok: true, value: { text: 'Hello' } });
    expect(await second).toMatchObject({ ok: false, error: { code: 'STEP_PLUGIN_FAILED', message: 'no' } });
  });

  it('answers what a call asks, and says no where it is refused', async () => {
    const { line, say, sent } = fakeLine();
    const peer = peerOf(line);
    const asked: string[] = [];
    void peer.call(
      callOf({
        async answer(what, args) {
          asked.push(`${what} ${JSON.stringify(args)}`);
          return what === 'env' ? { ok: false, message: 'no' } : { ok: true, value: 'text' };
        },
      }),
    );
    say({ kind: 'ask', call: 1, ask: 1, what: 'fs.read', args: ['a'] });
    say({ kind: 'ask', call: 1, ask: 2, what: 'env', args: ['A'] });
    await Promise.resolve();
    await Promise.resolve();
    expect(asked).toEqual(['fs.read ["a"]', 'env ["A"]']);
    expect(sent.slice(1)).toEqual([
      { kind: 'answer', ask: 1, value: 'text' },
      { kind: 'refusal', ask: 2, message: 'no' },
    ]);
  });

  it('tells a call that it is to stop', () => {
    const { line, sent } = fakeLine();
    const stop = new AbortController();
    void peerOf(line).call(callOf({ signal: stop.signal }));
    stop.abort();
    expect(sent.at(-1)).toEqual({ kind: 'stop', call: 1 });
  });

  it.each<[string, readonly (FromPlugin | Record<string, unknown>)[]]>([
    ['what it is twice', [{ kind: 'loaded', manifest: {} }]],
    ['the end of a call that was not made', [{ kind: 'done', call: 7, value: 1 }]],
    ['something for a call that was not made', [{ kind: 'ask', call: 0, ask: 1, what: 'fs.read', args: [] }]],
    [
      'one number for two questions',
      [
        { kind: 'ask', call: 1, ask: 1, what: 'fs.read', args: [] },
        { kind: 'ask', call: 1, ask: 1, what: 'fs.read', args: [] },
      ],
    ],
    [
      'too much at once',
      Array.from({ length: 65 }, (_, ask) => ({ kind: 'ask', call: 1, ask, what: 'fs.read', args: [] })),
    ],
    ['nonsense', [{ kind: 'open sesame' }]],
  ])('ends a plugin that says %s', async (_, said) => {
    const { line, say, killed } = fakeLine();
    const end = peerOf(line).call(callOf());
    for (const message of said) say(message);
    expect(killed.map(({ code }) => code)).toEqual(['STEP_PLUGIN_PROTOCOL']);
    expect(await end).toMatchObject({ ok: false, error: { code: 'STEP_PLUGIN_PROTOCOL' } });
  });

  it('takes the first end of a call, and passes over the second', async () => {
    const { line, say, killed } = fakeLine();
    const end = peerOf(line).call(callOf());
    say({ kind: 'done', call: 1, value: 1 });
    say({ kind: 'done', call: 1, value: 2 });
    expect(await end).toEqual({ ok: true, value: 1 });
    expect(killed).toEqual([]);
  });

  it('fails all that is open when the line ends, and all that comes later', async () => {
    const { line, end } = fakeLine();
    const peer = peerOf(line);
    const [loading, calling] = [peer.load('', 'x.js'), peer.call(callOf())];
    end(problem('STEP_PLUGIN_LOST', 'gone'));
    expect(await loading).toMatchObject({ ok: false, error: { code: 'STEP_PLUGIN_LOST' } });
    expect(await calling).toMatchObject({ ok: false, error: { code: 'STEP_PLUGIN_LOST' } });
    expect(await peer.call(callOf())).toMatchObject({ ok: false, error: { code: 'STEP_PLUGIN_LOST' } });
    expect(await peer.load('', 'x.js')).toMatchObject({ ok: false, error: { code: 'STEP_PLUGIN_LOST' } });
  });
});
