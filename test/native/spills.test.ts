// The inner loops of dense and depthwise products keep their accumulators in registers. GCC 12 spills them all inside the loop
// when too much is done in one function, which halves the speed without making anything wrong; so the built code is looked at.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { nativeFolder } from '../../main/golden/native/place';
import { lacks } from './compiler';

/**
 * Functions, and in them tiles of pixels x registers as isa/*.cc have them (of one pixel: four panels at once), the instruction
 * that multiplies, and the most a loop may hold.
 */
const LOOPS = [
  { isa: 'avx2', name: 'multiply<6, 1, false, false>', dots: 12, dot: /vpmaddwd .*ymm/, instructions: 36 },
  { isa: 'avx2', name: 'multiply<6, 1, false, true>', dots: 12, dot: /vpmaddwd .*ymm/, instructions: 38 },
  { isa: 'avx2', name: 'multiplyTiles<6, false>', dots: 12, dot: /vpmaddwd .*ymm/, instructions: 36 },
  { isa: 'avx2', name: 'multiplyTiles<6, true>', dots: 12, dot: /vpmaddwd .*ymm/, instructions: 38 },
  { isa: 'avx2', name: 'multiply<1, 4, true, false>', dots: 8, dot: /vpmaddwd .*ymm/, instructions: 40 },
  { isa: 'avx2', name: 'multiplyNine<1, 16>', dots: 20, dot: /vpmaddwd .*ymm/, instructions: 92 },
  { isa: 'avx2', name: 'multiplyNine<2, 16>', dots: 20, dot: /vpmaddwd .*ymm/, instructions: 100 },
  { isa: 'avx2', name: 'multiplyReals<false, 3>', dots: 12, dot: /vfmadd\d+pd .*ymm/, instructions: 24 },
  { isa: 'avx512vnni', name: 'multiplyReals<false, 6>', dots: 24, dot: /vfmadd\d+pd .*zmm/, instructions: 40 },
  { isa: 'avxvnni', name: 'multiply<6, 1, false, false>', dots: 12, dot: /vpdpbusd .*ymm/, instructions: 24 },
  { isa: 'avxvnni', name: 'multiply<6, 1, false, true>', dots: 12, dot: /vpdpbusd .*ymm/, instructions: 26 },
  { isa: 'avx512vnni', name: 'multiply<6, 1, false, false>', dots: 24, dot: /vpdpbusd .*zmm/, instructions: 38 },
  { isa: 'avx512vnni', name: 'multiply<6, 1, false, true>', dots: 24, dot: /vpdpbusd .*zmm/, instructions: 40 },
];

const why = process.arch === 'x64' ? lacks('objdump') : 'skipped: looks at x86-64 code';

interface Line {
  readonly address: number;
  readonly text: string;
}

/** The functions of that name in the addon, one an instruction set, as lines of assembly. */
function functionsNamed(name: string): Line[][] {
  const file = path.join(nativeFolder(), 'kernels.node');
  const { stdout } = spawnSync('objdump', ['-dC', '--no-show-raw-insn', file], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return stdout
    .split(/\n\n/)
    .filter((block) => new RegExp(`^[0-9a-f]+ <.*\\b${name}\\(.*:\\n`).test(block))
    .map((block) =>
      [...block.matchAll(/^ *([0-9a-f]+):\s+(.*)$/gm)].map(([, address, text]) => ({
        address: Number.parseInt(address!, 16),
        text: text!,
      })),
    );
}

/** The lines of the shortest loop that holds `dot`. */
function innerLoop(lines: readonly Line[], dot: RegExp): string[] {
  const loops = lines.flatMap(({ address, text }, at) => {
    const target = Number.parseInt(/^j\w+\s+([0-9a-f]+)/.exec(text)?.[1] ?? '', 16);
    const from = lines.findIndex((line) => line.address === target);
    return from >= 0 && target <= address ? [lines.slice(from, at + 1).map((line) => line.text)] : [];
  });
  return loops.filter((loop) => loop.some((text) => dot.test(text))).sort((a, b) => a.length - b.length)[0] ?? [];
}

describe.skipIf(why !== null)('the inner loop of products', () => {
  test.each(LOOPS)('$isa, $name: $dots products, nothing spilled', ({ name, dots, dot, instructions }) => {
    const loops = functionsNamed(name)
      .map((lines) => innerLoop(lines, dot))
      .filter((loop) => loop.length > 0);
    expect(loops.length).toBeGreaterThanOrEqual(1); // the compiler may make one for a single run, too
    for (const loop of loops) {
      const unrolled = loop.filter((text) => dot.test(text)).length / dots;
      expect(unrolled).toBeGreaterThanOrEqual(1);
      expect(loop.filter((text) => /\(%r[sb]p\)/.test(text) && /[xyz]mm/.test(text))).toEqual([]);
      expect(loop.length).toBeLessThanOrEqual(instructions * unrolled);
    }
  });
});

if (why !== null) test(why, () => console.log(why));
