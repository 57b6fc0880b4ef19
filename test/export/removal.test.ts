// A bundle taken away: all that an export has put there and nothing else, whatever lies beside it or was done to it.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MANIFEST } from '../../main/export/folder';
import type { BundleRecord } from '../../main/export/record';
import { eraseBundle, surveyBundle, tellRemovable } from '../../main/export/removal';
import { TINY_ARRAY, digits, makeBundle } from './bundles';

const top = fs.mkdtempSync(path.join(tmpdir(), 'goldbench-removal-'));
const made = path.join(top, 'made');
const lab = path.join(top, 'lab');
const folder = path.join(lab, 'bundle');
const at = (...parts: string[]): string => path.join(folder, ...parts);
let record: BundleRecord;

beforeAll(async () => {
  await makeBundle(made, digits(), { array: TINY_ARRAY, layers: '10', formats: ['mem', 'bin'], modules: 0 });
  const manifest = createHash('sha256')
    .update(fs.readFileSync(path.join(made, MANIFEST)))
    .digest('hex');
  record = { folder, manifest, startedAt: new Date().toISOString(), ms: 60_000, bytes: 1234 } as BundleRecord;
});
beforeEach(() => {
  fs.rmSync(lab, { recursive: true, force: true });
  fs.cpSync(made, folder, { recursive: true });
  fs.writeFileSync(path.join(lab, 'notes.txt'), 'mine');
});
afterAll(() => fs.rmSync(top, { recursive: true, force: true }));

const staying = (): string => {
  const before = fs.readdirSync(lab, { recursive: true });
  const survey = surveyBundle(record);
  if (!('stays' in survey)) throw new Error('it may be removed');
  expect(() => eraseBundle(record)).toThrow(survey.stays);
  expect(fs.readdirSync(lab, { recursive: true })).toEqual(before);
  return survey.stays;
};

it('goes as a whole, with what its scripts built, and its neighbours stay', () => {
  fs.mkdirSync(at('build', 'bundle_tb'), { recursive: true });
  fs.writeFileSync(at('build', 'bundle_tb', 'log.txt'), 'built');
  const survey = surveyBundle(record);
  if ('stays' in survey) throw new Error(survey.stays);
  expect(survey.files.at(-1)).toBe(MANIFEST);
  expect(survey).toMatchObject({ altered: [], built: true });
  expect(tellRemovable(record, survey)).toMatch(
    /^On the disk are \d+ files, 0\.0 MB, and what its scripts built\. The command/,
  );
  eraseBundle(record);
  expect(fs.readdirSync(lab)).toEqual(['notes.txt']);
});

it('files that somebody changed are told: by their size, or by their time', () => {
  fs.appendFileSync(at('README.txt'), 'my notes');
  const later = new Date(Date.parse(record.startedAt) + record.ms + 10_000);
  fs.utimesSync(at('run_verilator.sh'), later, later);
  const survey = surveyBundle(record);
  if ('stays' in survey) throw new Error(survey.stays);
  expect([...survey.altered].sort()).toEqual(['README.txt', 'run_verilator.sh']);
  expect(tellRemovable(record, survey)).toContain('2 of them, such as ');
});

describe('the folder stays', () => {
  it('when it was taken away, or a link lies in its place', () => {
    fs.renameSync(folder, path.join(lab, 'moved'));
    expect(staying()).toBe('The folder bundle is not where it was put.');
    fs.symlinkSync(path.join(lab, 'moved'), folder);
    expect(staying()).toBe('The folder bundle is not where it was put.');
  });
  it('without its manifest, and with that of another export', () => {
    fs.appendFileSync(at(MANIFEST), ' ');
    expect(staying()).toBe('The folder bundle stays: its manifest.json is not that of this export.');
    fs.rmSync(at(MANIFEST));
    expect(staying()).toBe('The folder bundle stays: its manifest.json is missing.');
  });
  it.each(['notes.txt', 'layer/notes.txt'])('when %s lies in it', (name) => {
    fs.mkdirSync(path.dirname(at(name)), { recursive: true });
    fs.writeFileSync(at(name), 'mine');
    expect(staying()).toBe(`The folder bundle stays: no export has put ${name} there.`);
  });
  it('when a link leads out of it, also where the scripts build', () => {
    fs.symlinkSync(lab, at('build'));
    expect(staying()).toContain('put build there');
  });
});

it('a manifest that lists files elsewhere reaches none of them', () => {
  const manifest = JSON.parse(fs.readFileSync(at(MANIFEST), 'utf8')) as {
    files: { path: string; bytes: number; sha256: string }[];
  };
  manifest.files.push({ path: '../notes.txt', bytes: 4, sha256: '' });
  const text = JSON.stringify(manifest, null, 1);
  fs.writeFileSync(at(MANIFEST), text);
  eraseBundle({ ...record, manifest: createHash('sha256').update(text).digest('hex') });
  expect(fs.readdirSync(lab)).toEqual(['notes.txt']);
});
