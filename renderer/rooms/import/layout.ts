// Where each box and edge of a graph goes. In: a graph. Out: centres of boxes, points and label places of edges, pixels.
// dagre (layered, top to bottom) does the work in a worker; when it exceeds its deadline, a plain column is used.
import { Graph as DagreGraph, layout } from '@dagrejs/dagre';
import type { Graph } from './graph';

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
  const g = new DagreGraph({ multigraph: true });
  // Quicker ranks for big graphs: tight trees lay out 1200 boxes in about 3 s.
  const ranker = graph.nodes.length > 400 ? 'tight-tree' : 'network-simplex';
  g.setGraph({ rankdir: 'TB', ranker, nodesep: 28, ranksep: 34, edgesep: 18, marginx: 24, marginy: 24 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) g.setNode(node.id, { width: node.width, height: node.height });
  graph.edges.forEach((edge, i) =>
    g.setEdge(edge.from, edge.to, { width: labelWidth(edge.label), height: 14, labelpos: 'r', labeloffset: 4 }, `${i}`),
  );
  layout(g);
  const size = g.graph() as { width?: number; height?: number };
  return {
    width: size.width ?? 0,
    height: size.height ?? 0,
    nodes: Object.fromEntries(graph.nodes.map(({ id }) => [id, pointOf(g.node(id) as Partial<Point>)])),
    edges: graph.edges.map((edge, i) => {
      const laid = g.edge({ v: edge.from, w: edge.to, name: `${i}` }) as Partial<Point> & { points?: readonly Point[] };
      return { points: (laid.points ?? []).map(pointOf), label: pointOf(laid) };
    }),
    simple: null,
  };
}

/** One column in execution order: always quick, never wrong, not pretty. Edges that skip boxes bow to the right. */
export function stack(graph: Graph, why: string): Layout {
  const width = Math.max(...graph.nodes.map((n) => n.width), 0) + 160;
  const x = width / 2;
  const nodes = Object.fromEntries(graph.nodes.map((n, i): [string, Point] => [n.id, { x, y: 46 + i * 84 }]));
  const rank = new Map(graph.nodes.map((n, i) => [n.id, i]));
  const edges = graph.edges.map((edge) => {
    const a = nodes[edge.from]!;
    const b = nodes[edge.to]!;
    const skipped = Math.abs(rank.get(edge.to)! - rank.get(edge.from)!) - 1;
    const middle = { x: x + (skipped > 0 ? width / 2 - 40 : 0), y: (a.y + b.y) / 2 };
    return { points: [{ x, y: a.y + 22 }, middle, { x, y: b.y - 22 }], label: { x: middle.x + 4, y: middle.y } };
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
