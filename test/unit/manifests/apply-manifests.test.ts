import test, { type ExecutionContext } from 'ava';
import { applyManifests } from '../../../bootagent/manifests/apply-manifests.ts';
import type { ManifestObject } from '../../../bootagent/manifests/manifest.ts';
import { ManifestError } from '../../../bootagent/manifests/manifest-error.ts';
import { clientOf } from '../../support/plain-api.ts';
import { RecordingHost } from '../../support/recording-host.ts';

// What a real API server does not do on request: be away for a while, or serve a kind late. The rest is tested against
// a real one in test/cluster.

interface Answer {
  readonly status: number;
  readonly body: unknown;
}
type Answers = (method: string, path: string, body: string) => Answer;

const KINDS = {
  status: 200,
  body: {
    groupVersion: 'v1',
    resources: [{ name: 'configmaps', kind: 'ConfigMap', namespaced: true }],
  },
};
const refusal = (status: number, reason: string, message: string): Answer => ({
  status,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message },
});
const MISSING = refusal(404, 'NotFound', 'not found');
const manifest: ManifestObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'site' } };
const created = (body: string): Answer => ({ status: 201, body: JSON.parse(body) as unknown });

/** Applies manifests to an API that gives these answers; the host's time passes only while it sleeps. */
async function apply(
  t: ExecutionContext,
  answers: Answers,
  { budgetMs = 60_000, manifests = [manifest] as readonly ManifestObject[] } = {},
) {
  const asked: string[] = [];
  const client = await clientOf(t, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const [method = '', path = ''] = [request.method, request.url];
      asked.push(`${method} ${path}`);
      const answer = answers(method, path, body);
      response
        .writeHead(answer.status, { 'content-type': 'application/json' })
        .end(JSON.stringify(answer.body));
    });
  });
  const said: string[] = [];
  const host = new RecordingHost();
  const outcome = applyManifests(client, manifests, {
    host,
    budgetMs,
    signal: new AbortController().signal,
    report: async (text) => void said.push(text),
  });
  const error = await outcome.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { asked, said, error, host };
}

test('an API that cannot answer now is asked again, with growing pauses, and each failure is told', async (t) => {
  let tries = 0;
  const { error, said, host } = await apply(t, (method, path, body) => {
    if (path === '/api/v1') return KINDS;
    if (method === 'GET') return MISSING;
    tries += 1;
    return tries < 4 ? refusal(503, 'ServiceUnavailable', 'etcd is not there') : created(body);
  });
  t.is(error, undefined);
  t.is(tries, 4);
  t.is(host.uptime, 100 + 1 + 2 + 4);
  t.regex(
    said[0] ?? '',
    /^ConfigMap site \(1\/1\): Failure occurred: failed to create manifest ConfigMap called site: etcd is not there \(try 1\)$/,
  );
  t.is(said.at(-1), 'ConfigMap site (1/1)');
});

test('retries end with the time for them', async (t) => {
  const { error, host } = await apply(t, () => refusal(503, 'ServiceUnavailable', 'no'), {
    budgetMs: 30_000,
  });
  if (!(error instanceof ManifestError)) return t.fail(String(error));
  t.is(error.code, 'gave-up');
  t.regex(error.message, /^failed to apply manifest: gave up ConfigMap site \(1\/1\) after \d+ tries: /);
  t.true(host.uptime <= 130);
});

test('what the API refuses for good is not tried again, and nothing after it is applied', async (t) => {
  const later = { ...manifest, metadata: { name: 'later' } };
  const { error, asked } = await apply(
    t,
    (method, path) =>
      path === '/api/v1'
        ? KINDS
        : method === 'GET'
          ? MISSING
          : refusal(422, 'Invalid', 'data: Invalid value'),
    { manifests: [manifest, later] },
  );
  if (!(error instanceof ManifestError)) return t.fail(String(error));
  t.is(error.code, 'rejected');
  t.is(
    error.message,
    'failed to apply manifest: failed to create manifest ConfigMap called site: data: Invalid value',
  );
  t.deepEqual(asked.filter((line) => line.startsWith('POST')).length, 1);
  t.false(asked.some((line) => line.includes('later')));
});

test('an object that somebody else changes meanwhile is read and written anew', async (t) => {
  let version = 1;
  const { error, asked } = await apply(t, (method, path, body) => {
    if (path === '/api/v1') return KINDS;
    if (method === 'GET')
      return {
        status: 200,
        body: { ...manifest, metadata: { name: 'site', resourceVersion: String(version) } },
      };
    const sent = JSON.parse(body) as { metadata: { resourceVersion: string } };
    version += 1;
    return version === 2 ? refusal(409, 'Conflict', 'modified') : { status: 200, body: sent };
  });
  t.is(error, undefined);
  t.is(asked.filter((line) => line.startsWith('PUT')).length, 2);
});

test('a kind that an earlier manifest defines is waited for; one that nobody defines is refused at once', async (t) => {
  const definition: ManifestObject = {
    apiVersion: 'v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example' },
    spec: { group: 'widgets.example', names: { kind: 'Widget' } },
  };
  const widget: ManifestObject = {
    apiVersion: 'widgets.example/v1',
    kind: 'Widget',
    metadata: { name: 'w' },
  };
  const served = (known: boolean): Answers => {
    let looks = 0;
    return (method, path, body) => {
      if (path === '/api/v1') {
        const resources = [{ name: 'crds', kind: 'CustomResourceDefinition', namespaced: false }];
        return { status: 200, body: { groupVersion: 'v1', resources } };
      }
      if (path === '/apis/widgets.example/v1') {
        looks += 1;
        const resources = [{ name: 'widgets', kind: 'Widget', namespaced: true }];
        return known && looks > 2
          ? { status: 200, body: { groupVersion: 'widgets.example/v1', resources } }
          : MISSING;
      }
      return method === 'GET' ? MISSING : created(body);
    };
  };
  const late = await apply(t, served(true), { manifests: [definition, widget] });
  t.is(late.error, undefined);
  t.is(late.asked.at(-1), 'POST /apis/widgets.example/v1/namespaces/default/widgets');
  const never = await apply(t, served(false), { manifests: [widget] });
  t.is(
    (never.error as Error).message,
    'failed to apply manifest: failed to get RESTMapping: no matches for kind "Widget" in version "widgets.example/v1"',
  );
  t.deepEqual(never.said, []);
});
