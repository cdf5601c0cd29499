import test from 'ava';
import { isOutage, KubernetesError } from '../../../../core/tools/kubernetes/kubernetes-error.ts';
import { type ResourceType, resourcePath } from '../../../../core/tools/kubernetes/kubernetes-object.ts';
import { clientOf } from '../../../support/plain-api.ts';

// What a real API server does not do on request: stay silent, break off, talk nonsense. The rest is tested against a
// real one in test/cluster.
const CONFIG_MAPS: ResourceType = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const X = { namespace: 'n', name: 'x' };

test('Paths are as the API server has them', (t) => {
  t.is(resourcePath(CONFIG_MAPS, X), '/api/v1/namespaces/n/configmaps/x');
  t.is(resourcePath(CONFIG_MAPS), '/api/v1/configmaps');
  const ibu = { apiVersion: 'lca.openshift.io/v1', kind: 'I', plural: 'ibus', namespaced: false };
  t.is(resourcePath(ibu, { name: 'a/b' }), '/apis/lca.openshift.io/v1/ibus/a%2Fb');
});

test('An API that stays silent is given up after the time limit', async (t) => {
  const client = await clientOf(t, () => undefined);
  const error = await t.throwsAsync(client.get(CONFIG_MAPS, X, { timeoutMs: 50 }), {
    instanceOf: KubernetesError,
  });
  t.is(error.code, 'timed-out');
  t.true(isOutage(error));
});

test('An API that sends half an answer is not reached', async (t) => {
  const client = await clientOf(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{');
    setTimeout(() => response.destroy(), 10);
  });
  await t.throwsAsync(client.get(CONFIG_MAPS, X), { instanceOf: KubernetesError, code: 'unreachable' });
});

test('A caller that gives up gets its own reason back', async (t) => {
  const client = await clientOf(t, () => undefined);
  const stop = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => stop.abort(reason), 20);
  t.is(await client.get(CONFIG_MAPS, X, { signal: stop.signal }).catch((error: unknown) => error), reason);
});

test('A watch that is aborted ends with the reason', async (t) => {
  const client = await clientOf(t, (_, response) => {
    response.writeHead(200).write('\n');
  });
  const stop = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => stop.abort(reason), 50);
  const events = Array.fromAsync(client.watch(CONFIG_MAPS, { signal: stop.signal }));
  t.is(await events.catch((error: unknown) => error), reason);
});

for (const [status, body, code] of [
  [200, 'hello', 'bad-answer'],
  [200, '{"kind":"ConfigMap"}', 'bad-answer'],
  [401, '{"kind":"Status","message":"Unauthorized"}', 'unauthorized'],
  [409, '{"kind":"Status","reason":"AlreadyExists","message":"is there"}', 'already-exists'],
  [409, '{"kind":"Status","reason":"Conflict","message":"was changed"}', 'conflict'],
  [429, 'slow down', 'unavailable'],
  [503, '<html>', 'unavailable'],
  [418, '', 'refused'],
] as const) {
  test(`The answer ${status} ${body} is ${code}, told without the token`, async (t) => {
    const client = await clientOf(t, (_, response) => response.writeHead(status).end(body));
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: X };
    const error = await t.throwsAsync(client.create(CONFIG_MAPS, object), { instanceOf: KubernetesError });
    t.is(error.code, code);
    t.false(error.message.includes('secret-token'));
  });
}

test('A kept connection that the server has closed is replaced by a new one', async (t) => {
  let calls = 0;
  const object = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: X });
  const client = await clientOf(t, (request, response) => {
    calls += 1;
    if (calls === 2) request.socket.destroy();
    else response.end(object);
  });
  await client.get(CONFIG_MAPS, X);
  await new Promise((resolve) => setTimeout(resolve, 10));
  t.is((await client.get(CONFIG_MAPS, X))?.metadata.name, 'x');
  t.is(calls, 3);
});
