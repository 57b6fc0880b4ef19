// Which of the contestants that are programs this machine can run. In: nothing. Out: their commands, or why one is absent.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { cacheRoot } from '../../../scripts/cache.mjs';
import type { Program } from './child';

/** A contestant's program, or the sentence why there is none. */
export type Offer = Program | string;

const compiler = process.env.CXX || 'c++';

/** NumPy's einsum over strided views: the golden model of the accelerator's author. */
export function offerEinsum(): Offer {
  const works = spawnSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0;
  if (!works) return 'einsum: Python 3 with NumPy is not present';
  return { name: 'einsum', command: ['python3', path.join(__dirname, 'einsum.py')], writes: 'accumulators' };
}

/** oneDNN's driver, compiled when its source, the compiler or the library changed. CPATH and LIBRARY_PATH are obeyed. */
export function offerOneDnn(): Offer {
  const source = path.join(__dirname, 'oneDnn.cc');
  const probe = spawnSync(compiler, ['-E', '-x', 'c++', '-'], {
    input: '#include <oneapi/dnnl/dnnl.hpp>\n',
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (probe.status !== 0) return 'oneDNN: a C++ compiler with libdnnl-dev is not present';
  const version = spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout;
  const key = createHash('sha256').update(fs.readFileSync(source)).update(version).update(probe.stdout).digest('hex');
  const program = path.join(cacheRoot, 'bench', `oneDnn-${key.slice(0, 20)}`);
  if (!fs.existsSync(program)) {
    fs.mkdirSync(path.dirname(program), { recursive: true });
    const made = spawnSync(compiler, ['-O2', '-std=c++17', source, '-ldnnl', '-o', `${program}.${process.pid}`], {
      encoding: 'utf8',
    });
    if (made.status !== 0) return `oneDNN: its driver does not compile: ${made.stderr.trim().split('\n')[0]}`;
    fs.renameSync(`${program}.${process.pid}`, program);
  }
  return { name: 'oneDNN', command: [program], writes: 'outputs' };
}
