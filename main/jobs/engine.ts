// Entry of the engine process: an Electron utility process, or a forked Node process (command line, tests). In: messages
// of main. Out: messages to main. It does no work itself, so it always listens: threads do, one for work, one for looking,
// and, from their first requests on, one for simulating and one for exporting.
import path from 'node:path';
import { Lane } from './lane';
import { type FromEngine, type Lane as LaneName, LANE_OF, PROTOCOL, type ToEngine } from './protocol';

const ORPHAN_CHECK_MS = 1000;

// The build puts the thread's entry beside this one.
const entry = path.join(__dirname, 'worker.js');
const say = connect(receive);
/** A simulation stops the programs it started, an export takes away the half of a bundle, before their threads may end. */
const TIDY_GRACE_MS = 3000;
const lanes: Readonly<Record<LaneName, Lane>> = {
  work: new Lane(entry, say),
  look: new Lane(entry, say),
  simulate: new Lane(entry, say, TIDY_GRACE_MS),
  export: new Lane(entry, say, TIDY_GRACE_MS),
};

exitWithParent();
lanes.work.warm();
lanes.look.warm();
say({ kind: 'hello', protocol: PROTOCOL });

function receive(message: ToEngine): void {
  if (message.kind === 'request') lanes[LANE_OF[message.verb]].request(message);
  else for (const lane of Object.values(lanes)) lane.cancel(message.id);
}

/** The two kinds of parents differ in how they are spoken to, and in nothing else. */
function connect(listener: (message: ToEngine) => void): (message: FromEngine) => void {
  const { parentPort } = process;
  if (parentPort) {
    parentPort.on('message', ({ data }) => listener(data as ToEngine));
    return (message) => parentPort.postMessage(message);
  }
  if (!process.send) throw new Error('the engine is started by Goldbench, not by hand');
  process.on('message', listener);
  // Without the callback a message to a parent that is just ending would be an uncaught error
  return (message) => void process.send!(message, undefined, undefined, () => {});
}

/** An engine without a main is of no use: it must not stay behind, whatever way main went. */
function exitWithParent(): void {
  process.on('disconnect', () => process.exit());
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit();
  }, ORPHAN_CHECK_MS).unref();
}
