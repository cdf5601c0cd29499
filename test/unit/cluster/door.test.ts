import test, { type ExecutionContext } from 'ava';
import { editRequest, setStage } from '../../../core/contract/edit-request.ts';
import { CLUSTER_DOOR_PATH, REQUEST_PATH } from '../../../core/contract/paths.ts';
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

const isResource = ({ path, method }: { readonly path: string; readonly method: string }) =>
  path === COLLECTION || (method === 'PUT' && path.startsWith(`${COLLECTION}/`));
const remembered = (node: DoorNode) =>
  until(
    'it remembers',
    () => node.host.readText(CLUSTER_DOOR_PATH),
    (text) => text !== undefined,
  );
const BAD = `apiVersion: lca.openshift.io/v1
kind: ImageBasedUpgrade
metadata:
  name: upgrade
spec:
  stage: Idle # mine
  seedImageRef:
    version: "4.16"
    image: ""
`;

test('A file that the API server does not let in at all is left to be mended; the resource stays and says why', async (t) => {
  const api = new SmallApiServer();
  api.admission = (change) =>
    isResource(change) && JSON.stringify(change.after).includes('"image":""')
      ? 'spec.seedImageRef.image is too short'
      : undefined;
  const node = await nodeWith(t, api);
  await node.boot('old');
  const before = await until('the singleton is there', resource(api), (found) => found?.status !== undefined);
  await remembered(node);
  await node.host.writeAtomic(REQUEST_PATH, BAD);
  const told = await until('it is told', resource(api), (found) =>
    JSON.stringify(found?.status).includes('spec.seedImageRef.image is missing'),
  );
  t.is(told.metadata.uid, before.metadata.uid);
  t.is(await node.host.readText(REQUEST_PATH), BAD);
  t.false(api.requests.includes(`DELETE ${COLLECTION}/upgrade`));
  // mended: all that it says is taken over, also what was not wrong
  await node.host.writeAtomic(REQUEST_PATH, BAD.replace('""', 'registry.example/seed:1'));
  const mended = await until('it is taken over', resource(api), (found) =>
    JSON.stringify(found).includes('"4.16"'),
  );
  t.is(mended.metadata.uid, before.metadata.uid);
  await until(
    'the refusal is forgotten',
    resource(api),
    (found) => !JSON.stringify(found?.status).includes('spec.seedImageRef.image is missing'),
  );
});

test('Where there is no resource and the file is not let in, one is made at Idle and says why', async (t) => {
  const api = new SmallApiServer();
  api.admission = (change) =>
    isResource(change) && JSON.stringify(change.after).includes('"image":""') ? 'too short' : undefined;
  const node = await nodeWith(t, api);
  // nothing that the agent itself minds
  const empty = BAD.replace('4.16', '');
  await node.host.writeAtomic(REQUEST_PATH, empty);
  await node.boot('old');
  await until('it is told', resource(api), (found) => JSON.stringify(found?.status).includes('too short'));
  t.is(await node.host.readText(REQUEST_PATH), empty);
});

test('An outage between removing a resource that is made anew and making it loses nothing of the file', async (t) => {
  const api = new SmallApiServer();
  const node = await nodeWith(t, api);
  await node.boot('old');
  await until('the singleton is there', resource(api), (found) => found?.status !== undefined);
  await remembered(node);
  let isMade = false;
  api.admission = ({ method, path }) => {
    if (method === 'PUT' && path.startsWith(COLLECTION)) return 'the stage transition is not permitted';
    // after the trial, and after the removal
    if (method === 'POST' && path === COLLECTION && !api.objects.has(`${COLLECTION}/upgrade`) && !isMade) {
      isMade = true;
      return 'not now';
    }
    return undefined;
  };
  const wish = BAD.replace('""', 'registry.example/seed:1').replace('Idle', 'Rollback');
  await node.host.writeAtomic(REQUEST_PATH, wish);
  await until('it is made after all', resource(api), (found) => found?.spec.stage === 'Rollback');
  t.regex((await node.host.readText(REQUEST_PATH)) ?? '', /stage: Rollback # mine/);
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

test("The guide's sample, written into the file while the singleton is there, takes its place", async (t) => {
  const api = new SmallApiServer();
  const node = await nodeWith(t, api);
  await node.boot('old');
  await until('the singleton is there', resource(api), (found) => found?.status !== undefined);
  await remembered(node);
  const sample = BAD.replace('/v1', '/v1alpha1').replace('""', 'registry.example/seed:1');
  await node.host.writeAtomic(REQUEST_PATH, sample.replace('name: upgrade', 'name: example-upgrade'));
  const made = await until(
    'the sample is there',
    async () => api.objects.get(`${COLLECTION}/example-upgrade`),
    (found) => found?.['status'] !== undefined,
  );
  t.like(made?.['spec'], { stage: 'Idle', seedImageRef: { image: 'registry.example/seed:1' } });
  t.false(api.objects.has(`${COLLECTION}/upgrade`));
  t.regex((await node.host.readText(REQUEST_PATH)) ?? '', /name: example-upgrade[^]*stage: Idle # mine/);
});

const GENERATORS = '/apis/lca.openshift.io/v1/seedgenerators';
const statusOf = (api: SmallApiServer, path: string) => async () =>
  JSON.stringify(api.objects.get(path) ?? null);

test('Where v1 lets in one name only, the rest is written through v1alpha1, and nobody waits for what has no part', async (t) => {
  const api = new SmallApiServer();
  const node = await nodeWith(t, api);
  const url = JSON.parse((await node.host.readText('/etc/kubernetes/admin.conf')) ?? '').clusters[0].cluster
    .server;
  const make = async (collection: string, kind: string, name: string, spec: object) => {
    const apiVersion = 'lca.openshift.io/v1alpha1';
    const body = JSON.stringify({ apiVersion, kind, metadata: { name }, spec });
    const path = collection.replace('/v1/', '/v1alpha1/');
    t.is((await fetch(`${url}${path}`, { method: 'POST', body })).status, 201);
  };
  api.admission = ({ path, after }) => {
    const { name } = after['metadata'] as { readonly name: string };
    const isLca = path.includes('/imagebasedupgrades') || path.includes('/seedgenerators');
    if (!isLca || ['upgrade', 'seedimage'].includes(name)) return undefined;
    if (name === 'stubborn' && path.endsWith('/status')) return 'no status for this one';
    return path.includes('/v1/') ? 'it is a singleton' : undefined;
  };
  const sample = { stage: 'Idle', seedImageRef: { version: '4.16', image: 'registry.example/seed:1' } };
  await make(COLLECTION, 'ImageBasedUpgrade', 'example-upgrade', sample);
  await node.boot('old');
  const served = `${COLLECTION}/example-upgrade`;
  await until('it is served', statusOf(api, served), (text) => text.includes('"reason":"Idle"'));
  await editRequest(node.host, [setStage('Prep')]);
  await until('it is changed', statusOf(api, served), (text) => text.includes('"stage":"Prep"'));

  await make(COLLECTION, 'ImageBasedUpgrade', 'stubborn', { stage: 'Idle' });
  await make(COLLECTION, 'ImageBasedUpgrade', 'third', { stage: 'Idle' });
  await make(GENERATORS, 'SeedGenerator', 'stubborn', { seedImage: 'x' });
  await make(GENERATORS, 'SeedGenerator', 'other', { seedImage: 'x' });
  for (const path of [`${COLLECTION}/third`, `${GENERATORS}/other`])
    await until('it is refused', statusOf(api, path), (text) => text.includes('is a singleton'));
  await make(GENERATORS, 'SeedGenerator', 'seedimage', { seedImage: 'x' });
  await until(
    'the SeedGenerator is taken over',
    () => node.host.readText('/var/lib/lca/seedgenerator.yaml'),
    (text) => text?.includes('seedImage: x') ?? false,
  );
});
