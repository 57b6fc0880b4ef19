// The thread that lays out graphs. In: one graph by message. Out: its layout by message. May be ended at any time.
import type { Graph } from './graph';
import { layOut } from './layout';

self.onmessage = (event: MessageEvent<Graph>) => self.postMessage(layOut(event.data));
