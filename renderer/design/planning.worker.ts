// The thread that plans. In: a task and what it is asked, by message. Out: its answer.
import { type AskedOf, type Task, perform } from './planning';

self.onmessage = (event: MessageEvent<[Task, AskedOf<Task>]>) => self.postMessage(perform(...event.data));
