// A plan as readable text, written and read back. In: a TilePlan. Out: a few lines and one for each layer; the same plan
// gives the same text. Read back, each layer's line is a pin: planned again with it, the plan is the same.
//
//     goldbench plan 1
//     network AlexNet
//     array kraken-7x96
//     dataflow kraken
//     batch 1
//     objective clocks
//     layer conv1: form=direct turned=no flat=no blocks=input merge=1 passes=1 chunks=1
import { DATAFLOWS, type Dataflow } from '../array/array';
import { userFailure } from '../network/failure';
import type { Pin } from './layer';
import { type TilePlan, choiceTexts } from './plan';
import { OBJECTIVES, type Objective } from './search';

const FIRST_LINE = 'goldbench plan 1';

export interface PlanText {
  readonly network: string;
  readonly array: string; // its name: a plan holds for the array it was made for, which is kept apart
  readonly dataflow: Dataflow;
  readonly batch: number;
  readonly objective: Objective;
  readonly pins: ReadonlyMap<string, Pin>;
}

export function writePlan({ name, array, batch, objective, steps }: TilePlan): string {
  const lines = steps.map((step) => {
    if ('host' in step) return `# on the host: ${step.host.name} (${step.host.why})`;
    const { layer, plan } = step.planned;
    return `layer ${layer.name}: ${choiceTexts(plan)
      .map(([choice, text]) => `${choice}=${text}`)
      .join(' ')}`;
  });
  const head = [
    FIRST_LINE,
    `network ${name}`,
    `array ${array.name}`,
    `dataflow ${array.dataflow}`,
    `batch ${batch}`,
    `objective ${objective}`,
  ];
  return [...head, ...lines].map((line) => `${line}\n`).join('');
}

export const isPlanText = (text: string): boolean => text.split(/\r\n|\n/, 1)[0]!.trim() === FIRST_LINE;

/** @throws userFailure 'plan-text' with the line */
export function readPlan(text: string, file: string): PlanText {
  const lines = text.split(/\r\n|\n/);
  const refuse = (at: number, sentence: string, remedy: string): never => {
    throw userFailure('plan-text', `${file}, line ${at + 1}: ${sentence}`, remedy, { file, line: at + 1 });
  };
  if (!isPlanText(text))
    refuse(
      0,
      `this is no plan: it does not begin with '${FIRST_LINE}'.`,
      'Write one with goldbench plan … --out FILE.',
    );
  const heads = new Map<string, { value: string; at: number }>();
  const pins = new Map<string, Pin>();
  lines.forEach((line, at) => {
    if (at === 0 || line.trim() === '' || line.startsWith('#')) return;
    const layer = /^layer (.+): (.*)$/.exec(line);
    if (layer)
      return void pins.set(
        layer[1]!,
        readPin(layer[2]!, (sentence, remedy) => refuse(at, sentence, remedy)),
      );
    const head = /^(network|array|dataflow|batch|objective) (.+)$/.exec(line);
    if (!head)
      return refuse(at, `'${line.slice(0, 60)}' is no line of a plan.`, "Layers are 'layer NAME: CHOICE=VALUE …'.");
    heads.set(head[1]!, { value: head[2]!, at });
  });
  const need = <T extends string>(name: string, among?: readonly T[]): T => {
    const { value, at } = heads.get(name) ?? refuse(lines.length - 1, `the line '${name} …' is missing.`, 'Add it.');
    if (among && !among.includes(value as T))
      refuse(at, `${name} is '${value}', which is none.`, `Give one of ${among.join(', ')}.`);
    return value as T;
  };
  return {
    network: need('network'),
    array: need('array'),
    dataflow: need('dataflow', DATAFLOWS),
    batch: Number(need('batch')),
    objective: need('objective', OBJECTIVES),
    pins,
  };
}

/** 'form=direct merge=2' as a pin. */
export function readPin(text: string, refuse: (sentence: string, remedy: string) => never): Pin {
  const pairs = text
    .trim()
    .split(/[\s,]+/)
    .map((pair) => {
      const [, name, value] = /^([A-Za-z]+)=(\S+)$/.exec(pair) ?? [];
      if (!name || !value)
        return refuse(`'${pair.slice(0, 60)}' is no choice.`, 'Write CHOICE=VALUE, such as form=direct.');
      return [name, value] as const;
    });
  return Object.fromEntries(pairs);
}
