// Asks the planning thread, one question at a time: while it works only the newest question is kept, so that a slider
// that moves never makes a queue. In: questions. Out: the answer to the newest one. Without threads (tests) it plans here.
import { recordFailure, unavailable } from '../../main/network/failure';
import { type Answer, type Asked, planDesign } from './planning';

type Hear = (answer: Answer) => void;
interface Question {
  readonly asked: Asked;
  readonly hear: Hear;
}

export class Planner {
  private worker: Worker | null = null;
  private working: Question | null = null;
  private next: Question | null = null;

  /** `hear` gets the answer, unless a newer question overtook this one before it was begun. */
  ask(asked: Asked, hear: Hear): void {
    if (typeof Worker === 'undefined') return hear(planDesign(asked));
    this.next = { asked, hear };
    this.begin();
  }

  /** Ends the thread; nobody hears of what it worked on. */
  close(): void {
    this.worker?.terminate();
    this.worker = this.working = this.next = null;
  }

  private begin(): void {
    if (this.working || !this.next) return;
    this.working = this.next;
    this.next = null;
    this.worker ??= this.start();
    this.worker.postMessage(this.working.asked);
  }

  private start(): Worker {
    const worker = new Worker(new URL('./planning.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = (event: MessageEvent<Answer>) => this.finish(event.data);
    worker.onerror = ({ message }) => {
      worker.terminate();
      this.worker = null;
      const why = unavailable('planning-thread', `Planning stopped: ${message || 'its thread ended'}.`, 'Change the design and try again.'); // prettier-ignore
      this.finish({ ok: false, failure: recordFailure(why) });
    };
    return worker;
  }

  private finish(answer: Answer): void {
    const { hear } = this.working!;
    this.working = null;
    hear(answer);
    this.begin();
  }
}
