import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import { SmallApiServer } from './small-api-server.ts';

/** A client of an API that answers as a test says, for as long as the test runs. */
export async function clientOf(t: ExecutionContext, answer: RequestListener): Promise<KubernetesClient> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return clientAt(t, `http://127.0.0.1:${port}`);
}

/** A server in memory, and a client of it, for as long as the test runs. */
export async function smallApi(t: ExecutionContext) {
  const api = new SmallApiServer();
  const client = clientAt(t, await api.start());
  t.teardown(() => api.stop());
  return { api, client };
}

function clientAt(t: ExecutionContext, server: string): KubernetesClient {
  const client = new KubernetesClient({
    server: new URL(server),
    certificateAuthority: undefined,
    tlsServerName: undefined,
    insecureSkipTlsVerify: false,
    clientCertificate: undefined,
    clientKey: undefined,
    token: 'secret-token',
  });
  t.teardown(() => client.close());
  return client;
}
