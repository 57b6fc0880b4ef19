// What the dimensions and the inputs of a tensor are called. In: shape, constness, operator. Out: words.
// Orders are those of the TFLite kernels (weights [O, H, W, I]; TRANSPOSE_CONV takes its output's shape first).
const WEIGHTED = ['input', 'weights', 'bias'];
const ROLES: Readonly<Record<string, readonly string[]>> = {
  CONV_2D: WEIGHTED,
  DEPTHWISE_CONV_2D: WEIGHTED,
  FULLY_CONNECTED: WEIGHTED,
  TRANSPOSE_CONV: ['output shape', 'weights', 'input', 'bias'],
};

/** The role of the input at `position` (left-out optional inputs count): 'weights', or 'input 0' where none is known. */
export const roleOf = (operator: string, position: number): string =>
  ROLES[operator]?.[position] ?? `input ${position}`;

/** Names of the dimensions, outermost first; those of a constant of rank 4 are taken for weights. */
export function axesOf(rank: number, constant: boolean): readonly string[] {
  if (rank === 4) return constant ? ['o', 'y', 'x', 'i'] : ['n', 'y', 'x', 'c'];
  if (rank === 3) return ['y', 'x', 'c'];
  if (rank === 2) return ['row', 'column'];
  return rank < 2 ? ['index'] : Array.from({ length: rank }, (_, d) => `i${d}`);
}

/** What the heat map turns over by its first dimension. */
export const batchWord = (rank: number, constant: boolean): string => (rank === 4 && constant ? 'filter' : 'batch');
