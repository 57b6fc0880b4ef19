// Questions about one operator: a layer's constants, why an element is what it is, a layer's sums and values before clamping. In:
// numbers of networks, runs and operators. Out: what the engine says; main only knows where the bytes are.
import path from 'node:path';
import type { Request } from '../../preload/contract/channels';
import type { JobView } from '../../preload/contract/views';
import type { RunRecord, RunSummary } from '../golden/record';
import type { NamedBytes, Question } from '../jobs/protocol';
import { Failure, userFailure } from '../network/failure';
import type { NetworkView, OperatorView } from '../network/view';
import { layerCommand } from '../session/command';
import type { HandlersOf } from './dispatch';
import { namesInCheckout } from './names';
import { fileName } from './save';
import type { Workbench } from './workbench';

type Asking = Pick<HandlersOf<'golden'>, 'golden.layer' | 'golden.why' | 'golden.derive' | 'golden.saveLayer'>;

export function askingHandlers(workbench: Workbench): Asking {
  const { engine } = workbench;
  return {
    'golden.layer': (request) => engine.request('layer', questionOf(workbench, request).question),
    'golden.why': ({ run, operator, position, element }) => {
      const { question, asked, found } = askRun(workbench, run, operator);
      const output = asked.outputs[position];
      if (output === undefined)
        throw userFailure('output-unknown', `${asked.name} has no output ${position}.`, '', { operator });
      const values = bytesOf(workbench, found, asked, [...asked.inputs, output]);
      return engine.request('why', { ...question, position, element, values });
    },
    'golden.derive': ({ run, operator }) => derive(workbench, run, operator),
    'golden.saveLayer': (request) => saveLayer(workbench, request),
  };
}

type Found = RunSummary & { readonly record: RunRecord };

function questionOf(
  { sessions }: Workbench,
  { network, operator, kernels }: Request<'golden.layer'>,
): { readonly question: Question; readonly asked: OperatorView } {
  const view = sessions.current.network(network);
  const asked = view.operators[operator];
  if (!asked)
    throw userFailure(
      'operator-unknown',
      `${view.name} has no operator ${operator}.`,
      `It has ${view.operators.length}.`,
      { operator },
    );
  const { folder: blobs } = sessions.current.blobs;
  const question = {
    blobs,
    network: view.sha256,
    name: `${view.name}.${view.format}`,
    operator,
    kernels,
    arithmetic: null,
  };
  return { question, asked };
}

/** An operator of a finished run, in the arithmetic the run recorded. */
export function askRun(workbench: Workbench, run: number, operator: number) {
  const { record, ...summary } = workbench.sessions.current.run(run);
  const done = record?.operators.find((result) => result.operator === operator);
  if (!record || !done)
    throw userFailure(
      'run-not-finished',
      `Run ${run} has no result of operator ${operator}: it is ${summary.state}.`,
      'Choose a finished run.',
      { operator },
    );
  const { asked, question } = questionOf(workbench, {
    network: summary.network,
    operator,
    kernels: summary.kernels,
  });
  const found: Found = { ...summary, record };
  return { found, asked, question: { ...question, arithmetic: done.arithmetic } };
}

/**
 * Where the values of these tensors lie; those of constants, which the network brings, are left out. Of a state it is what an
 * earlier operator of the run left of it; nothing where the operator read the state that runs start from.
 */
export function bytesOf(
  { sessions }: Workbench,
  { id: run, network, record }: Found,
  asked: OperatorView,
  tensors: readonly number[],
): NamedBytes[] {
  const view = sessions.current.network(network);
  return [...new Set(tensors)].flatMap((tensor) => {
    if (tensor < 0 || view.tensors[tensor]?.constant) return [];
    if (view.tensors[tensor]?.isVariable) {
      const left = record.operators.filter(({ operator }) => operator < asked.index).flatMap(({ outputs }) => outputs);
      const state = left.findLast((stored) => stored.tensor === tensor);
      return state
        ? [
            {
              tensor,
              path: sessions.current.blobs.pathOf(state.sha256),
              offset: 0,
              type: state.type,
              shape: [...state.shape],
            },
          ]
        : [];
    }
    try {
      const { sha256, offset, type, shape } = sessions.tensors.find({ network, run, tensor, what: 'value' });
      return [{ tensor, path: sessions.current.blobs.pathOf(sha256), offset, type, shape: [...shape] }];
    } catch (error) {
      if (error instanceof Failure && error.code === 'tensor-not-in-run') return [];
      throw error;
    }
  });
}

/** A job: large layers take seconds. */
async function derive(workbench: Workbench, run: number, operator: number): Promise<JobView> {
  const { engine, jobs, sessions } = workbench;
  const session = sessions.current;
  const { question, asked, found } = askRun(workbench, run, operator);
  const values = bytesOf(workbench, found, asked, asked.inputs);
  const { network, inputs } = await namesInCheckout(workbench, session.network(found.network), found.record.inputs);
  const command = layerCommand(network, operator, inputs, found.kernels);
  const name = `Sums of ${asked.name} (operator ${operator})`;
  return jobs.start({ verb: 'golden', name, command }, async ({ signal, progress }) => {
    progress(0, 'computing the layer again');
    const { accumulator, unclamped } = await engine.request('derive', { ...question, values }, { signal });
    session.addDerived(run, 'accumulator', operator, accumulator);
    session.addDerived(run, 'unclamped', operator, unclamped);
    return { network: found.network, run };
  });
}

/** The name of the folder written, or null when the user closed the dialog. */
async function saveLayer(workbench: Workbench, request: Request<'golden.saveLayer'>): Promise<string | null> {
  const { dialogs, engine, sessions } = workbench;
  const { question } = questionOf(workbench, request);
  const view: NetworkView = sessions.current.network(request.network);
  const constants = await engine.request('layer', question); // refuses operators that are no layers before anybody is asked
  const parent = await dialogs.saveFolder();
  if (parent === null) return null;
  const name = `${fileName(view.name)}-layer-${request.operator}-${request.kernels}`;
  await engine.request('saveLayer', { folder: path.join(parent, name), constants });
  return name;
}
