// What a bundle takes. In: a bundle, written or only counted. Out: packets, clocks, vectors and bytes of each layer, and of all.
import type { Bundle } from './bundle';
import type { BundleSize } from './record';

export function measureBundle({ layers, host, vectors, files, bytes }: Bundle): BundleSize {
  return {
    layers: layers.map(({ operator, packets, clocks, folder }) => {
      const own = vectors.filter(({ vector }) => vector.path.startsWith(`${folder}/`));
      const size = own.flatMap((vector) => vector.files).reduce((sum, file) => sum + file.bytes, 0);
      return { operator, packets, clocks, vectors: own.length, bytes: size };
    }),
    host,
    files: vectors.reduce((sum, vector) => sum + vector.files.length, files.length + 1), // and the manifest
    bytes,
  };
}
