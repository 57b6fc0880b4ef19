// What kill.test.ts kills: records runs with the real Session and Blobs, as fast as it can, and removes one now and then.
// Says on stdout what it was promised: 'ready', 'done RUN' once finishRun has returned, 'removing RUN' before removeRun.
import fs from 'node:fs';
import { recordFailure, cancelled } from '../../main/network/failure';
import { Session } from '../../main/session/session';
import { addNetwork, inputOf, operatorOf, PROGRAM, recordOf } from './samples';

const OPERATORS = 4;
const KEPT = 5;

const [file, seed] = process.argv.slice(2) as [string, string];
// Synchronous, so that a promise is out before the next step begins
const say = (text: string): void => void fs.writeSync(1, `${text}\n`);

const session = Session.open(file);
const { id, view } = addNetwork(session);
say('ready');
for (let round = 0; ; round++) {
  // Every third run repeats values of an earlier one, so that shared values are put at risk by removing
  const values = round % 3 === 2 ? `${seed} ${round - 1}` : `${seed} ${round}`;
  const inputs = [inputOf(session, values, 3000)];
  session.addInput(id, inputs[0]!);
  const run = session.startRun(id, 'reference', 'goldbench golden', { inputs, program: PROGRAM });
  const operators = [];
  for (let operator = 0; operator < OPERATORS; operator++) {
    operators.push(operatorOf(session, operator, values, 2000 + 3000 * operator));
    session.recordOperator(run, operators[operator]!);
  }
  if (round % 7 === 6) session.endRun(run, recordFailure(cancelled('The golden run')));
  else {
    session.finishRun(run, recordOf(view, inputs, operators));
    say(`done ${run}`);
  }
  const ended = session.view().runs.filter(({ state }) => state !== 'running');
  for (const { id: old } of ended.slice(0, Math.max(0, ended.length - KEPT))) {
    say(`removing ${old}`);
    session.removeRun(old);
  }
}
