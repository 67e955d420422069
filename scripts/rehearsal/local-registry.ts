import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runServer } from 'verdaccio';

export interface LocalRegistry {
  url: string;
  /** A new user's token. */
  addUser(name: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * A Verdaccio in this process, on a free port of the loopback interface, with its storage in `folder`. It alone holds
 * the project's packages; all others it passes on from `uplink`. The user `owner` may publish all of them, `newcomer` all
 * but the command line.
 */
export async function startLocalRegistry(folder: string, uplink: string): Promise<LocalRegistry> {
  const scoped = { access: '$all', publish: 'owner newcomer' };
  const commandLine = { access: '$all', publish: 'owner' };
  const config = {
    self_path: join(folder, 'config.yaml'), // no such file: Verdaccio takes its folder as the base of paths
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    uplinks: { uplink: { url: uplink } },
    packages: { '@excb/*': scoped, excb: commandLine, '**': { access: '$all', proxy: 'uplink' } },
    web: { enable: false },
    log: { type: 'file', path: join(folder, 'log.txt'), format: 'json', level: 'warn' },
  };
  const server = (await runServer(config as unknown as string)) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, addUser: (name) => addUser(url, name), stop: () => stop(server) };
}

/** By the call that `npm adduser` makes. */
async function addUser(url: string, name: string): Promise<string> {
  const password = crypto.randomUUID();
  const answer = await fetch(new URL(`-/user/org.couchdb.user:${name}`, url), {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  const { token } = (await answer.json()) as { token?: string };
  if (!token) throw new Error(`the registry made no user ${name}: status ${answer.status}`);
  return token;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
