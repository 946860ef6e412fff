/** Finds the part of a document that a JSON Pointer names. Knows trees, not schemas. */
import type { MapEntry, MapTree, Range, Tree } from '../../core/document.ts';

/** A part of a document: its tree, and the entry of the map that holds it, if it stands under a key. */
export interface ShapePlace {
  readonly tree: Tree;
  readonly entry: MapEntry | null;
  /** What the part is called in a message: its key, or that of the nearest map around it. */
  readonly name: string;
}

/** A finder for one document; maps with many keys are indexed when first asked. */
export function makeFinder(root: MapTree): (pointer: string) => ShapePlace {
  const indexes = new Map<MapTree, ReadonlyMap<string, MapEntry>>();
  const entryOf = (map: MapTree, key: string): MapEntry | undefined => {
    let index = indexes.get(map);
    if (index === undefined) indexes.set(map, (index = new Map(map.entries.map((entry) => [entry.key, entry]))));
    return index.get(key);
  };
  return (pointer) => {
    let place: ShapePlace = { tree: root, entry: null, name: '' };
    for (const segment of pointer.split('/').slice(1)) {
      const next = step(place, segment.replaceAll('~1', '/').replaceAll('~0', '~'), entryOf);
      if (next === null) return place;
      place = next;
    }
    return place;
  };
}

function step(
  place: ShapePlace,
  segment: string,
  entryOf: (map: MapTree, key: string) => MapEntry | undefined,
): ShapePlace | null {
  if (place.tree.kind === 'scalar') return null;
  if (place.tree.kind === 'list') {
    const tree = place.tree.items[Number(segment)];
    return tree === undefined ? null : { tree, entry: null, name: place.name };
  }
  const entry = entryOf(place.tree, segment);
  return entry === undefined ? null : { tree: entry.value, entry, name: entry.key };
}

/** A range for a caret: a value on one line as it is; of a larger one its key, or its first key. */
export function caretRange({ tree, entry }: Pick<ShapePlace, 'tree' | 'entry'>): Range {
  if (tree.kind === 'scalar' && tree.range[1] > tree.range[0]) return tree.range;
  if (entry !== null) return entry.keyRange;
  return tree.kind === 'map' ? (tree.entries[0]?.keyRange ?? tree.range) : tree.range;
}
