// What people read of a network.
import { expect, it } from 'vitest';
import { describeNetwork } from '../../main/import/describe';
import { importNetwork } from '../../main/import/import';
import { buildModel } from './tflite/build';
import { convolution } from './tflite/samples';

it('is plain JSON: places of constants instead of bytes, costs, support', () => {
  const bytes = buildModel(convolution());
  const { network, problems } = importNetwork(bytes, 'net.tflite');
  const view = describeNetwork(network, problems, (operator) =>
    operator.kind === 'SOFTMAX' ? { ok: false, why: 'no' } : { ok: true, arithmetic: 'double' },
  );
  expect(JSON.parse(JSON.stringify(view))).toEqual(view);
  expect(view.totals).toEqual({ macs: 32 * 9, parameters: 20, unsupported: { reference: 1, builtin: 1, xnnpack: 1 } });
  expect(view.operators[0]).toMatchObject({
    name: 'CONV_2D',
    macs: 288,
    parameters: 20,
    support: { reference: { ok: true, arithmetic: 'double' }, xnnpack: { ok: true } },
  });
  expect(view.operators[2]!.support.reference).toEqual({ ok: false, why: 'no' });
  expect(view.tensors[0]).toMatchObject({ bytes: 16, constant: null });
  const { offset, length } = view.tensors[2]!.constant!;
  expect(Array.from(new Int32Array(bytes.slice(offset, offset + length).buffer))).toEqual([5, -7]);
});
