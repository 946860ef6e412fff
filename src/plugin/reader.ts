/** Finds plugins: bundles their modules, lets an isolated process say what they are, and remembers both by what the files hold. */
import { existsSync } from 'node:fs';
import { problem, type Result } from '../core/diagnostic/diagnostic.ts';
import type { PluginBundle, PluginManifest } from '../core/plugin.ts';
import type { Clock } from '../core/ports.ts';
import { bundlePlugin } from './bundle.ts';
import { explainThrown } from './explain-thrown.ts';
import { createPeer, type Line } from './isolate/peer.ts';
import { readManifest } from './manifest.ts';

export interface FoundPlugin {
  readonly bundle: PluginBundle;
  readonly manifest: PluginManifest;
}

/** What was found before. Nothing of it throws: what cannot be kept is found again. */
export interface PluginMemory {
  /** Null where nothing is known of the file, or one of the files that it is made of has changed. */
  recall(file: string): FoundPlugin | null;
  /** By the digest of its bundle, whatever its files hold by now. */
  recallBundle(integrity: string): FoundPlugin | null;
  remember(file: string, found: FoundPlugin): void;
}

const READING_MS = 10_000;
const SILENT = `The plugin has not said what it is within ${READING_MS / 1_000} seconds of its start.`;

/** `file` is absolute; `nameOf` gives the name by which a person knows a path; `start` gives a line to an isolated process, which is ended. */
export async function findPlugin(
  file: string,
  nameOf: (path: string) => string,
  { memory, clock, start }: { readonly memory: PluginMemory; readonly clock: Clock; start(): Line },
): Promise<Result<FoundPlugin>> {
  const shown = nameOf(file);
  const known = memory.recall(file);
  if (known !== null) return { ok: true, value: known };
  if (!existsSync(file)) {
    const lost = problem('PLUGIN_UNREADABLE', `There is no file "${shown}".`, {
      hint: 'The path of a plugin is relative to the document that names it.',
    });
    return { ok: false, diagnostics: [lost] };
  }
  const bundled = await bundlePlugin(file, nameOf);
  if (!bundled.ok) return bundled;
  const bundle = bundled.value;
  const line = start();
  const peer = createPeer(line, (thrown) => explainThrown(thrown, { name: shown, map: bundle.map, file }));
  const takeBack = clock.after(READING_MS, () => line.kill(problem('PLUGIN_UNREADABLE', SILENT)));
  const loaded = await peer.load(bundle.code, file);
  takeBack();
  line.kill(problem('STEP_CANCELLED', 'It has said what it is.'));
  if (!loaded.ok) return { ok: false, diagnostics: [{ ...loaded.error, code: 'PLUGIN_UNREADABLE' }] };
  const manifest = readManifest(loaded.manifest, { file: shown, text: bundle.inputs[file] ?? '' });
  if (!manifest.ok) return manifest;
  const found = { bundle, manifest: manifest.value };
  memory.remember(file, found);
  return { ok: true, value: found };
}
