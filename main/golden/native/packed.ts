// What an engine keeps of networks from run to run: packed weights, and the numbers of pools and sums. In: jobs, each under
// its network, arithmetic and operator. Out: the same; those of the networks longest not used go when bytes exceed a limit.
import type { Arithmetic } from '../../network/arithmetic';
import type { Network, Operator } from '../../network/network';
import type { AddonLayer, AddonPool, AddonSum } from './addon';

/** What the addon computes of an operator, or null where the reference kernels must. */
export type Job =
  | { readonly kind: 'layer'; readonly layer: AddonLayer; readonly bytes: number }
  | { readonly kind: 'pool'; readonly pool: AddonPool }
  | { readonly kind: 'sum'; readonly sum: AddonSum }
  | null;

interface OfNetwork {
  bytes: number;
  readonly jobs: Map<Arithmetic, (Job | undefined)[]>; // by the operator's index
}

export class PackedJobs {
  private readonly networks = new Map<string, OfNetwork>(); // by content; the one used last is last
  private last: { readonly sha256: string; readonly of: OfNetwork } | null = null;
  private total = 0;

  constructor(
    private readonly mostBytes: number,
    private readonly free: (layer: AddonLayer) => void,
  ) {}

  /** Bytes of all packed weights. */
  get bytes(): number {
    return this.total;
  }

  /** undefined where nothing has been kept. */
  find(network: Network, operator: Operator, arithmetic: Arithmetic): Job | undefined {
    return this.use(network).jobs.get(arithmetic)?.[operator.index];
  }

  /** Keeps a job; other networks make room for it. */
  keep(network: Network, operator: Operator, arithmetic: Arithmetic, job: Job): void {
    const of = this.use(network);
    const jobs = of.jobs.get(arithmetic) ?? [];
    jobs[operator.index] = job;
    of.jobs.set(arithmetic, jobs);
    const bytes = job?.kind === 'layer' ? job.bytes : 0;
    of.bytes += bytes;
    this.total += bytes;
    for (const sha256 of this.networks.keys()) {
      if (this.total <= this.mostBytes || sha256 === network.sha256) break;
      this.drop(sha256);
    }
  }

  /** Forgets one network, or all. */
  release(network?: Network): void {
    for (const sha256 of network ? [network.sha256] : [...this.networks.keys()]) this.drop(sha256);
  }

  /** The network's jobs, from now on those used last. */
  private use({ sha256 }: Network): OfNetwork {
    if (this.last?.sha256 === sha256) return this.last.of;
    const of = this.networks.get(sha256) ?? { bytes: 0, jobs: new Map() };
    this.networks.delete(sha256);
    this.networks.set(sha256, of);
    this.last = { sha256, of };
    return of;
  }

  private drop(sha256: string): void {
    const of = this.networks.get(sha256);
    if (!of) return;
    for (const job of [...of.jobs.values()].flat()) if (job?.kind === 'layer') this.free(job.layer);
    this.networks.delete(sha256);
    this.total -= of.bytes;
    if (this.last?.of === of) this.last = null;
  }
}
