// What the engine's sources are given: the SystemVerilog package and the C++ header. In: the engine's parameters.
// Out: two texts. Nothing in resources/rtl or native/sim repeats a number that stands here.
import { type Engine, WORD_BITS } from './engine';
import {
  CONFIG_FIELDS,
  type HeaderField,
  PACKET_FIELDS,
  PIXEL_HEADER_BITS,
  PIXEL_MAGIC,
  WEIGHT_HEADER_BITS,
  WEIGHT_MAGIC,
} from './headers';

interface Constant {
  readonly name: string;
  readonly value: number;
  readonly about: string;
}

/** Bits of a word of m_axis_sums_tuser: tag, overflow, damaged. */
export const USER_BITS = 10;

function constants(engine: Engine): Constant[] {
  const { rows, cores, accumulatorBits, guardBits, kernelMax, weightsSramDepthWords } = engine;
  const constant = (name: string, value: number, about: string): Constant => ({ name, value, about });
  return [
    constant('R', rows, 'rows of PEs'),
    constant('C', cores, 'cores: columns of PEs'),
    constant('WORD_BITS', WORD_BITS, 'a pixel or a weight'),
    constant('ACC_BITS', accumulatorBits, 'a sum as it leaves'),
    constant('SUM_BITS', accumulatorBits + guardBits, 'a sum in its PE: the bits above ACC_BITS show an overflow'),
    constant('UNIT_WORDS', rows + kernelMax - 1, 'most words of a pixel unit: R + F'),
    constant('DEPTH', weightsSramDepthWords, 'rows of a weights bank'),
    constant('ADDR_BITS', Math.ceil(Math.log2(weightsSramDepthWords)), 'address of such a row'),
    constant('LANES', engine.outputLanes, 'cores whose sums leave the array in one clock'),
    constant('MULTIPLIER_REGISTER', engine.multiplierRegister ? 1 : 0, 'a register between multiplier and adder'),
    constant('PIXEL_STREAM_BITS', engine.pixelStreamBits, 's_axis_pixels_tdata'),
    constant('WEIGHT_STREAM_BITS', engine.weightStreamBits, 's_axis_weights_tdata'),
    constant('SUM_STREAM_BITS', engine.outputStreamBits, 'm_axis_sums_tdata'),
    constant('USER_BITS', USER_BITS, 'm_axis_sums_tuser'),
    constant('PIXEL_HEADER_BITS', PIXEL_HEADER_BITS, 'header of a pixel packet'),
    constant('WEIGHT_HEADER_BITS', WEIGHT_HEADER_BITS, 'header of a weight packet'),
    constant('PIXEL_MAGIC', PIXEL_MAGIC, 'second byte of a pixel packet'),
    constant('WEIGHT_MAGIC', WEIGHT_MAGIC, 'second byte of a weight packet'),
  ];
}

/** kraken_pkg.sv: constants and the headers as packed structs. */
export function generatePackage(engine: Engine): string {
  const lines = constants(engine).map(
    ({ name, value, about }) => `  ${`localparam int ${name} = ${value};`.padEnd(40)} // ${about}`,
  );
  return [
    '// Generated from the parameters of the array; do not edit.',
    'package kraken_pkg;',
    ...lines,
    '',
    '  // first word of every packet; the first field of a packed struct is the most significant',
    ...struct('packet_t', PACKET_FIELDS),
    '',
    '  // configuration of one iteration, follows in weight packets',
    ...struct('config_t', CONFIG_FIELDS),
    'endpackage',
    '',
  ].join('\n');
}

function struct(name: string, fields: readonly HeaderField[]): string[] {
  const lines = [...fields]
    .reverse()
    .map(
      ({ name: field, bits, about }) => `    ${`logic [${bits - 1}:0] ${field};`.padEnd(24)}${about && ` // ${about}`}`,
    );
  return ['  typedef struct packed {', ...lines.map((line) => line.trimEnd()), `  } ${name};`];
}

/** engine_parameters.h: the same constants for the harness. */
export function generateHeader(engine: Engine): string {
  const lines = constants(engine).map(
    ({ name, value, about }) => `${`constexpr int ${name} = ${value};`.padEnd(42)} // ${about}`,
  );
  return [
    '// Generated from the parameters of the array; do not edit.',
    '#pragma once',
    'namespace parameters {',
    ...lines,
    '}',
    '',
  ].join('\n');
}
