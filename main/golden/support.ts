// Does golden run this operator? In: an operator of a checked network, a kernel set. Out: yes and in which arithmetic, or a
// sentence that says why not.
import type { Arithmetic, KernelSet } from '../network/arithmetic';
import type { Network, Operator, OperatorKind } from '../network/network';
import type { Support } from '../network/view';
import { ELEMENT_BYTES, elementCount } from '../network/network';
import { holds } from '../tensor/tensor';
import { wordBits } from '../network/scheme';
import { arithmeticOf, schemeOfWords } from './arithmetic';
import type { Kernel } from './kernel';
import { SUPPORTED_KINDS, kernelOf } from './operators';

/** Bytes of one tensor at most: what 32-bit offsets and one typed array carry safely. */
const LARGEST_TENSOR = 2 ** 30;

export function supportOf(operator: Operator, network: Network, set: KernelSet): Support {
  if (operator.kind === 'OTHER')
    return refuse(`${operator.name} is not among the ${SUPPORTED_KINDS.length} operators golden runs.`);
  const scheme = schemeOfWords(operator, network);
  const inWords = scheme && arithmeticOf(operator, network, set);
  if (inWords && typeof inWords !== 'string') return refuse(`${operator.name}: ${inWords.why}.`);
  const kernel = kernelOf(operator, network);
  const why = checkSlots(operator, network, kernel) ?? kernel.supports(operator, network);
  if (why !== null) return refuse(why);
  const arithmetic = inWords ?? arithmeticOf(operator, network, set);
  if (typeof arithmetic !== 'string') return refuse(`${operator.name} in kernel set ${set}: ${arithmetic.why}.`);
  const narrowed = arithmetic === 'exact' ? needAllBits(operator, network) : null;
  return narrowed === null ? { ok: true, arithmetic } : refuse(narrowed);
}

/** What moves words does not cut them. */
function needAllBits(operator: Operator, network: Network): string | null {
  const tensors = (indices: readonly number[]) => indices.flatMap((index) => network.tensors[index] ?? []);
  for (const y of tensors(operator.outputs))
    for (const x of tensors(operator.inputs))
      if (y.type === x.type && (wordBits(x) ?? 0) > (wordBits(y) ?? 0))
        return `${operator.name} does not cut words: tensor ${x.index} has ${wordBits(x)} bits, tensor ${y.index} ${wordBits(y)}.`;
  return null;
}

/** How an operator is computed in a kernel set. For operators whose support was checked. */
export function arithmeticFor(operator: Operator, network: Network, set: KernelSet): Arithmetic {
  const support = supportOf(operator, network, set);
  if (!support.ok) throw new Error(support.why);
  return support.arithmetic;
}

const refuse = (why: string): Support => ({ ok: false, why });

/** What holds for every operator: the number of inputs and outputs, and that their values can be held. */
function checkSlots(operator: Operator, network: Network, kernel: Kernel<OperatorKind>): string | null {
  const [least, most] = kernel.inputs;
  const { name, inputs, outputs } = operator;
  if (inputs.length < least || inputs.length > most || inputs.slice(0, least).includes(-1))
    return `${name} needs ${least === most ? least : `${least} to ${most}`} inputs; ${inputs.filter((i) => i >= 0).length} are given.`;
  if (kernel.severalOutputs ? outputs.length < 1 : outputs.length !== 1)
    return `${name} has ${kernel.severalOutputs ? 'at least ' : ''}one output; ${outputs.length} are given.`;
  for (const index of [...inputs, ...outputs]) {
    const tensor = network.tensors[index];
    if (!tensor) continue; // -1: an optional input left out
    if (tensor.isVariable && !kernel.variables)
      return `${name} with variable tensors (tensor ${index}) is not supported.`;
    if (!holds(tensor.type)) return `${name} with ${tensor.type} values (tensor ${index}) is not supported.`;
    const count = elementCount(tensor.shape);
    if (count === 0) return `${name} with an empty tensor (tensor ${index}) is not supported.`;
    if (count * ELEMENT_BYTES[tensor.type] > LARGEST_TENSOR)
      return `${name} with tensor ${index} of ${count} elements is too large to run; ${LARGEST_TENSOR} bytes is the limit.`;
  }
  return null;
}
