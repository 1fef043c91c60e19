#!/usr/bin/env node
/** What a person or an MCP client starts. `serve` must answer in milliseconds, so it loads nothing that it does not need. */
const [command = 'help', ...args] = process.argv.slice(2);

if (command === 'serve' && !args.includes('--help') && !args.includes('-h')) {
  const { relay } = await import('./transports/relay.ts');
  await relay(args);
} else {
  const { run } = await import('./cli/run.ts');
  process.exitCode = await run(command, args);
}
