// Where the files of a bundle go. In: a path and chunks of bytes, file by file. Out: their sizes and hashes. The folder
// grows beside its place under another name and is put there by one rename, so that nobody ever sees half a bundle. A dry
// run goes the same way and writes nothing.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { diskFailure } from '../import/disk';
import { cancelled, userFailure } from '../network/failure';

export interface FileRecord {
  readonly path: string; // within the bundle
  readonly bytes: number;
  readonly sha256: string;
}

export interface Sink {
  write(name: string, chunks: Iterable<Uint8Array>): Promise<FileRecord>;
}

/** Bytes after which other work of the process gets its turn. */
const TURN = 4 << 20;

export const MANIFEST = 'manifest.json';
/** What every manifest says of itself. */
const MARK = '"kind": "goldbench bundle"';
/** Where the bundle's own scripts build. */
export const BUILD = 'build';

/** Counts what a bundle would take. */
export class DryRun implements Sink {
  private waiting = 0;

  constructor(private readonly signal?: AbortSignal) {}

  async write(name: string, chunks: Iterable<Uint8Array>): Promise<FileRecord> {
    const hash = createHash('sha256');
    let bytes = 0;
    for (const chunk of chunks) {
      this.put(chunk);
      hash.update(chunk);
      bytes += chunk.length;
      this.waiting += chunk.length;
      if (this.waiting >= TURN) await this.giveTurn();
    }
    return { path: name, bytes, sha256: hash.digest('hex') };
  }

  protected put(_chunk: Uint8Array): void {
    // a dry run keeps nothing
  }

  /** @throws Failure 'cancelled' */
  async giveTurn(): Promise<void> {
    this.waiting = 0;
    await setImmediate();
    if (this.signal?.aborted) throw cancelled('The export');
  }
}

export class BundleFolder extends DryRun {
  /** An earlier bundle lies there, which goes when this one is whole. */
  readonly replaces: boolean;
  private handle = -1;

  /**
   * @param made where it grows, in the same folder as its target
   * @throws userFailure where the target may not be replaced, or cannot be written
   */
  constructor(
    private readonly target: string,
    signal?: AbortSignal,
    private readonly made = `${target}.part-${process.pid}`,
  ) {
    super(signal);
    this.replaces = checkTarget(target);
    this.tell(() => {
      fs.mkdirSync(path.dirname(this.made), { recursive: true });
      fs.rmSync(this.made, { recursive: true, force: true });
      fs.mkdirSync(this.made);
    });
  }

  override async write(name: string, chunks: Iterable<Uint8Array>): Promise<FileRecord> {
    const file = path.join(this.made, name);
    this.tell(() => {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      this.handle = fs.openSync(file, 'w', name.endsWith('.sh') ? 0o755 : 0o644);
    });
    try {
      return await super.write(name, chunks);
    } finally {
      fs.closeSync(this.handle);
    }
  }

  protected override put(chunk: Uint8Array): void {
    this.tell(() => {
      for (let at = 0; at < chunk.length;) at += fs.writeSync(this.handle, chunk, at);
    });
  }

  /** Puts the folder in its place; an earlier bundle there goes. */
  finish(): void {
    this.tell(() => {
      const old = `${this.made}.old`;
      const replaces = fs.existsSync(this.target);
      if (replaces) fs.renameSync(this.target, old);
      fs.renameSync(this.made, this.target);
      if (replaces) fs.rmSync(old, { recursive: true, force: true });
    });
  }

  /** Leaves no trace. */
  abandon(): void {
    fs.rmSync(this.made, { recursive: true, force: true });
  }

  private tell<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw diskFailure(error, this.target);
    }
  }
}

/**
 * Only an empty folder, or one that holds nothing but an earlier bundle, may be replaced: nobody's file is ever deleted.
 * @returns whether there is an earlier bundle
 */
function checkTarget(target: string): boolean {
  const file = path.basename(target);
  if (!fs.existsSync(target)) return false;
  if (!fs.statSync(target).isDirectory())
    throw userFailure('not-a-folder', `${file} is a file, not a folder.`, 'Choose a new folder.', { file });
  const foreign = findForeign(target);
  if (foreign === null) return fs.existsSync(path.join(target, MANIFEST));
  throw userFailure(
    'folder-not-empty',
    `The folder ${file} holds files that are not an earlier bundle, such as ${foreign}.`,
    'Choose an empty or a new folder.',
    { file },
  );
}

/** What lies below a folder, but for what was built there; a link counts as a file, wherever it leads. */
export const listFolder = (target: string): string[] =>
  fs
    .readdirSync(target, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(target, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((name) => !name.startsWith(`${BUILD}/`));

/** A file that no export has put there. */
export function findForeign(target: string): string | null {
  const files = listFolder(target);
  if (files.length === 0) return null;
  if (!files.includes(MANIFEST)) return files[0]!;
  const manifest = fs.readFileSync(path.join(target, MANIFEST), 'utf8');
  if (!manifest.includes(MARK)) return MANIFEST;
  return files.find((name) => name !== MANIFEST && !manifest.includes(`"path": ${JSON.stringify(name)}`)) ?? null;
}

export const textChunks = (text: string): Uint8Array[] => [new TextEncoder().encode(text)];
