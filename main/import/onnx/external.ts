// Constants that a network keeps in files beside it (exporters do so with large ones, PyTorch with all). In: the bytes of an
// .onnx file and a way to read its neighbours. Out: the bytes of the same network as one file, which is what is stored, hashed
// and read from then on; or the very bytes given, where nothing lies elsewhere.
// Source: onnx/docs/ExternalData.md.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { userFailure } from '../../network/failure';
import { recogniseContent } from '../content';
import { shortText } from '../text';
import { type Field, readWire } from './wire';

/** The bytes of a file named as the network names it; checked by whoever reads (beside.ts). */
export type ReadBeside = (location: string) => Uint8Array;

const MAX_BYTES = 0x7fffffff;

/** Where a tensor's values are: in which file, from which byte, how many; the rest of the file where no length is told. */
interface External {
  location: string;
  offset: number;
  length: number | null;
}

export function gatherExternal(bytes: Uint8Array, file: string, read: ReadBeside): Uint8Array {
  if (recogniseContent(bytes).format !== 'onnx') return bytes;
  const whole = bytes.byteOffset === 0 ? bytes : new Uint8Array(bytes); // offsets in failures are the file's
  return isElsewhere(whole, file) ? new Gathering(file, read).gather(whole) : bytes;
}

function isElsewhere(bytes: Uint8Array, file: string): boolean {
  let found = false;
  const onTensor = (part: Field, number: number): void => {
    if (number === 14) found ||= part.int() === 1;
  };
  readWire(bytes, file, (field, number) => {
    if (number === 7) field.message('graph', (part, n) => n === 5 && part.message('initializer', onTensor));
  });
  return found;
}

class Gathering {
  private total = 0;
  private readonly files = new Map<string, Uint8Array>();

  constructor(
    private readonly file: string,
    private readonly read: ReadBeside,
  ) {}

  /** ModelProto.graph (7) > GraphProto.initializer (5) is where they all are. */
  gather(bytes: Uint8Array): Uint8Array {
    const model = new BinaryWriter();
    readWire(bytes, this.file, (field, number) => {
      if (number === 7) this.graph(field, model);
      else model.raw(field.whole);
    });
    return model.finish();
  }

  private graph(field: Field, model: BinaryWriter): void {
    const graph = new BinaryWriter();
    field.message('graph', (part, number) => {
      if (number === 5) this.tensor(part, graph);
      else graph.raw(part.whole);
    });
    model.tag(7, WireType.LengthDelimited).bytes(graph.finish());
  }

  /** The tensor as it is, or with its values (raw_data, 9) in the place of where they are (13, 14). */
  private tensor(field: Field, graph: BinaryWriter): void {
    const external: External = { location: '', offset: 0, length: null };
    const tensor = new BinaryWriter();
    let isExternal = false;
    field.message('initializer', (part, number) => {
      if (number === 13) readEntry(part, external);
      else if (number === 14) isExternal = part.int() === 1;
      else tensor.raw(part.whole);
    });
    if (!isExternal) {
      graph.raw(field.whole);
      return;
    }
    tensor.tag(9, WireType.LengthDelimited).bytes(this.valuesOf(external, field.offset));
    graph.tag(5, WireType.LengthDelimited).bytes(tensor.finish());
  }

  private valuesOf({ location, offset, length }: External, at: number): Uint8Array {
    const bytes = this.files.get(location) ?? this.read(location);
    this.files.set(location, bytes);
    const end = length === null ? bytes.length : offset + length;
    const place = { file: this.file, offset: at };
    if (!(offset >= 0 && offset <= end && end <= bytes.length))
      throw userFailure(
        'onnx-external-outside',
        `${this.file}: a constant has bytes ${offset} to ${end} of ${shortText(location)}, which has ${bytes.length}.`,
        'The file beside it may be of another network, or not be fetched completely.',
        place,
      );
    this.total += end - offset;
    if (this.total > MAX_BYTES)
      throw userFailure('onnx-external-too-large', `${this.file}: its constants take 2 GiB or more.`, '', place);
    return bytes.subarray(offset, end);
  }
}

/** StringStringEntryProto: location, offset, length; others do not matter here. */
function readEntry(field: Field, external: External): void {
  let [key, value] = ['', ''];
  field.message('external_data', (part, number) => {
    if (number === 1) key = part.text();
    if (number === 2) value = part.text();
  });
  if (key === 'location') external.location = value;
  if (key === 'offset') external.offset = Number(value);
  if (key === 'length') external.length = Number(value);
}
