// Bytes named by what they are: each value is a file named by the sha256 of its content. In: bytes, or a sha256. Out: a
// sha256, or bytes. <folder>/<first 2 hex>/<sha256>, readable by the user alone. Needs no database, so the engine's
// threads write blobs while main reads them. A file appears whole or not at all: it is written and synced aside, then
// renamed. Names are synced in one go by sync(), since a run writes a hundred blobs and needs them safe once, at its end.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { threadId } from 'node:worker_threads';
import { type Failure, userFailure } from '../network/failure';
import type { Network } from '../network/network';
import { diskFailure, syncFolder, tellingDisk } from '../import/disk';

const SHA256 = /^[0-9a-f]{64}$/;
const ASIDE = 'aside';
let written = 0;

export class Blobs {
  /** Folders whose names are not yet known to survive a power failure. */
  readonly #unsynced = new Set<string>();

  constructor(readonly folder: string) {}

  /**
   * Stores bytes and returns their sha256 (lower-case hex). Storing the same bytes again costs a comparison, and mends
   * a file that was damaged. Call sync() before telling anybody that the value is safe.
   */
  put(bytes: Uint8Array): string {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const file = this.pathOf(sha256);
    tellingDisk(file, () => {
      if (!isHeld(file, bytes)) this.#write(file, bytes);
      // Its own name, its folder's, and the name of the folder of them all
      this.#unsynced.add(path.dirname(file)).add(this.folder).add(path.dirname(this.folder));
    });
    return sha256;
  }

  /** Makes all that was put so far survive a power failure. */
  sync(): void {
    for (const folder of this.#unsynced) {
      tellingDisk(folder, () => syncFolder(folder));
      this.#unsynced.delete(folder);
    }
  }

  /**
   * Promises that these values are there and survive a power failure. Another process that wrote some of them has
   * called sync() itself before it named them: the engine does, so that main need not wait for the disk.
   * @throws userFailure naming the first that is missing or has another length
   */
  secure(values: Iterable<{ readonly sha256: string; readonly bytes: number }>): void {
    for (const { sha256, bytes } of values) {
      const status = fs.statSync(this.pathOf(sha256), { throwIfNoEntry: false });
      if (!status) throw missing(sha256, 'A value that was to be recorded');
      if (status.size !== bytes) throw damaged(sha256, 'A value that was to be recorded');
    }
    this.sync();
  }

  /** Where the value is or would be. Refuses anything but 64 hex digits, so that no name can lead elsewhere. */
  pathOf(sha256: string): string {
    if (!SHA256.test(sha256)) throw new RangeError(`not a sha256: ${JSON.stringify(sha256)}`);
    return path.join(this.folder, sha256.slice(0, 2), sha256);
  }

  has(sha256: string): boolean {
    return fs.existsSync(this.pathOf(sha256));
  }

  /** Bytes [offset, offset + length), fewer where the value ends before; not verified, since that takes all of them. */
  async read(sha256: string, offset = 0, length?: number): Promise<Uint8Array> {
    const file = this.pathOf(sha256);
    try {
      const handle = await fs.promises.open(file, 'r');
      try {
        const rest = Math.max(0, (await handle.stat()).size - offset);
        const bytes = new Uint8Array(Math.min(rest, length ?? rest));
        let done = 0;
        while (done < bytes.length) {
          const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return bytes.subarray(0, done);
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw isMissing(error) ? missing(sha256, 'A stored value') : diskFailure(error, file, 'reading');
    }
  }

  /** All bytes, verified. `what` says in a failure what the value is: 'Output conv1 of run 3'. */
  readWhole(sha256: string, what = 'A stored value'): Uint8Array {
    const file = this.pathOf(sha256);
    let bytes: Uint8Array;
    try {
      bytes = fs.readFileSync(file);
    } catch (error) {
      throw isMissing(error) ? missing(sha256, what) : diskFailure(error, file, 'reading');
    }
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw damaged(sha256, what);
    return bytes;
  }

  /** Deletes values; those already gone are no error. */
  remove(hashes: Iterable<string>): void {
    for (const sha256 of hashes) {
      const file = this.pathOf(sha256);
      tellingDisk(file, () => fs.rmSync(file, { force: true }));
    }
  }

  /** Every sha256 there is a file for. */
  *list(): Generator<string> {
    for (const folder of namesIn(this.folder))
      if (/^[0-9a-f]{2}$/.test(folder))
        for (const name of namesIn(path.join(this.folder, folder))) if (SHA256.test(name)) yield name;
  }

  /** Deletes what a process that died while writing left aside. */
  sweep(): void {
    const aside = path.join(this.folder, ASIDE);
    for (const name of namesIn(aside))
      if (!isAlive(Number.parseInt(name))) fs.rmSync(path.join(aside, name), { force: true });
  }

  #write(file: string, bytes: Uint8Array): void {
    const name = [process.pid, threadId, Date.now().toString(36), ++written].join('-'); // nobody else's, even after a restart
    const aside = path.join(this.folder, ASIDE, name);
    for (const folder of [path.dirname(aside), path.dirname(file)])
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      const handle = fs.openSync(aside, 'wx', 0o600);
      try {
        for (let done = 0; done < bytes.length;) done += fs.writeSync(handle, bytes, done);
        fs.fsyncSync(handle);
      } finally {
        fs.closeSync(handle);
      }
      fs.renameSync(aside, file);
    } catch (error) {
      fs.rmSync(aside, { force: true });
      throw error;
    }
  }
}

function isHeld(file: string, bytes: Uint8Array): boolean {
  const status = fs.statSync(file, { throwIfNoEntry: false });
  return status?.size === bytes.length && fs.readFileSync(file).equals(bytes);
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw diskFailure(error, folder, 'reading');
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // another user's; ESRCH: nobody's
  }
}

/** A network's file, and beside it the constants that import converted. */
export function putNetwork(blobs: Blobs, file: Uint8Array, { converted }: Pick<Network, 'converted'>): void {
  blobs.put(file);
  if (converted) blobs.put(converted);
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const AGAIN = 'Compute or open it again: that stores it anew.';
const missing = (sha256: string, what: string): Failure =>
  userFailure('blob-missing', `${what} is missing from the session's folder (${sha256}).`, AGAIN, { file: sha256 });
const damaged = (sha256: string, what: string): Failure =>
  userFailure('blob-damaged', `${what} is damaged: its bytes do not match their sha256 (${sha256}).`, AGAIN, {
    file: sha256,
  });
