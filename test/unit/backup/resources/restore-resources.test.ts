import test, { type ExecutionContext } from 'ava';
import type { Json } from '../../../../bootagent/backup/resources/json.ts';
import { restoreResources } from '../../../../bootagent/backup/resources/restore-resources.ts';
import { parseYaml } from '../../../../core/contract/source.ts';
import { parseRestore } from '../../../../core/contract/velero/restore.ts';
import type { ServedType } from '../../../../core/tools/kubernetes/discovery.ts';
import { KubernetesError } from '../../../../core/tools/kubernetes/kubernetes-error.ts';
import { smallApi } from '../../../support/plain-api.ts';
import { RecordingHost } from '../../../support/recording-host.ts';

// Hiccups at a chosen request, which no real API server has on demand. What is restored is shown in test/cluster.
const PATH = '/apis/topolvm.io/v1/logicalvolumes';
const TYPE: ServedType = {
  apiVersion: 'topolvm.io/v1',
  kind: 'LogicalVolume',
  plural: 'logicalvolumes',
  namespaced: false,
  group: 'topolvm.io',
  version: 'v1',
  verbs: ['create', 'get', 'list'],
  aliases: ['logicalvolume', 'lv'],
};
const STATUS = { volumeID: 'the-disk' };
const ARCHIVE = new Map<string, readonly Json[]>([
  [
    'logicalvolumes.topolvm.io',
    [
      {
        apiVersion: 'topolvm.io/v1',
        kind: 'LogicalVolume',
        metadata: { name: 'data' },
        spec: { size: 1 },
        status: STATUS,
      },
    ],
  ],
]);

async function cluster(t: ExecutionContext, discover = async (): Promise<readonly ServedType[]> => [TYPE]) {
  const { api, client } = await smallApi(t);
  const host = new RecordingHost();
  const restore = (spec: object = { restoreStatus: { includedResources: ['lv'] } }) => {
    const source = {
      apiVersion: 'velero.io/v1',
      kind: 'Restore',
      metadata: { name: 'r' },
      spec: { backupName: 'b', ...spec },
    };
    return restoreResources(
      {
        client,
        discover,
        host,
        patienceMs: 60_000,
        signal: new AbortController().signal,
        report: async () => undefined,
      },
      ARCHIVE,
      parseRestore(parseYaml('r', JSON.stringify(source))),
    );
  };
  const status = () => api.objects.get(`${PATH}/data`)?.['status'];
  return { api, client, host, restore, status };
}

const OUTAGES: readonly (readonly [what: string, request: string, when: 'before' | 'after'])[] = [
  ['the making is not answered', `POST ${PATH}`, 'before'],
  ['the object is made, and the answer lost', `POST ${PATH}`, 'after'],
  ['the status is not written', `PATCH ${PATH}/data/status`, 'before'],
  ['the status is written, and the answer lost', `PATCH ${PATH}/data/status`, 'after'],
];
for (const [what, request, when] of OUTAGES) {
  test(`A status comes back although the API is away: ${what}`, async (t) => {
    const { api, restore, status } = await cluster(t);
    let left = 2;
    api.outage = (asked) => (asked === request && left-- > 0 ? when : undefined);
    const { errors } = await restore();
    t.deepEqual(errors, []);
    t.true(left < 0, 'it was asked again');
    t.deepEqual(status(), STATUS);
  });
}

test('A restore that was killed before it wrote a status writes it when it is run again', async (t) => {
  const { api, restore, status } = await cluster(t);
  await restore({});
  t.is(status(), undefined);
  api.requests.length = 0;
  const { resourceList, errors } = await restore();
  t.deepEqual([resourceList, errors], [{ 'topolvm.io/v1/LogicalVolume': ['data(skipped)'] }, []]);
  t.deepEqual(status(), STATUS);
});

test('The status of an object that the Restore has not made stays as it is', async (t) => {
  const { client, restore, status } = await cluster(t);
  await client.create(TYPE, {
    apiVersion: 'topolvm.io/v1',
    kind: 'LogicalVolume',
    metadata: { name: 'data' },
    spec: { size: 1 },
  });
  const { errors } = await restore();
  t.deepEqual(errors, []);
  t.is(status(), undefined);
});

test('A status that is refused is an error of the Restore', async (t) => {
  const { api, restore } = await cluster(t);
  api.admission = ({ path }) => (path.endsWith('/status') ? 'volumeID is not known' : undefined);
  const { errors, resourceList } = await restore();
  t.is(errors.length, 1);
  t.regex(errors[0] ?? '', /^error restoring LogicalVolume "data": .*volumeID is not known/);
  t.deepEqual(resourceList, { 'topolvm.io/v1/LogicalVolume': ['data(failed)'] });
});

test('A status that never gets written is an error when the patience is over', async (t) => {
  const { api, host, restore } = await cluster(t);
  const begun = host.uptime;
  api.outage = (asked) => (asked.endsWith('/status') ? 'before' : undefined);
  const { errors } = await restore();
  t.regex(errors[0] ?? '', /^error restoring LogicalVolume "data": .*write the status of/);
  t.is(host.uptime - begun, 60);
});

test('An API that does not say at once what it serves is asked again, also when a kind was missing', async (t) => {
  const away = () => Promise.reject(new KubernetesError('unavailable', 'down'));
  const answers = [away, async () => [], away, async () => [TYPE]];
  const { restore, status } = await cluster(t, async () => (answers.shift() ?? away)());
  const { errors } = await restore({ restoreStatus: { includedResources: ['logicalvolumes'] } });
  t.deepEqual(errors, []);
  t.deepEqual(status(), STATUS);
  t.is(answers.length, 0);
});
