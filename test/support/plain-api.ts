import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import type { ClusterAccess } from '../../core/tools/kubernetes/kubeconfig.ts';
import { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';

/** An API that answers as a test says, for as long as the test runs. */
export async function apiOf(t: ExecutionContext, answer: RequestListener): Promise<ClusterAccess> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    server: new URL(`http://127.0.0.1:${port}`),
    certificateAuthority: undefined,
    tlsServerName: undefined,
    insecureSkipTlsVerify: false,
    clientCertificate: undefined,
    clientKey: undefined,
    token: 'secret-token',
  };
}

/** A client of such an API. */
export async function clientOf(t: ExecutionContext, answer: RequestListener): Promise<KubernetesClient> {
  const client = new KubernetesClient(await apiOf(t, answer));
  t.teardown(() => client.close());
  return client;
}
