// A network as people read it. In: the Network, its problems, and golden's answer for each operator (handed in, because
// golden lies to the right of import). Out: a NetworkView: plain JSON, no constant bytes.
import { createHash } from 'node:crypto';
import { countMacs, countParameters } from '../network/cost';
import { type KernelSet, forEverySet } from '../network/arithmetic';
import type { Network, Operator, Tensor } from '../network/network';
import type { Problem } from '../network/problem';
import { DESCRIBER } from '../network/program';
import { schemeText } from '../network/scheme';
import type { NetworkView, OperatorView, Support, TensorView } from '../network/view';
import { byteCount } from '../tensor/tensor';

export type SupportOf = (operator: Operator, network: Network, set: KernelSet) => Support;

export function describeNetwork(network: Network, problems: readonly Problem[], supportOf: SupportOf): NetworkView {
  const operators = network.operators.map((operator) => describeOperator(operator, network, supportOf));
  const sum = (cost: (view: OperatorView) => number) => operators.reduce((total, view) => total + cost(view), 0);
  const { converted, scheme, ...rest } = network;
  return {
    ...rest,
    ...(scheme && { scheme: schemeText(scheme) }),
    describedBy: DESCRIBER,
    tensors: network.tensors.map((tensor) => describeTensor(tensor, converted)),
    operators,
    converted: converted && {
      sha256: createHash('sha256').update(converted).digest('hex'),
      bytes: converted.length,
    },
    problems,
    totals: {
      macs: sum((view) => view.macs),
      parameters: sum((view) => view.parameters),
      unsupported: forEverySet((set) => sum((view) => (view.support[set].ok ? 0 : 1))),
    },
  };
}

function describeTensor({ data, ...tensor }: Tensor, converted: Uint8Array | null): TensorView {
  return {
    ...tensor,
    bytes: byteCount(tensor),
    // Constants are views of the file or of what was converted, whose first byte is byte 0 of the buffer (importNetwork sees to it).
    constant: data && {
      offset: data.byteOffset,
      length: data.byteLength,
      isConverted: data.buffer === converted?.buffer,
    },
  };
}

function describeOperator(operator: Operator, network: Network, supportOf: SupportOf): OperatorView {
  const { index, name, version, inputs, outputs, options, fileOffset, origin, scheme } = operator;
  return {
    index,
    name,
    version,
    inputs,
    outputs,
    options: { ...options },
    fileOffset,
    ...(origin === undefined ? {} : { origin }),
    ...(scheme && { scheme: schemeText(scheme) }),
    macs: countMacs(operator, network),
    parameters: countParameters(operator, network),
    support: forEverySet((set) => supportOf(operator, network, set)),
  };
}
