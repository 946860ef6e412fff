import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Ajv } from 'ajv';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
});
afterEach(() => place.remove());

const EVENTS = `
steps:
  early: { wait: { event: go, timeout: 1h } }
  late: { needs: early, wait: { event: deployed, match: event.version == '2' } }
  show: { run: 'echo "v\${{ steps.late.outputs.event.version }} by \${{ steps.late.outputs.by }}"' }
outputs: { text: '\${{ steps.show.outputs.stdout }}' }
`;
/** Until the run waits; what a user would look at. */
const UNTIL = 'until giga runs show 2>/dev/null | grep -q "waiting  *for"; do :; done';

describe('events', () => {
  it('are sent to a run that goes on, and answered in the order of its steps', async () => {
    place.put('e.yaml', EVENTS);
    const { out, code } = await place.bash(
      `giga run e.yaml 2>&1 &
       ${UNTIL}
       giga runs send "$(ls .giga/runs)" deployed --data '{"version":"1"}' 2>&1
       giga runs send "$(ls .giga/runs)" deployed --data '{"version":"2"}' --as me 2>&1
       giga runs send "$(ls .giga/runs)" go 2>&1; wait`,
    );
    expect(code, out).toBe(0);
    expect(out).toMatch(/run \w+ has the event go/);
    expect(out).toContain('output text = v2 by me');
  });

  it('are sent to a run whose process was killed, which has them when it goes on', async () => {
    place.put('e.yaml', EVENTS);
    await place.bash(
      `node -e 0; '${process.execPath}' '${place.program}' run e.yaml 2>/dev/null & P=$!; ${UNTIL}; kill -9 $P; wait $P`,
    );
    const shown = await place.giga('runs', 'show');
    expect(shown.out).toMatch(/early +waiting +for event `go`, until \d{4}-/);
    const why = await place.giga('why', 'early');
    expect(why.out).toContain('it waits for event `go`, until');
    expect((await place.giga('resume', '--plan')).out).toContain('goes on waiting for event `go`');
    const [id = ''] = (await place.giga('runs', 'list')).out.split(' ');
    expect((await place.giga('runs', 'send', id, 'go')).err).toContain(
      'is stopped; it has the event go when it goes on',
    );
    expect((await place.giga('resume', '--plan')).out).toContain('waits for event `deployed`');
    await place.giga('runs', 'send', id, 'deployed', '--data', '{"version":"2"}', '--as', 'me');
    const resumed = await place.giga('resume');
    expect(resumed.err).toContain('output text = v2 by me');
    expect(await place.giga('runs', 'send', id, 'go')).toMatchObject({
      code: 1,
      err: expect.stringContaining('RUN_OVER'),
    });
  });

  it.each([
    ['no JSON', ['x', 'go', '--data', '{'], 'CLI_DATA', 2],
    ['an unknown run', ['zzzz', 'go'], 'RUN_NOT_FOUND', 2],
  ])('of which something is wrong are refused: %s', async (_, args, said, code) => {
    expect(await place.giga('runs', 'send', ...args)).toMatchObject({ code, err: expect.stringContaining(said) });
  });

  it('that nothing waits for are told, with the name that was meant', async () => {
    place.put('e.yaml', EVENTS);
    await place.bash(
      `'${process.execPath}' '${place.program}' run e.yaml 2>/dev/null & P=$!; ${UNTIL}; kill -9 $P; wait $P`,
    );
    const [id = ''] = (await place.giga('runs', 'list')).out.split(' ');
    const sent = await place.giga('runs', 'send', id, 'deploye', '--json');
    expect(sent.err).toMatch(/RUN_EVENT_UNAWAITED[^]*`deployed`/);
    expect(JSON.parse(sent.out.trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'event.sent',
      name: 'deploye',
      state: 'written',
    });
    expect((await place.giga('runs', 'send', id, 'a b')).err).toContain('RUN_BAD_EVENT');
  });
});

const WAITS = `
secrets: [TOKEN]
steps:
  make: { run: 'mkdir -p out && touch ready && echo x > out/a.txt' }
  look: { wait: { until: "glob('ready')[0] == 'ready'", every: 10ms } }
  probe: { wait: { until: { run: 'test -f ready && echo "$TOKEN"' }, every: 10ms }, secrets: [TOKEN] }
  file: { wait: { file: 'out/*.txt' } }
  late: { wait: { until: { run: 'exit 7' }, every: 10ms, timeout: 100ms }, continue-on-error: true }
outputs:
  file: \${{ steps.file.outputs.path }}
  probe: \${{ steps.probe.outputs.stdout }}
`;

describe('waits', () => {
  it('for conditions, probes and files end when these come; the events fit the published schema', async () => {
    place.remove();
    place = openWorkplace({ TOKEN: 'hunter2-hunter2' });
    place.put('w.yaml', WAITS);
    const { out, err } = await place.giga('run', 'w.yaml', '--json');
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync('schemas/event.schema.json', 'utf8')));
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string });
    for (const event of events) expect(validate(event), JSON.stringify([event, validate.errors])).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['check.started', 'check.ended', 'wait.ended']),
    );
    expect(out).not.toContain('hunter2');
    expect(err).toContain('output file = out/a.txt');
    expect(err).toContain('output probe = ***');
    expect(err).toContain('Step `late` waited 100ms for `exit 7` to succeed.');
    const why = await place.giga('why', 'late');
    expect(why.out).toContain('At the last look: It ended with exit code 7.');
  });

  it('for a server end when it answers well; one that may not be asked fails the step', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      response.writeHead(++asked < 3 ? 503 : 200, { 'content-type': 'application/json' }).end('{"version":"2"}');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo; // it listens on a port
    const probe = `{ wait: { until: { http: 'http://127.0.0.1:${port}/' }, every: 10ms, timeout: 1m } }`;
    const outputs = 'outputs: { v: "${{ steps.up.outputs.json.version }}" }';
    place.put('up.yaml', `permissions: { net: [127.0.0.1] }\nsteps:\n  up: ${probe}\n${outputs}\n`);
    place.put('no.yaml', `steps:\n  up: ${probe}\n`);
    expect((await place.giga('run', 'up.yaml')).err).toContain('output v = 2');
    expect(asked).toBe(3);
    expect((await place.giga('run', 'no.yaml')).err).toContain('STEP_HTTP_REFUSED');
    expect(asked).toBe(3);
    server.close();
  });

  it('are drawn and planned', async () => {
    place.put('e.yaml', `timeout: 1h${EVENTS}`);
    expect((await place.giga('graph', 'e.yaml')).out).toContain("wait event deployed if event.version == '2' ← early");
    const plan = await place.giga('plan', 'e.yaml');
    expect(plan.out).toContain('timeout 1h00m · plan');
    expect(plan.out).toContain('early  wait event go · timeout 1h00m');
  });
});

describe('the time of a run', () => {
  it('is over: its steps are stopped with all that they started, and its end is done', async () => {
    place.put(
      't.yaml',
      "timeout: 500ms\nsteps: { a: { run: 'sleep 77 & sleep 77' } }\nfinally: [{ id: f, run: echo the end }]\n",
    );
    const { code, err } = await place.giga('run', 't.yaml');
    expect(code).toBe(1);
    expect(err).toMatch(/a cancelled[^]*finally\/f ok[^]*The run took longer than its `timeout` of 500ms/);
    expect((await place.bash('pgrep -f "^sleep 77" || echo none')).out).toBe('none\n');
  });
});
