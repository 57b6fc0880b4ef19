// The thread that plans. In: one design by message. Out: its plan and estimate, or why not.
import { type Asked, planDesign } from './planning';

self.onmessage = (event: MessageEvent<Asked>) => self.postMessage(planDesign(event.data));
