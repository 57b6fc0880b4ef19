// A network of ONNX in a session: its file, and beside it the constants that import converted, which nothing drops while the
// network is there; every constant's bytes are found where the view says.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openNetwork } from '../../main/flow';
import { TensorFinder } from '../../main/ipc/tensors';
import { describe as describeAgain, importFile } from '../../main/jobs/working';
import { Session } from '../../main/session/session';

const model = path.resolve(__dirname, '../import/onnx/resnet.onnx');
const context = { progress: () => undefined } as unknown as Parameters<typeof importFile>[1];
let folder: string;
let session: Session;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'goldbench-onnx-'));
  session = Session.open(path.join(folder, 'a.sqlite'));
});
afterAll(() => {
  session.close();
  rmSync(folder, { recursive: true });
});

it('keeps every constant where its view says, over a restart and a sweep', () => {
  const { view } = importFile({ blobs: session.blobs.folder, path: model, name: 'resnet.onnx' }, context);
  const id = session.addNetwork(view);
  session.endRun(session.startRun(id, 'reference', ''), {
    kind: 'cancelled',
    code: 'cancelled',
    sentence: '',
    remedy: '',
    place: {},
  });
  session.close();
  session = Session.open(path.join(folder, 'a.sqlite'));
  session.removeRun(1); // drops what nothing names
  const { network } = openNetwork(new Uint8Array(readFileSync(model)), 'resnet.onnx');
  const finder = new TensorFinder(session);
  let converted = 0;
  for (const { index, data } of network.tensors) {
    if (!data) continue;
    const { sha256, offset, length } = finder.find({ network: id, tensor: index, run: null, what: 'value' });
    expect(Buffer.from(session.readBlob(sha256).subarray(offset, offset + length)).equals(data)).toBe(true);
    converted += Number(sha256 !== view.sha256);
  }
  expect(converted).toBeGreaterThan(20); // transposed weights, factors and terms of batch normalisation
});

it('is described anew from its stored file', () => {
  const { sha256, converted } = session.network(1);
  const view = describeAgain({ blobs: session.blobs.folder, network: sha256, name: 'resnet.onnx' });
  expect(view).toMatchObject({ format: 'onnx', name: 'resnet', sha256, converted });
});

it('cannot be added before its converted constants are there', () => {
  const { view } = openNetwork(new Uint8Array(readFileSync(model.replace('resnet', 'yolo'))), 'yolo.onnx');
  session.blobs.put(new Uint8Array(readFileSync(model.replace('resnet', 'yolo'))));
  expect(() => session.addNetwork(view)).toThrow(/missing/);
});
