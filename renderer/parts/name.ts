// Names of tensors as people read them. In: the name in the file. Out: its meaningful end. Converters write the whole path
// of a layer, and for a fused one the paths of all its parts: 'functional_1/re_lu_1/Relu;functional_1/conv/BiasAdd;…'.
const MOST = 34; // characters of a path that are read at a glance

/** 'functional_1/re_lu_1/Relu;functional_1/…' -> '…/re_lu_1/Relu'; a name that is short stays as it is. */
export function shortName(name: string): string {
  const [first = '', ...fused] = name.split(';');
  if (first === '' || (first.length <= MOST && fused.length === 0 && first.split('/').length < 3)) return name;
  const steps = first.split('/');
  const end = steps.slice(-2).join('/');
  const told = end.length <= MOST ? end : steps.at(-1)!;
  return told === first ? first : `…/${told}`;
}

/** What a tensor without a name is called. */
export const nameOf = (tensor: { readonly name: string; readonly index: number }): string =>
  shortName(tensor.name) || `tensor ${tensor.index}`;
