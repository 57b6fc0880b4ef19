// The layer tables that come with Goldbench. In: a name. Out: a checked table, or undefined for a name that is none of
// them (it may be a file: whoever has files reads it).
import alexnet from '../../resources/networks/alexnet.json';
import mobilenetV1 from '../../resources/networks/mobilenet-v1.json';
import mobilenetV2 from '../../resources/networks/mobilenet-v2.json';
import resnet50 from '../../resources/networks/resnet-50.json';
import transformer from '../../resources/networks/transformer-block.json';
import vgg16 from '../../resources/networks/vgg-16.json';
import yolo from '../../resources/networks/yolov2-tiny.json';
import { type LayerTable, readTable } from './table';

const TABLES: Readonly<Record<string, unknown>> = {
  alexnet,
  'vgg-16': vgg16,
  'resnet-50': resnet50,
  'mobilenet-v1': mobilenetV1,
  'mobilenet-v2': mobilenetV2,
  'yolov2-tiny': yolo,
  'transformer-block': transformer,
};

export const TABLE_NAMES: readonly string[] = Object.keys(TABLES);

export const shippedTable = (name: string): LayerTable | undefined =>
  Object.hasOwn(TABLES, name) ? readTable(TABLES[name], `${name}.json`) : undefined;
