import { listen } from './control.ts';
import { Switch } from './switch.ts';

/** The network of one cluster: told what to connect over its control socket, outliving whoever started it. */
process.on('SIGHUP', () => {});
process.stderr.on('error', () => {}); // nobody may be left to read it
process.umask(0o177);

const [, , path] = process.argv;
const network = new Switch();

try {
  if (!path) throw new Error('Say which control socket to open: node main.ts /run/…/switch.sock');
  const server = await listen(path, network);
  process.on('SIGTERM', () => {
    server.close(); // takes the socket file away
    process.exit(0);
  });
} catch (reason) {
  process.stderr.write(`${reason instanceof Error ? reason.message : reason}\n`);
  network.close();
  process.exitCode = 1;
}
