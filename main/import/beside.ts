// Network files with what lies beside them. In: a path and its bytes. Out: the bytes of the whole network.
// A file may name its neighbours only: nothing above its folder, no link that leads out of it, no device.
import fs from 'node:fs';
import path from 'node:path';
import { userFailure } from '../network/failure';
import { diskFailure } from './disk';
import { gatherExternal } from './onnx/external';
import { cleanText, shortText } from './text';

const MAX_BYTES = 0x7fffffff;

/** Reads what the network keeps in other files, if it does. */
export const wholeNetwork = (file: string, bytes: Uint8Array): Uint8Array =>
  gatherExternal(bytes, cleanText(path.basename(file)), (location) => readBeside(file, location));

function readBeside(file: string, location: string): Uint8Array {
  const name = path.basename(file);
  const refuse = (code: string, what: string, remedy = ''): never => {
    throw userFailure(code, `${cleanText(name)} keeps constants in ${shortText(location)}, ${what}.`, remedy, {
      file: name,
      offset: 0,
    });
  };
  if (location === '' || /[\\\0:]/.test(location) || path.isAbsolute(location) || location.split('/').includes('..'))
    refuse('onnx-external-path', 'which is no file of its own folder');
  const folder = fs.realpathSync(path.dirname(path.resolve(file)));
  const named = path.join(folder, location);
  if (!fs.existsSync(named)) refuse('onnx-external-missing', 'which is not there', 'Put both files into one folder.');
  try {
    const real = fs.realpathSync(named);
    if (!real.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep))
      refuse('onnx-external-path', 'which leads out of its folder');
    const status = fs.statSync(real);
    if (!status.isFile()) refuse('onnx-external-path', 'which is no file');
    if (status.size > MAX_BYTES)
      refuse('onnx-external-too-large', `which has ${status.size} bytes; less than 2 GiB is supported`);
    return fs.readFileSync(real);
  } catch (error) {
    throw diskFailure(error, named);
  }
}
