// A graph cut into pieces that can be laid out alone. In: a graph. Out: pieces that share one box with the next, the seam:
// no edge passes by it. Networks are chains of blocks, so there are many seams. Why: dagre's time grows faster than its
// boxes, and its recursion is as deep as the graph, which a worker's stack does not hold for 1 000 operators in a row.
import type { Graph, GraphNode } from './graph';

export interface Piece {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly number[]; // into graph.edges
  readonly from: string | null; // the seam it begins with, its only highest box
  readonly to: string | null; // the seam it ends with, its only lowest box
}

const ENOUGH = 40; // boxes of a piece: below, more pieces save no time

export function cut(graph: Graph): Piece[] {
  const order = inOrder(graph);
  const rank = new Map(order.map((node, i) => [node.id, i]));
  const seams = [0, ...findSeams(graph, order, rank)];
  const edges = seams.map((): number[] => []);
  graph.edges.forEach(({ from }, i) => {
    const place = rank.get(from)!;
    edges[seams.findLastIndex((seam) => seam <= place)]!.push(i);
  });
  return seams.map((first, p) => {
    const last = seams[p + 1];
    return {
      nodes: order.slice(first, (last ?? order.length) + 1),
      edges: edges[p]!,
      from: p === 0 ? null : order[first]!.id,
      to: last === undefined ? null : order[last]!.id,
    };
  });
}

function findSeams(graph: Graph, order: readonly GraphNode[], rank: ReadonlyMap<string, number>): number[] {
  const reach = order.map((_, i) => i); // the last box that an edge from here goes to
  for (const { from, to } of graph.edges) {
    const place = rank.get(from)!;
    reach[place] = Math.max(reach[place]!, rank.get(to)!);
  }
  const seams: number[] = [];
  let farthest = 0; // of all boxes before
  reach.forEach((own, i) => {
    if (farthest <= i && i - (seams.at(-1) ?? 0) >= ENOUGH && i < order.length - 1) seams.push(i);
    farthest = Math.max(farthest, own);
  });
  return seams;
}

/** Execution order, with each input before its first reader and each output after its maker. */
function inOrder({ nodes, edges }: Graph): GraphNode[] {
  const place = new Map(nodes.map((node, i) => [node.id, i]));
  const key = new Map(place);
  const ends = new Set(nodes.filter((node) => node.class === 'end').map((node) => node.id));
  const first = new Map<string, number>();
  for (const { from, to } of edges) {
    if (ends.has(from)) first.set(from, Math.min(first.get(from) ?? Infinity, place.get(to)!));
    if (ends.has(to)) key.set(to, place.get(from)! + 0.5);
  }
  for (const [id, reader] of first) key.set(id, reader - 0.5);
  return [...nodes].sort((a, b) => key.get(a.id)! - key.get(b.id)!);
}
