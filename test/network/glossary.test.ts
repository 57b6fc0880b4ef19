// Every word is explained in one line that fits a tooltip.
import { expect, it } from 'vitest';
import { GLOSSARY } from '../../main/network/glossary';

it.each(Object.entries(GLOSSARY))('explains %s', (_, line) => {
  expect(line).toMatch(/^[A-Z].*\.$/);
  expect(line.length).toBeLessThanOrEqual(140);
  expect(line).not.toContain('\n');
});
