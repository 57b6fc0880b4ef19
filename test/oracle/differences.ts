// Every accepted difference between golden and TFLite's runtime, with its reason. In: a kernel set and the sentence golden
// answers with. Out: the difference it stands for. What is not in this list must be equal to the last bit.
import type { KernelSet } from '../../main/network/arithmetic';

export interface Refusal {
  readonly set: KernelSet;
  readonly says: RegExp; // in golden's answer
  readonly reason: string;
}

/** Cases that golden does not run in a kernel set, because what the runtime computes there is no answer. */
export const REFUSALS: readonly Refusal[] = [
  {
    set: 'xnnpack',
    says: /takes every tap for padding where a stride with SAME padding steps over the last rows or columns/,
    reason:
      "XNNPACK of 2022 counts padding pixels without a sign; below zero they wrap, and the layer's output is its bias alone (proved in delegation.test.ts). Later ones count right.",
  },
];

export const refusalOf = (set: KernelSet, why: string): Refusal | undefined =>
  REFUSALS.find((refusal) => refusal.set === set && refusal.says.test(why));
