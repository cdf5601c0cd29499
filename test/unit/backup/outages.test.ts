import test from 'ava';
import { whenApiAnswers } from '../../../bootagent/backup/cluster-api.ts';
import { patientReader, type Reader } from '../../../bootagent/backup/patient-reader.ts';
import { Collector } from '../../../bootagent/backup/resources/collect.ts';
import { checkWithVelero } from '../../../bootagent/backup/velero/check-velero.ts';
import { labelObjects } from '../../../bootagent/backup/velero/labels.ts';
import { outlastingOutages } from '../../../bootagent/stages/upgrade/outlast-outages.ts';
import { parseYaml } from '../../../core/contract/source.ts';
import { parseBackup } from '../../../core/contract/velero/backup.ts';
import type { KubernetesClient } from '../../../core/tools/kubernetes/kubernetes-client.ts';
import { KubernetesError } from '../../../core/tools/kubernetes/kubernetes-error.ts';
import { RecordingHost } from '../../support/recording-host.ts';
import { stageContext } from '../../support/stage-context.ts';

const AWAY = new KubernetesError('unreachable', 'The API is away.');
const VERBS = ['list', 'create', 'get', 'delete'];
const type = (kind: string, plural: string) => ({
  ...{
    apiVersion: 'v1',
    kind,
    plural,
    namespaced: true,
    group: '',
    version: 'v1',
    verbs: VERBS,
    aliases: [],
  },
});
const PODS = type('Pod', 'pods');
const CLAIMS = type('PersistentVolumeClaim', 'persistentvolumeclaims');
const { signal } = new AbortController();

/** Fails so many calls, then works. */
function failing<Result>(times: number, error: Error, work: () => Result): () => Promise<Result> {
  let left = times;
  return async () => {
    left -= 1;
    if (left >= 0) throw error;
    return work();
  };
}

/** A cluster with a pod that needs a claim; calls of each kind fail so many times at first. */
function cluster({ lists = 0, gets = 0, error = AWAY as Error }): Reader {
  const object = (kind: string, name: string, spec: object) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'app' },
    spec,
  });
  const pod = object('Pod', 'p', { volumes: [{ persistentVolumeClaim: { claimName: 'c' } }] });
  const list = failing(lists, error, () => ({ items: [pod], resourceVersion: '1' }));
  const get = failing(gets, error, () => object('PersistentVolumeClaim', 'c', {}));
  return {
    list: async ({ kind }) => (kind === 'Pod' ? list() : { items: [], resourceVersion: '1' }),
    get,
  };
}

async function collected(client: Reader, errors: string[] = []): Promise<readonly string[]> {
  const source = { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name: 'b' } };
  const { spec } = parseBackup(parseYaml('b', JSON.stringify(source)));
  const onError = (text: string) => errors.push(text);
  const items = await Array.fromAsync(
    new Collector({ client, types: [PODS, CLAIMS], signal, onError }, spec).collect(),
  );
  return items.map(({ resource }) => resource);
}

test('A call that is not answered is made again, and nothing is missing', async (t) => {
  const errors: string[] = [];
  const client = patientReader(cluster({ lists: 5, gets: 5 }), new RecordingHost(), signal);
  t.deepEqual(await collected(client, errors), ['pods', 'persistentvolumeclaims']);
  t.deepEqual(errors, []);
});

test('An outage that lasts is thrown as it is, and is no error of an item', async (t) => {
  for (const calls of [{ lists: 1e6 }, { gets: 1e6 }]) {
    const errors: string[] = [];
    const client = patientReader(cluster(calls), new RecordingHost(), signal);
    t.is(
      await collected(client, errors).catch((error: unknown) => error as readonly string[]),
      AWAY as never,
    );
    t.deepEqual(errors, []);
  }
});

test('What the API refuses is an error of the item, and the rest goes on', async (t) => {
  const errors: string[] = [];
  const error = new KubernetesError('forbidden', 'This is not for you.');
  t.deepEqual(await collected(cluster({ gets: 1, error }), errors), ['pods']);
  t.deepEqual(errors, ['This is not for you.']);
});

test('Patience is for each outage, not for all the time that work takes', async (t) => {
  const host = new RecordingHost();
  const work = failing(3, AWAY, () => 'done');
  const hourly = async () => {
    await host.sleep(3_600_000);
    return work();
  };
  t.is(await whenApiAnswers(host, 600_000, signal, hourly), 'done');
  const before = host.now().getTime();
  await t.throwsAsync(
    whenApiAnswers(host, 600_000, signal, () => Promise.reject(AWAY)),
    { is: AWAY },
  );
  t.true(host.now().getTime() - before >= 600_000);
});

test('An outage while objects are labelled is no fault of the content', async (t) => {
  const client = { patch: () => Promise.reject(AWAY) } as unknown as KubernetesClient;
  const annotations = { 'lca.openshift.io/apply-label': 'v1/pods/app/p' };
  await t.throwsAsync(labelObjects(client, [PODS], { name: 'b', annotations }, {}), { is: AWAY });
});

test('An outage while Velero’s API checks a Backup is no fault of the content', async (t) => {
  const client = { create: () => Promise.reject(AWAY) } as unknown as KubernetesClient;
  const api = { client, discover: async () => [], version: () => Promise.reject(AWAY) };
  const written = { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name: 'b' } };
  const backup = { kind: 'Backup' as const, name: 'b', namespace: 'n', labels: {}, annotations: {}, written };
  await t.throwsAsync(checkWithVelero(api, { backups: [backup], restores: [] }, signal), { is: AWAY });
});

test('A step of Upgrade outlasts an outage in its look and in its work, and a plan does not wait for it', async (t) => {
  const host = new RecordingHost();
  const context = stageContext(host, { signal });
  const answer = { done: true, because: 'it is there' };
  const looks = failing(1, AWAY, () => answer);
  const work = failing(4, AWAY, () => undefined);
  let isApplied = false;
  const again = failing(4, AWAY, () => answer);
  const step = outlastingOutages({
    name: 'ask',
    summary: 'Ask',
    check: () => (isApplied ? again() : looks()),
    apply: work,
  });
  const before = host.now().getTime();
  t.deepEqual(await step.check(context), { done: false, because: 'The API is away.' });
  t.is(host.now().getTime(), before);
  await step.apply(context);
  isApplied = true;
  t.deepEqual(await step.check(context), answer);
});
