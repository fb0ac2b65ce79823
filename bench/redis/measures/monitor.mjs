import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Listens to everything that a Redis server runs, over a bare socket: `1700000000.1 [0 127.0.0.1:5] "get" "key"`,
 * and `[0 lua]` for what a script calls.
 * @param {string} url @param {(command: string, fromScript: boolean) => void} onCommand
 */
export async function monitor(url, onCommand) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = createInterface({ input: socket });
  socket.write('MONITOR\r\n');
  await once(lines, 'line'); // +OK
  lines.on('line', (line) => {
    const [, client, command] = /^\+[\d.]+ \[\d+ ([^\]]*)\] "([^"]*)"/.exec(line) ?? [];
    if (command !== undefined) onCommand(command.toUpperCase(), client === 'lua');
  });
  return () => socket.destroy();
}
