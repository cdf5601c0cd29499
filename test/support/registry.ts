import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';

export interface TestRegistry {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Where it keeps blobs, for tests that damage them. */
  readonly storage: string;
}

/**
 * A real registry (Debian's docker-registry) on the loopback, without TLS, ended with the test.
 *
 * @param credentials `user:bcrypt-hash` lines of an htpasswd file; without them anybody may push
 */
export async function startRegistry(
  t: ExecutionContext,
  directory: string,
  credentials?: string,
): Promise<TestRegistry> {
  const registry = await runRegistry(directory, credentials);
  t.teardown(() => registry.stop());
  return registry;
}

/** The same without a test to end it. */
export async function runRegistry(
  directory: string,
  credentials?: string,
): Promise<TestRegistry & { stop(): Promise<void> }> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const storage = join(directory, 'registry');
  await mkdir(storage, { recursive: true });
  if (credentials !== undefined) await writeFile(join(directory, 'htpasswd'), credentials);
  const config = [
    'version: 0.1',
    'log: {level: error, accesslog: {disabled: true}}',
    `storage: {filesystem: {rootdirectory: ${JSON.stringify(storage)}}, delete: {enabled: true}}`,
    `http: {addr: '${address}', relativeurls: true}`,
    ...(credentials === undefined
      ? []
      : [`auth: {htpasswd: {realm: test, path: ${JSON.stringify(join(directory, 'htpasswd'))}}}`]),
  ];
  await writeFile(join(directory, 'registry.yml'), config.join('\n'));
  const command = ['--pdeathsig', 'KILL', '--', 'docker-registry', 'serve', join(directory, 'registry.yml')];
  const child = execa('setpriv', command, {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
    reject: false,
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await child;
  };
  for (let i = 0; i < 200; i += 1) {
    const answer = await fetch(`http://${address}/v2/`).catch(() => undefined);
    if (answer !== undefined) return { address, storage, stop };
    await delay(50);
  }
  await stop();
  throw new Error('docker-registry did not start');
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
