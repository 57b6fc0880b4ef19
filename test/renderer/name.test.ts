// Names of tensors, columns that fit, minus signs.
import { describe, expect, it } from 'vitest';
import { nameOf, shortName } from '../../renderer/parts/name';
import { fitting } from '../../renderer/parts/column';
import { real, typeset } from '../../renderer/parts/number';

describe('names of tensors', () => {
  it('show the end of a path, of the first part of a fused one', () => {
    expect(shortName('functional_1/re_lu_1/Relu;functional_1/batch_normalization/FusedBatchNormV3')).toBe(
      '…/re_lu_1/Relu',
    );
    expect(shortName('model/conv2d/Conv2D')).toBe('…/conv2d/Conv2D');
    expect(shortName('a/very_long_name_of_a_layer_that_goes_on/BiasAdd')).toBe('…/BiasAdd');
  });
  it('leave short ones alone, and call a nameless tensor by its number', () => {
    for (const name of ['image', 'Identity', 'conv/bias', 'serving_default_image:0'])
      expect(shortName(name)).toBe(name);
    expect(nameOf({ name: '', index: 7 })).toBe('tensor 7');
  });
});

describe('columns that fit', () => {
  const column = (id: string, width: string, drop?: number) => ({ id, title: id, width, text: String, drop });
  const columns = [column('a', '40px'), column('b', 'minmax(100px, 1fr)', 1), column('c', '60px', 2)];
  const ids = (width: number): string =>
    fitting(columns, width)
      .map(({ id }) => id)
      .join('');
  it('go by their rank until the rest fits, and never below what always stays', () => {
    expect(ids(212)).toBe('abc');
    expect(ids(211)).toBe('ab');
    expect(ids(151)).toBe('a');
    expect(ids(10)).toBe('a');
  });
});

describe('minus signs', () => {
  it('are true ones, also in exponents and in sentences of main', () => {
    expect(real(-1.5e-7)).toBe('−1.500e−7');
    expect(typeset('scale 0.004, zero point -128, file a-1.png')).toBe('scale 0.004, zero point −128, file a-1.png');
  });
});
