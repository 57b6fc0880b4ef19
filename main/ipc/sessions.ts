// Which session is open, and which were. In: files the user chose, through dialogs or the command line. Out: the one
// open session; the window is told whenever it changes. A session that cannot be opened leaves the present one in place.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { SessionView, StartView } from '../../preload/contract/views';
import { type FailureRecord, recordFailure, userFailure } from '../network/failure';
import type { Settings } from './settings';
import { TensorFinder } from './tensors';
import type { SessionDoor } from './workbench';

// A run reports after every operator: the window needs no more than this.
const TELL_EVERY_MS = 100;

export interface SessionsOptions {
  open(file: string): SessionDoor;
  /** Where new sessions are made. */
  readonly folder: string;
  readonly settings: Pick<Settings, 'values' | 'remember'>;
  /** Jobs write to the session they began in, so it stays open until they have ended. */
  isBusy(): boolean;
  tell(view: SessionView): void;
}

export class Sessions {
  private session: SessionDoor | null = null;
  private finder: TensorFinder | null = null;
  private unlisten = (): void => {};
  private telling: NodeJS.Timeout | null = null;
  /** Numbers of recent files stay the same for the whole visit, whatever their order becomes. */
  private readonly numbered: string[] = [];

  constructor(private readonly options: SessionsOptions) {}

  get current(): SessionDoor {
    if (!this.session) throw new Error('no session is open');
    return this.session;
  }
  get tensors(): TensorFinder {
    if (!this.finder) throw new Error('no session is open');
    return this.finder;
  }
  get folder(): string {
    return this.options.folder;
  }

  /** Opens `asked`, else the last used, else the first one; if that fails a fresh one, and says what failed. */
  start(asked: string | null): readonly FailureRecord[] {
    mkdirSync(this.options.folder, { recursive: true });
    const failures: FailureRecord[] = [];
    const last = this.options.settings.values.lastSession;
    const first = path.join(this.options.folder, 'first.sqlite');
    // A last session that is gone is not made anew in its place: that would hide the loss.
    const gone = last !== null && !existsSync(last);
    if (gone) failures.push(recordFailure(sessionGone(last)));
    const wanted = [asked, gone ? null : last].filter((file): file is string => file !== null);
    for (const file of [...new Set(wanted.length > 0 ? wanted : [first]), this.unusedName()]) {
      try {
        this.replace(file);
        return failures;
      } catch (error) {
        failures.push(recordFailure(error));
      }
    }
    throw new Error(`no session could be opened: ${failures.map(({ sentence }) => sentence).join(' ')}`);
  }

  open(file: string): SessionView {
    if (file !== this.session?.file) {
      this.refuseWhileBusy();
      this.replace(file);
    }
    return this.current.view();
  }

  create(file: string): SessionView {
    if (existsSync(file)) {
      const name = path.basename(file);
      throw userFailure(
        'session-exists',
        `${name} exists already and is not overwritten.`,
        'Choose another name, or open it.',
        { file: name },
      );
    }
    return this.open(file);
  }

  recent(): StartView['recent'] {
    return this.options.settings.values.recent.map((file) => {
      if (!this.numbered.includes(file)) this.numbered.push(file);
      return { id: this.numbered.indexOf(file) + 1, name: path.basename(file, '.sqlite'), folder: path.dirname(file) };
    });
  }

  openRecent(id: number): SessionView {
    const file = this.numbered[id - 1];
    if (file === undefined)
      throw userFailure('recent-unknown', `There is no recent session ${id}.`, 'Open it as a file.');
    if (!existsSync(file)) throw sessionGone(file);
    return this.open(file);
  }

  close(): void {
    if (this.telling) clearTimeout(this.telling);
    this.telling = null;
    this.unlisten();
    this.session?.close();
    this.session = null;
    this.finder = null;
  }

  /** Opens the new one before it closes the old one. */
  private replace(file: string): void {
    const next = this.options.open(file);
    const isFirst = this.session === null;
    this.close();
    this.session = next;
    this.finder = new TensorFinder(next);
    this.unlisten = next.onChange(() => this.tellSoon());
    this.options.settings.remember(file);
    if (!isFirst) this.options.tell(next.view());
  }

  private tellSoon(): void {
    this.finder?.forget();
    this.telling ??= setTimeout(() => {
      this.telling = null;
      if (this.session) this.options.tell(this.session.view());
    }, TELL_EVERY_MS);
  }

  private refuseWhileBusy(): void {
    if (this.options.isBusy())
      throw userFailure(
        'session-busy',
        'A job still writes to this session.',
        'Wait until it is done, or cancel it, then open another session.',
      );
  }

  private unusedName(): string {
    for (let n = 2; ; n++) {
      const file = path.join(this.options.folder, `session-${n}.sqlite`);
      if (!existsSync(file)) return file;
    }
  }
}

const sessionGone = (file: string) =>
  userFailure(
    'session-gone',
    `The session ${path.basename(file)} is not in ${path.dirname(file)} any more.`,
    'Open it from where it is now.',
    {
      file: path.basename(file),
    },
  );
