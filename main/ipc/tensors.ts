// From a tensor's reference to the blob its bytes lie in. In: a session and a TensorRef. Out: blob, offset, length, type
// and shape. Shared by plane, histogram, saving, and the bytes the page fetches, so all four name the same bytes.
import type { TensorRef } from '../../preload/contract/channels';
import type { RunRecord, StoredTensor } from '../golden/record';
import { userFailure } from '../network/failure';
import type { ElementType } from '../network/network';
import type { NetworkView, TensorView } from '../network/view';
import type { SessionDoor } from './workbench';

export interface StoredBytes {
  readonly sha256: string;
  readonly offset: number; // bytes into the blob
  readonly length: number; // bytes
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly zeroPoint: number; // 0 where there is none, and per-channel's is the first
  readonly name: string;
}

/** Keeps the last network and ended run it looked up, since a page that scrolls asks for the same ones again. */
export class TensorFinder {
  private network: { readonly id: number; readonly view: NetworkView } | null = null;
  private run: { readonly id: number; readonly network: number; readonly record: RunRecord } | null = null;

  constructor(private readonly session: Pick<SessionDoor, 'network' | 'run' | 'input' | 'inputs'>) {}

  /** The value prepared for an input tensor, whether or not a run has used it. */
  private findInput(network: number, tensor: number, id: number): StoredBytes {
    const slot = this.networkView(network).tensors[tensor];
    if (!slot || !this.session.inputs(network).some((input) => input.id === id && input.tensor === tensor))
      throw userFailure(
        'input-of-other-tensor',
        `Value ${id} was not prepared for tensor ${tensor}.`,
        'Choose the input again.',
        { tensor },
      );
    const { sha256, bytes, type, shape } = this.session.input(id);
    return { sha256, offset: 0, length: bytes, type, shape, zeroPoint: zeroPointOf(slot), name: slot.name };
  }

  find(ref: TensorRef): StoredBytes {
    const view = this.networkView(ref.network);
    const tensor = view.tensors[ref.tensor];
    if (!tensor)
      throw userFailure(
        'tensor-unknown',
        `${view.name} has no tensor ${ref.tensor}.`,
        `It has ${view.tensors.length}.`,
        { tensor: ref.tensor },
      );
    if (ref.input !== undefined) return this.findInput(ref.network, ref.tensor, ref.input);
    if (tensor.constant && ref.what === 'value') return inFile(view, tensor);
    if (ref.run === null)
      throw userFailure(
        'tensor-has-no-value',
        `Tensor ${ref.tensor} (${tensor.name}) is computed by a run.`,
        'Run the network first.',
        { tensor: ref.tensor },
      );
    const stored = storedIn(this.runRecord(ref.network, ref.run), ref);
    if (!stored)
      throw userFailure(
        'tensor-not-in-run',
        `Run ${ref.run} kept no ${ref.what} of tensor ${ref.tensor} (${tensor.name}).`,
        'Choose an operator output.',
        { tensor: ref.tensor },
      );
    const zeroPoint = ref.what === 'value' ? zeroPointOf(tensor) : 0;
    return {
      sha256: stored.sha256,
      offset: 0,
      length: stored.bytes,
      type: stored.type,
      shape: stored.shape,
      zeroPoint,
      name: tensor.name,
    };
  }

  /** To be called when a run was removed. */
  forget(): void {
    this.run = null;
  }

  private networkView(id: number): NetworkView {
    if (this.network?.id !== id) this.network = { id, view: this.session.network(id) };
    return this.network.view;
  }

  private runRecord(network: number, id: number): RunRecord {
    if (this.run?.id !== id || this.run.network !== network) {
      const found = this.session.run(id);
      if (!found.record)
        throw userFailure(
          'run-not-finished',
          `Run ${id} has no result: it is ${found.state}.`,
          'Choose a finished run.',
        );
      if (found.network !== network)
        throw userFailure('run-of-other-network', `Run ${id} is not of network ${network}.`, 'Choose one of its runs.');
      // A running run's record still grows.
      if (found.state === 'running') return found.record;
      this.run = { id, network, record: found.record };
    }
    return this.run.record;
  }
}

function inFile(view: NetworkView, tensor: TensorView): StoredBytes {
  const { offset, length, isConverted } = tensor.constant!;
  const { type, shape, name } = tensor;
  return {
    sha256: isConverted ? view.converted!.sha256 : view.sha256,
    offset,
    length,
    type,
    shape,
    zeroPoint: zeroPointOf(tensor),
    name,
  };
}

function storedIn(record: RunRecord, { tensor, what }: TensorRef): StoredTensor | undefined {
  const all =
    what !== 'value'
      ? record.operators.flatMap((operator) => operator[what] ?? [])
      : [...record.inputs, ...record.operators.flatMap(({ outputs }) => outputs)];
  return all.find((stored) => stored.tensor === tensor);
}

const zeroPointOf = (tensor: TensorView): number => tensor.quantization?.zeroPoint[0] ?? 0;
