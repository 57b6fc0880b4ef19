// The command line as a user meets it: the built program, its exit codes, its two kinds of output.
import { spawnSync } from 'node:child_process';
import { mkdirSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readNpy } from '../../main/tensor/npy';
import { NetworkBuilder } from '../oracle/build';

const root = path.resolve(__dirname, '../..');
const digits = 'resources/samples/digits/digits.tflite';
// Under Electron as Node the command line still runs on the user's Node.
const node = process.versions.electron ? 'node' : process.execPath;
const seven = 'resources/samples/digits/inputs/7_a.png';
const folder = mkdtempSync(path.join(tmpdir(), 'goldbench-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function goldbench(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(node, ['bin/goldbench.cjs', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

describe('goldbench', () => {
  test('help, version and an unknown verb', () => {
    expect(goldbench('--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining('goldbench golden MODEL'),
      err: '',
    });
    expect(goldbench('--version').out).toMatch(/^goldbench \d+\.\d+\.\d+\n$/);
    expect(goldbench('fold')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('error[unknown-verb]: There is no verb'),
    });
    expect(goldbench('toString').code).toBe(2);
  });

  test('import lists the operators, for people and as JSON', () => {
    const table = goldbench('import', digits);
    expect(table).toMatchObject({ code: 0, err: '' });
    expect(table.out).toMatch(/CONV_2D.*28x28/);
    const { out } = goldbench('import', digits, '--json');
    const view = JSON.parse(out);
    expect(view.operators[0].name).toBe('CONV_2D');
    expect(view.operators.every((operator: any) => operator.support.reference.ok)).toBe(true);
  });

  test('import says what is wrong with what is no network', () => {
    const file = path.join(folder, 'broken.tflite');
    writeFileSync(file, readFileSync(path.join(root, digits)).subarray(0, 5000));
    const { code, out, err } = goldbench('import', file);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^error\[[a-z0-9-]+\]: .+\n {2}at: broken\.tflite.*byte \d+/);
    expect(goldbench('import', path.join(folder, 'absent.tflite'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('does not exist'),
    });
    expect(goldbench('import').err).toContain('Usage: goldbench import MODEL');
  });

  test('golden writes run.json and one .npy per operator output, twice the same', () => {
    const run = (out: string) => goldbench('golden', digits, '--input', seven, '--out', out, '--json');
    const one = path.join(folder, 'one');
    const two = path.join(folder, 'two');
    const { code, out, err } = run(one);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const record = JSON.parse(out);
    const saved = JSON.parse(readFileSync(path.join(one, 'run.json'), 'utf8'));
    expect(saved.operators.map((o: any) => o.outputs[0].sha256)).toEqual(
      record.operators.map((o: any) => o.outputs[0].sha256),
    );
    for (const { outputs } of saved.operators)
      expect(readNpy(readFileSync(path.join(one, outputs[0].file))).shape).toEqual(outputs[0].shape);
    expect(run(two).code).toBe(0);
    for (const file of readdirSync(one).filter((name) => name.endsWith('.npy')))
      expect(readFileSync(path.join(one, file)).equals(readFileSync(path.join(two, file)))).toBe(true);
    expect(run(two)).toMatchObject({ code: 0, err: 'note: The earlier run in two was replaced.\n' });
    const detector = [
      'resources/samples/detector/detector.tflite',
      '--input',
      'resources/samples/detector/inputs/shapes_a.png',
    ];
    expect(goldbench('golden', ...detector, '--out', two)).toMatchObject({
      code: 2,
      err: expect.stringContaining('error[folder-of-other-network]'),
    });
    expect(goldbench('golden', digits, '--input', seven, '--out', 'README.md')).toMatchObject({
      code: 2,
      err: expect.stringContaining('error[not-a-folder]'),
    });
    expect(JSON.parse(readFileSync(path.join(two, 'run.json'), 'utf8')).network.name).toBe('digits');
  });

  test('golden never replaces a folder that holds something else', () => {
    writeFileSync(path.join(folder, 'thesis.txt'), 'mine');
    const { code, err } = goldbench('golden', digits, '--input', seven, '--out', folder);
    expect(code).toBe(2);
    expect(err).toContain('error[folder-not-empty]');
    expect(readFileSync(path.join(folder, 'thesis.txt'), 'utf8')).toBe('mine');
  });

  test('golden names what is missing or wrong among its inputs', () => {
    expect(goldbench('golden', digits).err).toContain('error[input-missing]');
    expect(goldbench('golden', digits, '--input', `nobody=${seven}`).err).toContain('error[input-unknown]');
    expect(goldbench('golden', digits, '--input', seven, '--kernels', 'magic').err).toContain('error[kernels-unknown]');
    expect(goldbench('golden', digits, '--input', seven, '--engine', 'reference-ts', '--threads', '2').err).toContain(
      'one thread',
    );
    expect(goldbench('golden', digits, '--input', 'README.md').code).toBe(2);
    expect(goldbench('golden', digits, '--input', seven, '--csv').err).toContain('--csv goes with --batch only');
    expect(goldbench('golden', digits, '--input', seven, '--pixels', '0..9').err).toContain('error[pixels-unknown]');
    expect(goldbench('golden', digits, '--input', seven, '--pixels=0..255').out).toContain('clipped');
    expect(goldbench('import', '').err).toContain('No model file was given');
    expect(goldbench('simulate', 'vgg-16').err).toContain('vgg-16 is a layer table: it has shapes, but no weights');
    expect(goldbench('demo', 'extra').code).toBe(2);
  });

  test('golden refuses an operator it cannot run, and says why', () => {
    const whole = { type: 'int32', shape: [1, 4] } as const;
    const builder = new NetworkBuilder();
    builder.operator('SOFTMAX', [builder.input(whole)], whole, { beta: 1 });
    const [model, input] = [path.join(folder, 'whole.tflite'), path.join(folder, 'whole.bin')];
    writeFileSync(model, builder.finish());
    writeFileSync(input, new Uint8Array(16));
    const { code, err } = goldbench('golden', model, '--input', input);
    expect(code).toBe(2);
    expect(err).toMatch(/^error\[golden-unsupported\].*SOFTMAX with int32 activations is not supported/);
  });

  test('golden runs the detector sample', () => {
    const [model, image] = ['detector.tflite', 'inputs/shapes_a.png'].map((f) => `resources/samples/detector/${f}`);
    const { code, err } = goldbench('golden', model!, '--input', image!, '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('--session records into a file that opens again', () => {
    const file = path.join(folder, 'mine.sqlite');
    expect(goldbench('golden', digits, '--input', seven, '--session', file)).toMatchObject({ code: 0 });
    expect(goldbench('import', digits, '--session', file)).toMatchObject({ code: 0 });
    expect(existsSync(file)).toBe(true);
    writeFileSync(path.join(folder, 'not.sqlite'), 'something else');
    const refused = goldbench('import', digits, '--session', path.join(folder, 'not.sqlite'));
    expect(refused.code).toBe(2);
    expect(readFileSync(path.join(folder, 'not.sqlite'), 'utf8')).toBe('something else');
  });

  test('compare: equal runs, a changed file, numbers of a session; exit code 1 for a difference', () => {
    const [one, two] = [path.join(folder, 'same-1'), path.join(folder, 'same-2')];
    const file = path.join(folder, 'compared.sqlite');
    for (const out of [one, two])
      expect(goldbench('golden', digits, '--input', seven, '--out', out, '--session', file).code).toBe(0);
    expect(goldbench('compare', one, two)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Equal: [\d,]+ elements/),
    });
    expect(goldbench('compare', '1', '2', '--session', file)).toMatchObject({ code: 0, err: '' });
    const output = path.join(two, '003_CONV_2D.npy');
    const bytes = readFileSync(output);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(output, bytes);
    const found = goldbench('compare', one, two, '--json');
    expect(found).toMatchObject({ code: 1, err: '' });
    const { isEqual, differing, first, tensors } = JSON.parse(found.out);
    expect({ isEqual, differing, tensor: tensors[first].label }).toEqual({
      isEqual: false,
      differing: 1,
      tensor: '003_CONV_2D.npy',
    });
    expect(tensors[first].first.index).toHaveLength(4);
    expect(goldbench('compare', one, two).out).toMatch(
      /Different: first in 003_CONV_2D\.npy, element \[0, .*is -?\d+ in A/,
    );
    const board = path.join(folder, 'board'); // a dump of one layer: what it holds is told before what it lacks
    mkdirSync(board);
    writeFileSync(path.join(board, '003_CONV_2D.npy'), bytes);
    const dumped = goldbench('compare', one, board);
    expect(dumped).toMatchObject({
      code: 1,
      out: expect.stringMatching(/Different: first in 003_CONV_2D\.npy, element \[0,/),
    });
    expect(dumped.out).toMatch(/elements of 1 tensor compared; \d+ could not be, 1 differ\./);
    const besideRun = goldbench('compare', '1', board, '--session', file);
    expect(besideRun).toMatchObject({ code: 1, err: '' });
    expect(besideRun.out).toMatch(/Different: first in 003_CONV_2D\.npy, element \[0, .*is -?\d+ in A/);
    expect(goldbench('compare', board, one, '--session', file).err).toContain('error[run-unknown]: Neither');
    expect(goldbench('compare', '1', path.join(folder, 'nowhere'), '--session', file).err).toContain('and no folder.');
    expect(goldbench('compare', output, path.join(one, '003_CONV_2D.npy')).code).toBe(1);
    expect(goldbench('compare', one).err).toContain('error[arguments]');
    expect(goldbench('compare', one, output).err).toContain('error[file-and-folder]');
    expect(goldbench('compare', '1', '9', '--session', file).err).toContain('error[no-such-run]');
    expect(goldbench('compare', '1', '2', '--session', path.join(folder, 'none.sqlite')).err).toContain(
      'error[file-not-found]',
    );
  });

  test('golden takes set, engine and what is kept', () => {
    const run = (...more: string[]) => goldbench('golden', digits, '--input', seven, '--json', ...more);
    const lean = JSON.parse(run('--keep', 'outputs', '--engine', 'reference-ts', '--threads', '1').out);
    expect(lean).toMatchObject({ kernels: 'reference', engine: 'reference-ts' });
    expect(lean.operators.every((operator: any) => operator.accumulator === null)).toBe(true);
    expect(run('--engine', 'gpu').err).toContain('error[engine-unknown]');
    expect(run('--engine', 'reference-ts', '--threads', 'two').err).toContain('error[threads]');
    expect(run('--keep', 'all').err).toContain('error[keep-unknown]');
  });

  test('the demo equals TFLite in every byte, and ends as a bundle that proves itself', { timeout: 300_000 }, () => {
    const { code, out } = goldbench('demo', '--json');
    expect(code).toBe(0);
    const { verdicts, simulation, bundle } = JSON.parse(out);
    if ('skipped' in bundle) expect(bundle.skipped).toMatch(/Verilator is not installed/);
    else {
      expect(bundle.code).toBe(0);
      expect(bundle.said).toEqual([
        expect.stringMatching(/^PASS: \d+ words in \d+ packets of sums/),
        'every file is as it was exported',
      ]);
      expect(bundle.ms).toBeGreaterThan(0);
    }
    // where Verilator is not there, the sentence that says so; see test/simulate
    expect(simulation.isEqual ?? simulation.skipped).toSatisfy(
      (told: unknown) => told === true || /apt-get install/.test(String(told)),
    );
    expect(verdicts).toHaveLength(20);
    for (const { compared, differing } of verdicts)
      expect({ differing, some: compared > 0 }).toEqual({ differing: 0, some: true });
  });
});

describe('goldbench with ONNX', () => {
  const yolo = 'test/import/onnx/yolo.onnx';
  test('import tells what became what', () => {
    const { code, out } = goldbench('import', yolo);
    expect(code).toBe(0);
    expect(out).toContain('made for');
    expect(out).toContain("note: Images are held NHWC: input 'image' of [1, 3, 64, 64] is [1, 64, 64, 3] here.");
  });
  test('golden runs it on an image, and the values are onnxruntime’s order', () => {
    const image = 'resources/samples/detector/inputs/shapes_a.png';
    const { code, out, err } = goldbench('golden', yolo, '--input', image, '--json');
    expect(err.replace(/\r.*/g, '')).toBe('');
    expect(code).toBe(0);
    const record = JSON.parse(out) as { operators: { outputs: { shape: number[] }[] }[] };
    expect(record.operators.at(-1)!.outputs[0]!.shape).toEqual([1, 512, 7]);
  });
});
