import test, { type ExecutionContext } from 'ava';
import { editRequest, setStage } from '../../../core/contract/edit-request.ts';
import { CLUSTER_DOOR_PATH } from '../../../core/contract/paths.ts';
import { DoorNode, until } from '../../support/door-node.ts';
import { SmallApiServer } from '../../support/small-api-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

// What the door does where a real API server at hand has nothing to say: admission rules are younger than 1.20.
const COLLECTION = '/apis/lca.openshift.io/v1/imagebasedupgrades';
const DEFINITION =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/imagebasedupgrades.lca.openshift.io';

async function nodeWith(t: ExecutionContext, api: SmallApiServer): Promise<DoorNode> {
  const node = new DoorNode(await temporaryDirectory(t));
  const kubeconfig = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c' } }],
    clusters: [{ name: 'c', cluster: { server: await api.start() } }],
  };
  await node.host.writeAtomic('/etc/kubernetes/admin.conf', JSON.stringify(kubeconfig));
  t.teardown(async () => {
    await node.stop();
    api.stop();
  });
  return node;
}

const resource = (api: SmallApiServer) => async () =>
  api.objects.get(`${COLLECTION}/upgrade`) as unknown as {
    readonly metadata: { readonly uid: string };
    readonly spec: { readonly stage: string };
    readonly status?: { readonly conditions: readonly { readonly reason: string }[] };
  };

test('An API server that takes no admission rules gets the definition without them', async (t) => {
  const api = new SmallApiServer();
  api.admission = ({ after }) =>
    JSON.stringify(after).includes('x-kubernetes-validations') ? 'no rules' : undefined;
  const node = await nodeWith(t, api);
  await node.boot('old');
  await until('the singleton is there', resource(api), (found) => found?.status !== undefined);
  t.false(JSON.stringify(api.objects.get(DEFINITION)).includes('validations'));
});

test('A definition that is there already stays as it is', async (t) => {
  const api = new SmallApiServer();
  const node = await nodeWith(t, api);
  const name = DEFINITION.split('/').at(-1);
  await fetch(
    `${JSON.parse((await node.host.readText('/etc/kubernetes/admin.conf')) ?? '').clusters[0].cluster.server}${DEFINITION.replace(/\/[^/]+$/, '')}`,
    {
      method: 'POST',
      body: JSON.stringify({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name },
        spec: { mine: true },
      }),
    },
  );
  await node.boot('old');
  await until('the singleton is there', resource(api), (found) => found?.status !== undefined);
  t.deepEqual(api.objects.get(DEFINITION)?.['spec'], { mine: true });
});

test('A change of the file that admission rules refuse makes the resource anew', async (t) => {
  const api = new SmallApiServer();
  const node = await nodeWith(t, api);
  await node.boot('old');
  const before = await until('the singleton is there', resource(api), (found) => found?.status !== undefined);
  // the door's first round is over when it remembers; an edit before that could cross its own
  await until(
    'it remembers',
    () => node.host.readText(CLUSTER_DOOR_PATH),
    (text) => text !== undefined,
  );
  api.admission = ({ method, path }) =>
    method === 'PUT' && path.startsWith(COLLECTION) ? 'the stage transition is not permitted' : undefined;
  await editRequest(node.host, [setStage('Rollback')]);
  const after = await until(
    'it follows',
    resource(api),
    (found) => found?.spec.stage === 'Rollback' && (found.status?.conditions.length ?? 0) > 1,
  );
  t.not(after.metadata.uid, before.metadata.uid);
});

test('A file that cannot be read is left for the user to mend, and goes on being said in the resource', async (t) => {
  const api = new SmallApiServer();
  const node = await nodeWith(t, api);
  await node.host.writeAtomic('/var/lib/lca/ibu.yaml', 'spec: [');
  await node.boot('old');
  await until('the singleton is there', resource(api), (found) => found?.status !== undefined);
  t.is(await node.host.readText('/var/lib/lca/ibu.yaml'), 'spec: [');
});

test('An outage is waited for, and asked again', async (t) => {
  const api = new SmallApiServer();
  api.isDown = true;
  const node = await nodeWith(t, api);
  await node.boot('old');
  await until(
    'the API is asked',
    async () => api.requests.length,
    (count) => count > 1,
  );
  api.isDown = false;
  t.is(
    (await until('the singleton is there', resource(api), (found) => found?.status !== undefined)).spec.stage,
    'Idle',
  );
});
