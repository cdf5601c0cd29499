import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** An admission webhook on the loopback that lets everything pass and counts what it was asked. */
export interface Webhook {
  readonly port: number;
  readonly asked: () => number;
  stop(): Promise<void>;
}

/**
 * Starts one.
 *
 * @param certificate PEM, for `localhost`
 * @param key PEM
 * @param port the port it had before; 0: a free one
 */
export async function startWebhook(certificate: string, key: string, port = 0): Promise<Webhook> {
  let asked = 0;
  const server = createServer({ cert: certificate, key }, (call, answer) => {
    const parts: Buffer[] = [];
    call.on('data', (part: Buffer) => parts.push(part));
    call.on('end', () => {
      asked += 1;
      const review = JSON.parse(Buffer.concat(parts).toString()) as { request: { uid: string } };
      const response = { uid: review.request.uid, allowed: true };
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => asked,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
