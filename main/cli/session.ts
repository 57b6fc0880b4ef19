// --session FILE.sqlite: a verb records into a session only when asked; without it nothing is written.
import { Session } from '../session/session';

/** Opens the session (created when absent) for one call, and closes it whatever happens. */
export function withSession<T>(file: string | undefined, use: (session: Session) => T): T | undefined {
  if (file === undefined) return undefined;
  const session = Session.open(file);
  try {
    return use(session);
  } finally {
    session.close();
  }
}
