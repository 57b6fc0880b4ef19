// Where each box and edge of a graph goes. In: a graph. Out: centres of boxes, points and label places of edges, pixels.
// dagre (layered, top to bottom) does the work in a worker, piece by piece; when it exceeds its deadline, a plain column
// is used.
import { Graph as DagreGraph, layout } from '@dagrejs/dagre';
import type { Graph } from './graph';
import { type Piece, cut } from './pieces';

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: Readonly<Record<string, Point>>;
  /** In the order of graph.edges. */
  readonly edges: readonly { readonly points: readonly Point[]; readonly label: Point }[];
  readonly simple: string | null; // why this is the plain column, or null
}

const LABEL_CHARACTER = 6.2; // JetBrains Mono 10 px
const labelWidth = (label: string): number => label.length * LABEL_CHARACTER + 8;

export function layOut(graph: Graph): Layout {
  const nodes: Record<string, Point> = {};
  const edges: { points: readonly Point[]; label: Point }[] = [];
  const box = { left: 0, right: 0, bottom: 0 };
  for (const piece of cut(graph)) {
    const laid = layOutPiece(graph, piece);
    // A piece begins with the box the one before ended with: the two are laid upon each other.
    const seam = piece.from === null ? undefined : nodes[piece.from];
    const own = laid.nodes[piece.from ?? ''];
    const move = seam && own ? { x: seam.x - own.x, y: seam.y - own.y } : { x: 0, y: 0 };
    const moved = (p: Point): Point => ({ x: p.x + move.x, y: p.y + move.y });
    for (const [id, at] of Object.entries(laid.nodes)) nodes[id] = moved(at);
    piece.edges.forEach((at, i) => {
      const { points, label } = laid.edges[i]!;
      edges[at] = { points: points.map(moved), label: moved(label) };
    });
    box.left = Math.min(box.left, move.x);
    box.right = Math.max(box.right, move.x + laid.width);
    box.bottom = Math.max(box.bottom, move.y + laid.height);
  }
  const shifted = (p: Point): Point => ({ x: p.x - box.left, y: p.y });
  return {
    width: box.right - box.left,
    height: box.bottom,
    nodes: Object.fromEntries(Object.entries(nodes).map(([id, at]) => [id, shifted(at)])),
    edges: edges.map(({ points, label }) => ({ points: points.map(shifted), label: shifted(label) })),
    simple: null,
  };
}

interface Laid {
  readonly width: number;
  readonly height: number;
  readonly nodes: Readonly<Record<string, Point>>;
  readonly edges: readonly { readonly points: readonly Point[]; readonly label: Point }[];
}

function layOutPiece(graph: Graph, { nodes, edges, from, to }: Piece): Laid {
  const g = new DagreGraph({ multigraph: true });
  const ranker = nodes.length > 400 ? 'tight-tree' : 'network-simplex'; // the quicker one for big pieces
  g.setGraph({ rankdir: 'TB', ranker, nodesep: 28, ranksep: 34, edgesep: 18, marginx: 24, marginy: 24 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) g.setNode(node.id, { width: node.width, height: node.height });
  const read = new Set<string>();
  const made = new Set<string>();
  for (const i of edges) {
    const edge = graph.edges[i]!;
    read.add(edge.from);
    made.add(edge.to);
    g.setEdge(edge.from, edge.to, { width: labelWidth(edge.label), height: 14, labelpos: 'r', labeloffset: 4 }, `${i}`);
  }
  // A seam must be the highest or lowest box of its piece: what hangs loose is tied to it. (An output lies
  // one row below its maker, so never below the seam.)
  for (const { id, class: kind } of nodes) {
    if (from && id !== from && !made.has(id)) g.setEdge(from, id, { weight: 0 }, `tie ${id}`);
    if (to && id !== to && !read.has(id) && kind !== 'end') g.setEdge(id, to, { weight: 0 }, `tie ${id}`);
  }
  layout(g);
  const size = g.graph() as { width?: number; height?: number };
  return {
    width: size.width ?? 0,
    height: size.height ?? 0,
    nodes: Object.fromEntries(nodes.map(({ id }) => [id, pointOf(g.node(id) as Partial<Point>)])),
    edges: edges.map((i) => {
      const edge = graph.edges[i]!;
      const laid = g.edge({ v: edge.from, w: edge.to, name: `${i}` }) as Partial<Point> & { points?: readonly Point[] };
      return { points: (laid.points ?? []).map(pointOf), label: pointOf(laid) };
    }),
  };
}

/** One column in execution order: always quick, never wrong, not pretty. Edges that skip boxes bow to the right. */
export function stack(graph: Graph, why: string): Layout {
  const width = Math.max(...graph.nodes.map((n) => n.width), 0) + 220;
  const x = width / 2;
  const nodes = Object.fromEntries(graph.nodes.map((n, i): [string, Point] => [n.id, { x, y: 46 + i * 84 }]));
  const rank = new Map(graph.nodes.map((n, i) => [n.id, i]));
  const edges = graph.edges.map((edge) => {
    const a = nodes[edge.from]!;
    const b = nodes[edge.to]!;
    const skipped = Math.abs(rank.get(edge.to)! - rank.get(edge.from)!) - 1;
    const middle = { x: x + (skipped > 0 ? width / 2 - 100 : 0), y: (a.y + b.y) / 2 };
    const label = { x: middle.x + labelWidth(edge.label) / 2 + 6, y: middle.y }; // right of the line
    return { points: [{ x, y: a.y + 22 }, middle, { x, y: b.y - 22 }], label };
  });
  return { width, height: 92 + graph.nodes.length * 84, nodes, edges, simple: why };
}

/** Lays out in a worker; `deadline` in ms. Reject only when `signal` aborts. */
export function requestLayout(graph: Graph, deadline: number, signal: AbortSignal): Promise<Layout> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
    const finish = (result: Layout): void => {
      clearTimeout(timer);
      worker.terminate();
      resolve(result);
    };
    const timer = setTimeout(
      () => finish(stack(graph, `The graph could not be laid out in ${deadline / 1000} s`)),
      deadline,
    );
    worker.onmessage = (event: MessageEvent<Layout>) => finish(event.data);
    worker.onerror = () => finish(stack(graph, 'The graph is too deep to be laid out')); // dagre recurses
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      worker.terminate();
      reject(signal.reason as Error);
    });
    worker.postMessage(graph);
  });
}

/** A smooth line through the points dagre gives. */
export function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${first.x} ${first.y}`;
  rest.forEach((p, i) => {
    const next = rest[i + 1];
    path += next ? `Q${p.x} ${p.y} ${(p.x + next.x) / 2} ${(p.y + next.y) / 2}` : `L${p.x} ${p.y}`;
  });
  return path;
}

const pointOf = (p: Partial<Point>): Point => ({ x: p.x ?? 0, y: p.y ?? 0 });
