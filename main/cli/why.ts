// `goldbench why`: why one output element is what it is. In: a model, its inputs, an operator and an element. Out: every product and
// each rounding step down to the value the run stores. Runs the network up to that operator.
import path from 'node:path';
import type { Verb } from '../cli';
import { golden, openNetwork, prepareInput } from '../flow';
import { explainElement } from '../golden/explain';
import { tellExplanation } from '../golden/explain/tell';
import { initialValue } from '../golden/variables';
import { userFailure } from '../network/failure';
import type { Network, Operator } from '../network/network';
import { type TypedArray, readConstant } from '../tensor/tensor';
import { oneModel, parseVerb, readGivenFile, readGivenNetwork } from './files';
import { checkHow, checkPixels, matchInputs } from './inputs';
import { clean, print, printJson } from './print';

const usage =
  'why MODEL --input [NAME=]FILE … --operator N --element i,j,k,c [--output 0] [--kernels S] [--engine E] [--pixels R] [--all] [--json]';
const options = {
  input: { type: 'string', multiple: true },
  pixels: { type: 'string' },
  operator: { type: 'string' },
  element: { type: 'string' },
  output: { type: 'string' },
  kernels: { type: 'string' },
  engine: { type: 'string' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** Products that are listed without --all. */
const LISTED = 40;

export const runWhy: Verb = {
  usage,
  about:
    'why an output element is what it is: products, bias, multiplier, each rounding, clamp (--all lists every product)',
  async run(args) {
    const { values, positionals } = parseVerb(args, options, usage);
    const model = oneModel(positionals, usage);
    const { network } = openNetwork(readGivenNetwork(model), path.basename(model));
    const operator = pickOperator(network, values.operator);
    const position = wholeNumber('--output', values.output ?? '0', operator.outputs.length - 1);
    const element = readElement(values.element);
    const rule = checkPixels(values.pixels);
    const { kernels, engine } = checkHow(values);
    const inputs = matchInputs(network, values.input ?? []).map(([tensor, file]): [number, TypedArray] => {
      return [tensor, prepareInput(network, tensor, readGivenFile(file), path.basename(file), rule).data];
    });
    const run = new Map(inputs);
    for (const result of golden(network, kernels, new Map(inputs), engine)) {
      const isAsked = result.operator === operator.index;
      for (const { tensor, data } of result.outputs) if (!isAsked || !tensor.isVariable) run.set(tensor.index, data); // a state is asked for as the operator read it
      if (!isAsked) continue;
      const told = explainElement(
        network,
        operator,
        result.arithmetic,
        (index) => valueOf(network, run, index),
        element,
        position,
      );
      if (values.json) printJson(told);
      else
        print(
          tellExplanation(told, values.all ? Infinity : LISTED)
            .split('\n')
            .map(clean)
            .join('\n'),
        );
      return;
    }
  },
};

/** An operator that ran had values for all it reads. */
function valueOf(network: Network, run: ReadonlyMap<number, TypedArray>, index: number): TypedArray {
  const tensor = network.tensors[index]!;
  return run.get(index) ?? (tensor.isVariable ? initialValue(tensor) : readConstant(tensor));
}

/** The operator that --operator names. */
export function pickOperator(network: Network, given: string | undefined): Operator {
  if (given === undefined) throw userFailure('arguments', 'No operator was given.', `Usage: goldbench ${usage}`);
  return network.operators[wholeNumber('--operator', given, network.operators.length - 1)]!;
}

function wholeNumber(option: string, given: string, most: number): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value <= most) return value;
  throw userFailure(
    'arguments',
    `${option} ${given} is none of 0 to ${most}.`,
    `Give ${option} a number from 0 to ${most}.`,
  );
}

/** '0,3,4,7', '[0, 3, 4, 7]', or one flat position. */
function readElement(given: string | undefined): number | number[] {
  const parts =
    given
      ?.trim()
      .replace(/^\[(.*)\]$/, '$1')
      .split(/\s*,\s*/) ?? [];
  if (given === undefined || parts.some((part) => !/^\d+$/.test(part)))
    throw userFailure(
      'arguments',
      given === undefined ? 'No element was given.' : `--element ${given} is no element.`,
      'Give its index, one number a dimension, as in --element 0,3,4,7; or one number, its flat position.',
    );
  return parts.length === 1 && !given.includes('[') ? Number(parts[0]) : parts.map(Number);
}
