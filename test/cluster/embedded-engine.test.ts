import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { S3Store } from '../../bootagent/backup/store/s3-store.ts';
import { restoreBackups } from '../../bootagent/boot/steps/restore-backups.ts';
import type { CompleteContext } from '../../bootagent/stages/complete/complete-context.ts';
import { restoreResources } from '../../bootagent/stages/complete/steps/restore-resources.ts';
import type { CleanUpContext } from '../../bootagent/stages/idle/clean-up-context.ts';
import { removeBackups } from '../../bootagent/stages/idle/steps/remove-backups.ts';
import type { StageContext } from '../../bootagent/stages/stage-context.ts';
import { MESSAGES } from '../../bootagent/stages/state-machine/messages.ts';
import { backUp } from '../../bootagent/stages/upgrade/steps/back-up.ts';
import { backUpResources } from '../../bootagent/stages/upgrade/steps/back-up-resources.ts';
import { checkBackups } from '../../bootagent/stages/upgrade/steps/check-backups.ts';
import { handOverRestores } from '../../bootagent/stages/upgrade/steps/hand-over-restores.ts';
import { WORKSPACE } from '../../bootagent/stages/workspace.ts';
import { BACKUP_DIRECTORY, RESTORES_DIRECTORY, SITE_DIRECTORY } from '../../core/contract/paths.ts';
import { NO_RECONFIGURATION } from '../../core/contract/seed-reconfiguration.ts';
import { messageOf } from '../../core/errors/lca-error.ts';
import { S3Client } from '../../core/tools/s3/s3-client.ts';
import {
  type BackupMachine,
  backUpAll,
  backupMachine,
  contentFile,
  NEW_STATEROOT,
  OWN_DATA,
  pair,
  upgradeContext,
} from '../support/backup-machine.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';
import { customResource } from '../support/custom-resource.ts';
import { attempt } from '../support/fake-attempt.ts';
import { BUCKET, startS3Server } from '../support/s3-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let directory = '';
let plane: ControlPlane;
let machine: BackupMachine;
const said: string[] = [];

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lca-engine-'));
  plane = await startControlPlane({ directory, name: 'backup-node' });
  machine = backupMachine(directory);
});
test.after.always(async () => {
  await plane?.stop();
  await rm(directory, { recursive: true, force: true });
});
test.beforeEach(() => {
  said.length = 0;
  for (const path of [WORKSPACE.begunBackups, WORKSPACE.backups, RESTORES_DIRECTORY, BACKUP_DIRECTORY])
    rmSync(join(directory, path), { recursive: true, force: true });
});

const context = (): StageContext => upgradeContext(machine, said);

/** The new system gets its files. */
function pivot(): void {
  rmSync(join(directory, RESTORES_DIRECTORY), { recursive: true, force: true });
  mkdirSync(join(directory, SITE_DIRECTORY), { recursive: true });
  renameSync(join(directory, NEW_STATEROOT, RESTORES_DIRECTORY), join(directory, RESTORES_DIRECTORY));
}

async function boot(): Promise<void> {
  const { host, report, signal } = context();
  const boots = { host, report, signal, site: NO_RECONFIGURATION, attempt: 'n' };
  if (!(await restoreBackups.check(boots)).done) await restoreBackups.apply(boots);
}

async function complete(): Promise<void> {
  const completes: CompleteContext = {
    ...context(),
    pivot: attempt({ timeoutSeconds: 60 }),
    proven: { api: false, essentials: false, healthy: false },
  };
  if ((await restoreResources.check(completes)).done) return;
  await restoreResources.apply(completes);
  const { done, because } = await restoreResources.check(completes);
  if (!done) throw new Error(because);
}

const namespaced = (namespace: string) => `/api/v1/namespaces/${namespace}`;

async function deploy(namespace: string, data: Record<string, string>): Promise<void> {
  await plane.admin('POST', '/api/v1/namespaces', {
    metadata: { name: namespace, labels: { team: 'radio' } },
  });
  await plane.admin('POST', `${namespaced(namespace)}/configmaps`, { metadata: { name: 'settings' }, data });
  await plane.admin('POST', `${namespaced(namespace)}/secrets`, {
    metadata: { name: 'key' },
    stringData: { password: 'x' },
  });
}

async function remove(namespace: string): Promise<void> {
  await plane.admin('DELETE', namespaced(namespace));
  for (let tries = 0; tries < 600; tries += 1) {
    const gone = await plane.admin('GET', namespaced(namespace)).then(
      () => false,
      () => true,
    );
    if (gone) return;
    await delay(500);
  }
  throw new Error(`${namespace} does not go away`);
}

async function settings(namespace: string): Promise<unknown> {
  return ((await plane.admin('GET', `${namespaced(namespace)}/configmaps/settings`)) as { data?: unknown })
    .data;
}

const wave = (number: number) => ({ 'lca.openshift.io/apply-wave': String(number) });
const causes = (error: unknown): string =>
  error instanceof Error ? `${messageOf(error)} | ${causes(error.cause)}` : '';

test.serial(
  'Resources and host paths of one Backup come back in the new system, in waves, and go at Idle',
  async (t) => {
    machine.file(`${OWN_DATA}/deep/readings`, '7\n');
    await deploy('north', { colour: 'blue' });
    await deploy('south', { colour: 'red' });
    await plane.admin('POST', '/api/v1/persistentvolumes', {
      metadata: { name: 'logical', annotations: { 'pv.kubernetes.io/provisioned-by': 'topolvm.io' } },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Delete',
        hostPath: { path: '/var/lib/disk' },
      },
    });
    contentFile(
      machine,
      ...pair(
        'north',
        { includedNamespaces: ['north'] },
        {
          annotations: { ...wave(2), 'lca.openshift.io/host-paths': OWN_DATA },
          restoreAnnotations: wave(-1),
        },
      ),
      ...pair(
        'south',
        { includedNamespaces: ['south'] },
        { annotations: wave(1), restoreAnnotations: wave(3) },
      ),
      ...pair('volumes', { includedResources: ['persistentvolumes'] }),
    );
    await backUpAll(context());
    const policy = async () =>
      ((await plane.admin('GET', '/api/v1/persistentvolumes/logical')) as unknown as { spec: object }).spec;
    t.like(await policy(), { persistentVolumeReclaimPolicy: 'Retain' });
    const order = (text: string) => said.findIndex((line) => line.startsWith(text));
    t.true(said.includes(MESSAGES.upgrade.backingUp));
    t.true(
      order(`${MESSAGES.upgrade.exportingConfiguration}: reading backup south back`) > 0,
      'backups are verified before the pivot',
    );
    const stored = join(directory, BACKUP_DIRECTORY, 'backups/north');
    const { gitVersion } = (await plane.admin('GET', '/version')) as unknown as { gitVersion: string };
    t.true(readdirSync(stored).includes('north.tar.gz'));
    t.like(JSON.parse(readFileSync(join(stored, 'velero-backup.json'), 'utf8')), {
      metadata: { annotations: { 'velero.io/source-cluster-k8s-gitversion': gitVersion } },
      status: { phase: 'Completed', formatVersion: '1.1.0' },
    });

    rmSync(join(directory, OWN_DATA), { recursive: true });
    await remove('north');
    await remove('south');
    await plane.admin('DELETE', '/api/v1/persistentvolumes/logical');
    pivot();
    await boot();
    t.is(readFileSync(join(directory, OWN_DATA, 'deep/readings'), 'utf8'), '7\n', 'before the API is asked');
    said.length = 0;
    await complete();
    t.deepEqual(await settings('north'), { colour: 'blue' });
    t.deepEqual(await settings('south'), { colour: 'red' });
    const north = order(`${MESSAGES.upgrade.restoreInProgress}: north-back (1 of 3)`);
    t.true(north >= 0 && north < order(`${MESSAGES.upgrade.restoreInProgress}: south-back (2 of 3)`));
    const volume = await plane.admin('GET', '/api/v1/persistentvolumes/logical');
    t.like(volume, { spec: { persistentVolumeReclaimPolicy: 'Delete' } });
    t.false(
      'lca.openshift.io/updated-reclaim-policy' in
        ((volume.metadata as { annotations?: object }).annotations ?? {}),
    );

    const idle = { ...context(), stateroots: [], removeImages: false } as unknown as CleanUpContext;
    await removeBackups.apply(idle);
    t.true((await removeBackups.check(idle)).done);
    t.throws(() => readdirSync(join(directory, BACKUP_DIRECTORY)));
  },
);

test.serial('An abort gives volumes the reclaim policy back that they had', async (t) => {
  contentFile(machine, ...pair('south', { includedNamespaces: ['south'] }));
  await backUpAll(context());
  t.like(await plane.admin('GET', '/api/v1/persistentvolumes/logical'), {
    spec: { persistentVolumeReclaimPolicy: 'Retain' },
  });
  const idle = { ...context(), stateroots: [], removeImages: false } as unknown as CleanUpContext;
  t.false((await removeBackups.check(idle)).done);
  await removeBackups.apply(idle);
  t.like(await plane.admin('GET', '/api/v1/persistentvolumes/logical'), {
    spec: { persistentVolumeReclaimPolicy: 'Delete' },
  });
});

test.serial('apply-label takes just the objects it names, and says which are not there', async (t) => {
  const labelled = (value: string) =>
    pair('named', {}, { annotations: { 'lca.openshift.io/apply-label': value } });
  contentFile(machine, ...labelled('v1/configmaps/south/settings,v1/secrets/south/gone'));
  t.regex(
    (await checkBackups.check(context())).because,
    /failed apply backup label to objects included in apply-backup annotation: failed to patch object: secrets\/south\/gone is not in the cluster$/,
  );
  contentFile(machine, ...labelled('v1/configmaps/south/settings'));
  await backUpAll(context());
  pivot();
  await remove('south');
  await complete();
  t.deepEqual(await settings('south'), { colour: 'red' });
  await t.throwsAsync(plane.admin('GET', `${namespaced('south')}/secrets/key`), { message: /404/ });
});

const archive = (name: string) => join(directory, BACKUP_DIRECTORY, `backups/${name}/${name}.tar.gz`);

const DAMAGES: readonly (readonly [what: string, spoil: () => void, why: RegExp])[] = [
  [
    'corrupted',
    () => {
      const bytes = readFileSync(archive('second'));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff;
      writeFileSync(archive('second'), bytes);
    },
    /second\.tar\.gz is not what was stored/,
  ],
  ['truncated', () => truncateSync(archive('second'), 100), /second\.tar\.gz has 100 bytes instead of \d+/],
  [
    'swapped',
    () => {
      const first = readFileSync(archive('first'));
      writeFileSync(archive('first'), readFileSync(archive('second')));
      writeFileSync(archive('second'), first);
    },
    /first\.tar\.gz (is not what was stored|has \d+ bytes instead of \d+)/,
  ],
];

for (const [what, spoil, why] of DAMAGES) {
  test.serial(
    `A ${what} archive is refused before anything is touched: before the pivot, and after it`,
    async (t) => {
      await refused(t, what, spoil, why);
    },
  );
}

async function refused(t: ExecutionContext, what: string, spoil: () => void, why: RegExp): Promise<void> {
  const [a, b] = [`first-${what}`, `second-${what}`];
  await deploy(a, { is: 'a' });
  await deploy(b, { is: 'a longer text' });
  contentFile(
    machine,
    ...pair('first', { includedNamespaces: [a] }, { restoreAnnotations: wave(1) }),
    ...pair('second', { includedNamespaces: [b] }, { restoreAnnotations: wave(2) }),
  );
  for (const step of [backUpResources, backUp]) await step.apply(context());
  const keep = [archive('first'), archive('second')].map((path) => readFileSync(path));
  spoil();
  const before = await t.throwsAsync(handOverRestores.apply(context()));
  t.regex(causes(before), why);
  for (const [at, path] of [archive('first'), archive('second')].entries())
    writeFileSync(path, keep[at] as Buffer);
  await handOverRestores.apply(context());
  spoil();
  pivot();
  await remove(a);
  await remove(b);
  const after = await t.throwsAsync(complete());
  t.regex(after.message, /^Failed restore CRs: (first-back,)?second-back$/);
  t.regex(causes(after), why);
  for (const gone of [a, b]) await t.throwsAsync(plane.admin('GET', namespaced(gone)), { message: /404/ });
}

test.serial(
  'A backup that cannot be stored has failed, and so has a restore whose item is refused',
  async (t) => {
    await deploy('west', { colour: 'green' });
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await plane.admin('POST', definitions, customResource('Dial', 'dials'));
    const dials = '/apis/example.org/v1/namespaces/west/dials';
    for (let tries = 0; ; tries += 1) {
      try {
        await plane.admin('POST', dials, {
          apiVersion: 'example.org/v1',
          kind: 'Dial',
          metadata: { name: 'volume' },
          spec: { at: 7 },
        });
        break;
      } catch (error) {
        if (tries > 100) throw error;
        await delay(500);
      }
    }
    contentFile(machine, ...pair('west', { includedNamespaces: ['west'] }));
    machine.file(BACKUP_DIRECTORY, 'a file where the directory belongs');
    t.is((await t.throwsAsync(backUpAll(context()))).message, 'Failed backup CRs: west');
    rmSync(join(directory, BACKUP_DIRECTORY));
    await backUpAll(context());
    pivot();
    await remove('west');
    const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/dials.example.org';
    const definition = (await plane.admin('GET', crd)) as unknown as {
      spec: {
        versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: { at: object } } } } } }[];
      };
    };
    const at = definition.spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties.at as {
      maximum: number;
    };
    at.maximum = 5;
    await plane.admin('PUT', crd, definition);
    const error = await t.throwsAsync(complete());
    t.is(error.message, 'Failed restore CRs: west-back');
    t.regex(causes(error), /Restore west-back: error restoring Dial "volume": .*less than or equal to 5/);
    t.deepEqual(await settings('west'), { colour: 'green' }, 'the rest of it went on');
  },
);

test.serial(
  'Backups in a bucket: made over TLS with the site’s authority, restored from there, removed at Idle',
  async (t) => {
    const s3 = await startS3Server(await temporaryDirectory(t));
    t.teardown(() => s3.stop());
    await deploy('east', { colour: 'white' });
    await plane.admin('POST', '/api/v1/namespaces', { metadata: { name: 'openshift-adp' } });
    const secrets = '/api/v1/namespaces/openshift-adp/secrets';
    const credentials = (secret: string) => ({
      metadata: { name: 'cloud-credentials' },
      stringData: { cloud: `[default]\naws_access_key_id=S3RVER\naws_secret_access_key=${secret}\n` },
    });
    await plane.admin('POST', secrets, credentials('mistyped'));
    const location = {
      apiVersion: 'velero.io/v1',
      kind: 'BackupStorageLocation',
      metadata: { name: 'site' },
      spec: {
        provider: 'aws',
        default: true,
        config: { s3Url: s3.endpoint, s3ForcePathStyle: 'true' },
        credential: { name: 'cloud-credentials', key: 'cloud' },
        objectStorage: {
          bucket: BUCKET,
          prefix: 'cluster-7',
          caCert: Buffer.from(s3.authority).toString('base64'),
        },
      },
    };
    contentFile(machine, location, ...pair('east', { includedNamespaces: ['east'] }));
    const wrong = await t.throwsAsync(checkBackups.check(context()));
    t.regex(
      wrong.message,
      /refuses the credentials of BackupStorageLocation site: SignatureDoesNotMatch\.$/,
      'known while everything still runs',
    );
    await plane.admin('PUT', `${secrets}/cloud-credentials`, credentials('S3RVER'));
    await backUpAll(context());
    const store = new S3Store(
      new S3Client(s3.access, { sleep: async () => undefined, signal: context().signal }),
      'cluster-7',
    );
    t.deepEqual(await store.list('backups'), ['east']);
    t.false((await machine.host.list(`${BACKUP_DIRECTORY}/backups`)).includes('east'));
    pivot();
    await boot();
    await remove('east');
    const plan = readFileSync(join(directory, RESTORES_DIRECTORY, 'restores.json'), 'utf8');
    t.false(plan.includes('aws_secret'), 'the plan holds no credentials');

    const archived = await store.read('backups/east/east.tar.gz');
    await store.put('backups/east/east.tar.gz', 'of somebody with rights on the bucket');
    t.regex(causes(await t.throwsAsync(complete())), /Failed restore CRs: east-back .* is damaged/);
    await store.put('backups/east/east.tar.gz', archived ?? '');
    s3.cutAfter('down', 1_000);
    await complete();
    t.deepEqual(await settings('east'), { colour: 'white' });
    t.deepEqual(await store.list('restores'), ['east-back']);
    const idle = { ...context(), stateroots: [], removeImages: false } as unknown as CleanUpContext;
    t.false((await removeBackups.check(idle)).done);
    await removeBackups.apply(idle);
    t.deepEqual([...(await store.list('backups')), ...(await store.list('restores'))], []);
    t.is(await machine.host.stat(BACKUP_DIRECTORY), undefined, 'and the credentials with it');

    await store.put('backups/east/velero-backup.json', '{"metadata": {"labels": {}}}');
    const anothers = await t.throwsAsync(backUpResources.apply(context()));
    t.is(anothers.message, 'Failed backup CRs: east');
    t.regex(causes(anothers), /Backup east already exists in https:.*, and it is another node's/);
  },
);
