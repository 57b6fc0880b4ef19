// Asks the planning thread, one question at a time: while it works only the newest question is kept, so that a slider
// that moves never makes a queue. In: questions. Out: the answer to the newest one. Without threads (tests) it plans here.
import { recordFailure, unavailable } from '../../main/network/failure';
import { type AnswerOf, type AskedOf, type Task, perform } from './planning';

interface Question<T extends Task> {
  readonly asked: AskedOf<T>;
  readonly hear: (answer: AnswerOf<T>) => void;
}

export class Planner<T extends Task> {
  private worker: Worker | null = null;
  private working: Question<T> | null = null;
  private next: Question<T> | null = null;

  constructor(private readonly task: T) {}

  /** `hear` gets the answer, unless a newer question overtook this one before it was begun. */
  ask(asked: AskedOf<T>, hear: Question<T>['hear']): void {
    if (typeof Worker === 'undefined') return hear(perform(this.task, asked));
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
    this.worker.postMessage([this.task, this.working.asked]);
  }

  private start(): Worker {
    const worker = new Worker(new URL('./planning.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = (event: MessageEvent<AnswerOf<T>>) => this.finish(event.data);
    worker.onerror = ({ message }) => {
      worker.terminate();
      this.worker = null;
      const why = unavailable(
        'planning-thread',
        `Planning stopped: ${message || 'its thread ended'}.`,
        'Change the design and try again.',
      );
      this.finish({ ok: false, failure: recordFailure(why) } as AnswerOf<T>); // every task can fail
    };
    return worker;
  }

  private finish(answer: AnswerOf<T>): void {
    const { hear } = this.working!;
    this.working = null;
    hear(answer);
    this.begin();
  }
}
