// A chart as a file. In: a chart and a format. Out: the name of the file written, or null when the dialog was closed. The
// SVG is the one the command line writes; the PNG is that, in twice its pixels.
import type { Chart } from '../../../main/estimate/chart';
import { chartCsv } from '../../../main/estimate/chartTable';
import { titleOf } from '../../../main/estimate/picture';
import { drawChart } from '../../../main/estimate/svg';
import { call } from '../../bridge';
import { fileNameOf } from '../../design/files';

export const FORMATS = ['svg', 'png', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

const SCALE = 2;

export async function saveChart(chart: Chart, format: Format, chosen: readonly string[]): Promise<string | null> {
  const name = fileNameOf(titleOf(chart), format);
  if (format === 'csv') return call('plan.saveFile', { name, content: chartCsv(chart), encoding: 'utf8' });
  const svg = drawChart(chart, chosen);
  if (format === 'svg') return call('plan.saveFile', { name, content: svg, encoding: 'utf8' });
  return call('plan.saveFile', { name, content: await paint(svg), encoding: 'base64' });
}

/** The picture's pixels as a PNG, in base64. */
async function paint(svg: string): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * SCALE;
  canvas.height = image.naturalHeight * SCALE;
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}
