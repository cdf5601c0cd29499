import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';

/** A client of an API that answers as a test says, for as long as the test runs. */
export async function clientOf(t: ExecutionContext, answer: RequestListener): Promise<KubernetesClient> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new KubernetesClient({
    server: new URL(`http://127.0.0.1:${port}`),
    certificateAuthority: undefined,
    tlsServerName: undefined,
    insecureSkipTlsVerify: false,
    clientCertificate: undefined,
    clientKey: undefined,
    token: 'secret-token',
  });
  t.teardown(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return client;
}
