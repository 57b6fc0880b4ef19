// What the file system and SQLite complain of, as sentences. In: an error with a code, and the file it was about.
// Out: a Failure that names the file and the remedy; an error with an unknown code comes back as it is.
import fs from 'node:fs';
import path from 'node:path';
import { type Failure, userFailure } from '../network/failure';

interface Complaint {
  readonly codes: RegExp; // errno names of Node and result codes of SQLite (sqlite.org/rescode.html)
  readonly code: string;
  readonly says: (name: string) => string;
  readonly remedy: string;
}

const COMPLAINTS: readonly Complaint[] = [
  {
    codes: /^(ENOSPC|EDQUOT|EFBIG|SQLITE_FULL)$/,
    code: 'disk-full',
    says: (name) => `The disk is full: ${name} could not be written.`,
    remedy: 'Free some space and try again. What was stored before is not lost.',
  },
  {
    codes: /^(EROFS|EACCES|EPERM|SQLITE_READONLY.*|SQLITE_PERM|SQLITE_CANTOPEN.*)$/,
    code: 'not-writable',
    says: (name) => `${name} cannot be opened for writing: you may not write to it or to its folder.`,
    remedy: 'Choose a folder that you may write to.',
  },
  {
    codes: /^(SQLITE_BUSY.*|SQLITE_LOCKED.*)$/,
    code: 'session-in-use',
    says: (name) => `The session ${name} is in use by another Goldbench.`,
    remedy: 'Close it there first, or open another session here.',
  },
  {
    codes: /^(SQLITE_CORRUPT.*|SQLITE_NOTADB)$/,
    code: 'session-damaged',
    says: (name) => `The session ${name} is damaged.`,
    remedy: 'It was left as it is. Restore it from a backup, or open or make another session.',
  },
  {
    codes: /^(EIO|SQLITE_IOERR.*)$/,
    code: 'disk-error',
    says: (name) => `The disk reported an error while ${name} was being read or written.`,
    remedy: 'Check the disk, then try again.',
  },
  {
    codes: /^(ENOENT|ENOTDIR)$/,
    code: 'file-not-found',
    says: (name) => `${name} does not exist, or its folder does not.`,
    remedy: 'Check the name.',
  },
  {
    codes: /^EISDIR$/,
    code: 'is-a-folder',
    says: (name) => `${name} is a folder, not a file.`,
    remedy: 'Choose a file.',
  },
];

/** The same codes, where nothing was to be written. */
const NOT_READABLE: Complaint = {
  codes: /^(EACCES|EPERM)$/,
  code: 'not-readable',
  says: (name) => `${name} cannot be read: you may not open it or the folder it lies in.`,
  remedy: 'Choose another, or get the right to read it.',
};
type Doing = 'reading' | 'writing';

/** The failure that tells `error`, which was about `file`; `error` itself when its code says nothing to a user. */
export function diskFailure(error: unknown, file: string, doing: Doing = 'writing'): Failure | unknown {
  const code = (error as { code?: unknown } | null)?.code;
  const isForbidden = doing === 'reading' && (code === 'EACCES' || code === 'EPERM');
  const fitting = (complaint: Complaint): boolean => typeof code === 'string' && complaint.codes.test(code);
  const complaint = isForbidden ? NOT_READABLE : COMPLAINTS.find(fitting);
  if (!complaint) return error;
  const name = path.basename(file);
  return userFailure(complaint.code, complaint.says(name), complaint.remedy, { file: name }, error);
}

/** Runs `work`, which is about `file`, and tells what the disk or SQLite complains of as a Failure. */
export function tellingDisk<T>(file: string, work: () => T, doing: Doing = 'writing'): T {
  try {
    return work();
  } catch (error) {
    throw diskFailure(error, file, doing);
  }
}

/** Makes the names in a folder survive a power failure. Windows cannot do it and need not: NTFS logs its names. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}
