import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import S3rver from '@20minutes/s3rver';
import type { S3Access } from '../../core/tools/s3/s3-access.ts';

const run = promisify(execFile);

export const BUCKET = 'site-7';

/** A real S3 server over TLS, behind a line that can be cut. */
export interface S3Server {
  readonly endpoint: string;
  /** The authority of its certificate, PEM. */
  readonly authority: string;
  /** As its owner. */
  readonly access: S3Access;
  /** Connections that have been cut. */
  readonly cuts: { up: number; down: number };
  /** Cuts the next connection that carries so many bytes in a direction, once. */
  cutAfter(direction: 'up' | 'down', bytes: number): void;
  stop(): Promise<void>;
}

export async function startS3Server(directory: string): Promise<S3Server> {
  const [key, cert] = [join(directory, 's3.key'), join(directory, 's3.crt')];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', key, '-out', cert, '-days', '30', '-subj', '/CN=site authority'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1'],
  ]);
  const authority = await readFile(cert, 'utf8');
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory: join(directory, 's3'),
    silent: true,
    vhostBuckets: false,
    key: await readFile(key, 'utf8'),
    cert: authority,
    configureBuckets: [{ name: BUCKET }],
  });
  const { port } = await server.run();
  const line = await startLine(port);
  const endpoint = `https://127.0.0.1:${line.port}`;
  return {
    endpoint,
    authority,
    access: {
      name: 'BackupStorageLocation site',
      endpoint,
      bucket: BUCKET,
      region: 'us-east-1',
      pathStyle: true,
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', sessionToken: null },
      trusted: [authority],
      insecureSkipVerify: false,
      encryption: {},
    },
    cuts: line.cuts,
    cutAfter: line.cutAfter,
    stop: async () => {
      line.stop();
      await server.close();
    },
  };
}

/** Passes bytes on to a port, and cuts a connection when told to. */
async function startLine(port: number) {
  const sockets = new Set<Socket>();
  const cuts = { up: 0, down: 0 };
  const left: Record<'up' | 'down', number | undefined> = { up: undefined, down: undefined };
  const line: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const cut = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const [from, to, direction] of [
      [near, far, 'up'],
      [far, near, 'down'],
    ] as const) {
      sockets.add(from);
      let passed = 0;
      from.on('data', (chunk: Buffer) => {
        passed += chunk.length;
        const limit = left[direction];
        if (limit !== undefined && passed > limit) {
          left[direction] = undefined;
          cuts[direction] += 1;
          cut();
        } else if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
      from.on('error', cut);
      from.on('close', () => {
        sockets.delete(from);
        to.end();
      });
    }
  });
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  return {
    port: (line.address() as AddressInfo).port,
    cuts,
    cutAfter(direction: 'up' | 'down', bytes: number): void {
      left[direction] = bytes;
    },
    stop(): void {
      line.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
