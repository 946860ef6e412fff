/** The plugins of one run: each is started with its first call, shared by all that follow, started anew when it died, and ended with the run. */
import { problem, type Result } from '../core/diagnostic/diagnostic.ts';
import { digest } from '../core/json.ts';
import type { PluginBundle, PluginCall, PluginEnd, PluginHost, PluginManifest, PluginRef } from '../core/plugin.ts';
import type { Clock } from '../core/ports.ts';
import type { AttemptError } from '../core/run/event.ts';
import { type BrokerPorts, createBroker } from './broker.ts';
import { explainThrown } from './explain-thrown.ts';
import { createPeer, type Line, type Peer } from './isolate/peer.ts';

export interface PluginHostOptions extends BrokerPorts {
  readonly clock: Clock;
  /** The plugin that the plan knew, or why it cannot be had. */
  find(
    ref: PluginRef,
  ): Promise<Result<{ readonly file: string; readonly bundle: PluginBundle; readonly manifest: PluginManifest }>>;
  /** A line to where it runs, with nothing loaded yet. */
  start(ref: PluginRef, manifest: PluginManifest): Line;
}

interface Instance {
  readonly line: Line;
  readonly peer: Peer;
  readonly timeoutMs: number;
}
type Started = { readonly ok: true; readonly value: Instance } | { readonly ok: false; readonly error: AttemptError };

/** Between the end of the time of a call and its own end: in which it may still stop by itself. */
const GRACE_MS = 200;
/** A start takes its time where much else runs, whatever the calls of the plugin may take. */
const LEAST_LOAD_MS = 10_000;

export function createPluginHost(options: PluginHostOptions): PluginHost {
  const instances = new Map<string, Promise<Started>>();

  /** One that died is forgotten at once, so that whoever comes next starts it anew. */
  const instanceOf = (ref: PluginRef): Promise<Started> => {
    const key = digest([ref.integrity, ref.isolation, ref.from]);
    const known = instances.get(key);
    if (known !== undefined) return known;
    const started = startOne(ref, options, () => {
      if (instances.get(key) === started) instances.delete(key);
    });
    instances.set(key, started);
    return started;
  };

  return {
    async call(call) {
      const started = await instanceOf(call.plugin);
      if (!started.ok) return { ok: false, error: started.error };
      return callOn(started.value, call, options);
    },
    async close() {
      const all = [...instances.values()];
      instances.clear();
      for (const started of await Promise.all(all)) {
        if (started.ok) started.value.line.kill(problem('STEP_CANCELLED', 'The run has ended.'));
      }
    },
  };
}

async function startOne(ref: PluginRef, options: PluginHostOptions, forget: () => void): Promise<Started> {
  const found = await options.find(ref);
  if (!found.ok)
    return {
      ok: false,
      error: found.diagnostics[0] ?? problem('PLUGIN_UNREADABLE', `There is no plugin ${ref.name}.`),
    };
  const { file, bundle, manifest } = found.value;
  const line = options.start(ref, manifest);
  const peer = createPeer(line, (thrown) => explainThrown(thrown, { name: ref.name, map: bundle.map, file }), forget);
  const loadMs = Math.max(manifest.timeoutMs, LEAST_LOAD_MS);
  const takeBack = options.clock.after(loadMs, () => line.kill(tooLate(ref.name, loadMs)));
  const loaded = await peer.load(bundle.code, file);
  takeBack();
  return loaded.ok ? { ok: true, value: { line, peer, timeoutMs: manifest.timeoutMs } } : loaded;
}

/** A call that is over, by its own time or by the step's, may still stop by itself; then what it runs in is ended, with all other calls there. */
async function callOn(
  { line, peer, timeoutMs }: Instance,
  call: PluginCall,
  options: PluginHostOptions,
): Promise<PluginEnd> {
  const { plugin, step, input, progress } = call;
  const { clock } = options;
  const told = new AbortController();
  const stop = (): void => told.abort();
  let takeBack = clock.after(timeoutMs, stop);
  const given = new Promise<PluginEnd>((resolve) => {
    told.signal.addEventListener('abort', () => {
      takeBack();
      takeBack = clock.after(GRACE_MS, () => {
        resolve({ ok: false, error: tooLate(plugin.name, timeoutMs) });
        line.kill(lost(plugin.name));
      });
    });
  });
  call.signal.addEventListener('abort', stop, { once: true });
  if (call.signal.aborted) stop();
  const answer = createBroker(options, { ...call, signal: told.signal });
  const end = await Promise.race([
    peer.call({ step, input, config: plugin.config, signal: told.signal, answer, progress }),
    given,
  ]);
  takeBack();
  call.signal.removeEventListener('abort', stop);
  return end;
}

function tooLate(name: string, timeoutMs: number): AttemptError {
  const message = `The plugin \`${name}\` took longer than the ${timeoutMs} ms that it says for a call.`;
  return {
    ...problem('STEP_PLUGIN_TIMEOUT', message, { hint: 'Raise `limits: { timeout }` of the plugin.' }),
    retryable: true,
  };
}

function lost(name: string): AttemptError {
  const message = `The plugin \`${name}\` was ended, since a call of it did not stop.`;
  return { ...problem('STEP_PLUGIN_LOST', message), retryable: true };
}
