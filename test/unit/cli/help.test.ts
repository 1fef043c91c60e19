import { describe, expect, test } from 'vitest';
import { audit } from '../../../src/cli/audit.ts';
import { help, helpFor } from '../../../src/cli/help.ts';
import { policy } from '../../../src/cli/policy.ts';
import { run } from '../../../src/cli/run.ts';

const commands = [...help.matchAll(/^ {2}labwarden ([a-z]+)(?: ([a-z]+(?:-[a-z]+)?)(?= |$))?/gm)].map(([, ...words]) =>
  words.filter((word): word is string => word !== undefined),
);
const asked = commands.filter(([command]) => command !== 'serve');

/** What the command says of itself when it hears something that it does not know. */
async function usageOf(words: readonly string[]): Promise<string> {
  const [said, write] = [[] as string[], process.stderr.write];
  process.stderr.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
  try {
    await run(words[0] ?? '', [...words.slice(1), '--no-such-option']);
  } finally {
    process.stderr.write = write;
  }
  return said.join('');
}

test('the help names every command', () => {
  expect(asked.length).toBeGreaterThan(30);
  expect([audit, policy].every((command) => help.includes(`labwarden ${command.name} `))).toBe(true);
});

describe('the help of a command has every option that it understands', () => {
  test.each(asked.map((words) => [words.join(' '), words] as const))('%s', async (name, words) => {
    const usage = await usageOf(words);
    expect(usage).toContain(`use: labwarden ${name}`);
    const shown = helpFor(words);
    for (const [option] of usage.slice(usage.indexOf('use: ')).matchAll(/--[a-z-]+/g)) expect(shown).toContain(option);
  });
});

test('help about a part of a command, about a command, and about nothing that there is', () => {
  expect(helpFor(['audit', 'tail', 'x'])).toMatch(/^ {2}labwarden audit tail [\s\S]*\n\nAll of audit/);
  expect(helpFor(['audit', 'tail'])).not.toContain('audit query [');
  expect(helpFor(['grant'])).not.toContain('grants');
  expect(helpFor(['stop'])).toBe('  labwarden stop [--config FILE] [--wait]  end the lab server; running VMs go on');
  expect(helpFor(['nothing'])).toBe(help);
});
