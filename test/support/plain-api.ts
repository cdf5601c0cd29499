import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import type { ClusterAccess } from '../../core/tools/kubernetes/kubeconfig.ts';
import { KubernetesClient } from '../../core/tools/kubernetes/kubernetes-client.ts';
import { SmallApiServer } from './small-api-server.ts';

/** An API that answers as a test says, for as long as the test runs. */
export async function apiOf(t: ExecutionContext, answer: RequestListener): Promise<ClusterAccess> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return accessTo(`http://127.0.0.1:${port}`);
}

/** A client of such an API. */
export async function clientOf(t: ExecutionContext, answer: RequestListener): Promise<KubernetesClient> {
  return clientAt(t, await apiOf(t, answer));
}

/** A server in memory, and a client of it, for as long as the test runs. */
export async function smallApi(t: ExecutionContext) {
  const api = new SmallApiServer();
  const client = clientAt(t, accessTo(await api.start()));
  t.teardown(() => api.stop());
  return { api, client };
}

function clientAt(t: ExecutionContext, access: ClusterAccess): KubernetesClient {
  const client = new KubernetesClient(access);
  t.teardown(() => client.close());
  return client;
}

function accessTo(server: string): ClusterAccess {
  return {
    server: new URL(server),
    certificateAuthority: undefined,
    tlsServerName: undefined,
    insecureSkipTlsVerify: false,
    clientCertificate: undefined,
    clientKey: undefined,
    token: 'secret-token',
  };
}
