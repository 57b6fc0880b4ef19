// Calls to the doorway as the window makes them. In: a bench. Out: replies; a failure is thrown.
import { dispatch } from '../../main/ipc/dispatch';
import { makeHandlers } from '../../main/ipc/handlers';
import { reviveFailure } from '../../main/network/failure';
import type { ChannelName, Reply, Request } from '../../preload/contract/channels';
import type { Bench } from './bench';

/** Through dispatch, as the window does. */
export function caller(bench: Bench) {
  const handlers = makeHandlers(bench);
  return async <C extends ChannelName>(channel: C, request: Request<C>): Promise<Reply<C>> => {
    const outcome = await dispatch(handlers, channel, request, (_id, _channel, error) => {
      throw error;
    });
    if (!outcome.ok) throw reviveFailure(outcome.failure);
    return structuredClone(outcome.value) as Reply<C>; // everything must survive the border
  };
}
