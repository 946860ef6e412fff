/** Remembers plugins in a folder: each by its file, for as long as the files that it is made of are what they were, and each bundle by its digest. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest, sha256 } from '../core/json.ts';
import type { FoundPlugin, PluginMemory } from './reader.ts';

/** `folder` is absolute, and made when something is kept; `version` that of giga. */
export function createPluginMemory(folder: string, version: string): PluginMemory {
  const byFile = (file: string): string => join(folder, `file-${digest([version, file])}.json`);
  const byIntegrity = (integrity: string): string => join(folder, `bundle-${digest([version, integrity])}.json`);
  return {
    recall(file) {
      const integrity = readWhole(byFile(file));
      const found = integrity === null ? null : readFound(byIntegrity(integrity), integrity);
      return found !== null && isUnchanged(found) ? found : null;
    },
    recallBundle: (integrity) => readFound(byIntegrity(integrity), integrity),
    remember(file, found) {
      const { integrity } = found.bundle;
      try {
        mkdirSync(folder, { recursive: true });
        writeWhole(byIntegrity(integrity), JSON.stringify(found));
        writeWhole(byFile(file), integrity);
      } catch {
        // It is found again the next time.
      }
    },
  };
}

function isUnchanged({ bundle }: FoundPlugin): boolean {
  try {
    return Object.entries(bundle.inputs).every(([path, text]) => readFileSync(path, 'utf8') === text);
  } catch {
    return false;
  }
}

function readFound(path: string, integrity: string): FoundPlugin | null {
  const text = readWhole(path);
  if (text === null) return null;
  const found = JSON.parse(text) as FoundPlugin; // written by `remember`, as its digest says
  return found.bundle.integrity === integrity && sha256(found.bundle.code) === integrity ? found : null;
}

/** A digest, then the text; null for what is not there or was damaged. */
function readWhole(path: string): string | null {
  try {
    const whole = readFileSync(path, 'utf8');
    const end = whole.indexOf('\n');
    const text = whole.slice(end + 1);
    return sha256(text) === whole.slice(0, end) ? text : null;
  } catch {
    return null;
  }
}

function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, `${sha256(text)}\n${text}`);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
