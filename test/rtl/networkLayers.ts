// The convolution layers of the networks whose clocks are published (Kraken, arXiv 2112.02793, Table V; layer tables of
// its script nns_config.py): [K, S, height = width, C_i, C_o], and how often the layer occurs. ResNet-50's strided 1x1
// convolutions stand on the decimated map, as there.

export type LayerRow = readonly [
  kernel: number,
  stride: number,
  size: number,
  inputs: number,
  outputs: number,
  times: number,
];

export const VGG16 = {
  clocks: 22_897_728,
  layers: [
    [3, 1, 224, 3, 64, 1],
    [3, 1, 224, 64, 64, 1],
    [3, 1, 112, 64, 128, 1],
    [3, 1, 112, 128, 128, 1],
    [3, 1, 56, 128, 256, 1],
    [3, 1, 56, 256, 256, 2],
    [3, 1, 28, 256, 512, 1],
    [3, 1, 28, 512, 512, 2],
    [3, 1, 14, 512, 512, 3],
  ],
} as const satisfies { clocks: number; layers: readonly LayerRow[] };

export const RESNET50 = {
  clocks: 6_227_984,
  layers: [
    [7, 2, 224, 3, 64, 1],
    // stage 2
    [1, 1, 56, 64, 64, 1],
    [3, 1, 56, 64, 64, 3],
    [1, 1, 56, 64, 256, 4], // three, and the shortcut
    [1, 1, 56, 256, 64, 2],
    // stage 3
    [1, 1, 28, 256, 128, 1],
    [3, 1, 28, 128, 128, 4],
    [1, 1, 28, 128, 512, 4],
    [1, 1, 28, 512, 128, 3],
    [1, 1, 28, 256, 512, 1], // shortcut
    // stage 4
    [1, 1, 14, 512, 256, 1],
    [3, 1, 14, 256, 256, 6],
    [1, 1, 14, 256, 1024, 6],
    [1, 1, 14, 1024, 256, 5],
    [1, 1, 14, 512, 1024, 1], // shortcut
    // stage 5
    [1, 1, 7, 1024, 512, 1],
    [3, 1, 7, 512, 512, 3],
    [1, 1, 7, 512, 2048, 3],
    [1, 1, 7, 2048, 512, 2],
    [1, 1, 7, 1024, 2048, 1], // shortcut
  ],
} as const satisfies { clocks: number; layers: readonly LayerRow[] };

/** Its groups run one by one; the first layer on 228 pixels, as the script has it. The clocks are the closed form's. */
export const ALEXNET = {
  clocks: 1_183_432,
  layers: [
    [11, 4, 228, 3, 96, 1],
    [5, 1, 27, 48, 128, 2],
    [3, 1, 13, 256, 384, 1],
    [3, 1, 13, 192, 192, 2],
    [3, 1, 13, 192, 128, 2],
  ],
} as const satisfies { clocks: number; layers: readonly LayerRow[] };
