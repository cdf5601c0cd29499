import test from 'ava';
import { checkBackupContent } from '../../../bootagent/backup/check-content.ts';
import { readPassedContent } from '../../../bootagent/backup/content.ts';
import { OBJECTS_DIRECTORY } from '../../../core/contract/paths.ts';
import { RecordingHost } from '../../support/recording-host.ts';

const REF = { name: 'backups', namespace: 'apps' };
const PREFIX = 'failed to validate IBU spec: failed to validate oadp configMap: ';

const BACKUP = `apiVersion: velero.io/v1
kind: Backup
metadata:
  name: own
  annotations: {lca.openshift.io/host-paths: /var/lib/own}
`;
const RESTORE = `apiVersion: velero.io/v1
kind: Restore
metadata: {name: own-back}
spec: {backupName: own}
`;

/** A node with the directories that backups name, and a ConfigMap of these keys. */
function nodeWith(...documents: readonly string[]): RecordingHost {
  const host = new RecordingHost();
  const data = Object.fromEntries(documents.map((text, index) => [`key-${index}.yaml`, text]));
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: REF, data };
  host.file(`${OBJECTS_DIRECTORY}/backups.yaml`, JSON.stringify(map));
  for (const path of ['/var/lib/own', '/var/lib/other', '/etc/app']) host.directories.add(path);
  host.on(/^realpath /, (argv) => {
    const path = argv.at(-1) ?? '';
    return host.directories.has(path) ? `${path}\0` : { exitCode: 1 };
  });
  return host;
}

const check = (host: RecordingHost, carryOver: readonly string[] = []) =>
  checkBackupContent(host, { oadpContent: [REF], carryOver });

test('A Backup with host paths and its Restore are accepted, with everything decided', async (t) => {
  const { backups, restores } = await check(nodeWith(BACKUP, RESTORE));
  t.deepEqual(
    backups.map(({ backup, paths }) => [backup.name, backup.namespace, paths]),
    [['own', 'openshift-adp', [{ named: '/var/lib/own', path: '/var/lib/own', type: 'directory' }]]],
  );
  t.deepEqual(
    restores.map(({ name, spec }) => [name, spec.backupName, spec.existingResourcePolicy]),
    [['own-back', 'own', null]],
  );
});

test('Keys, several documents in one, comments, other kinds, ConfigMaps named twice: read as upstream reads them', async (t) => {
  const other = 'apiVersion: v1\nkind: Service\nmetadata: {name: x}\n';
  const host = nodeWith(`# first\n---\n${RESTORE}--- # next\n${other}---\n---\n${BACKUP}`);
  const content = await checkBackupContent(host, { oadpContent: [REF, REF], carryOver: [] });
  t.is(content.backups.length, 1);
  t.is(content.restores.length, 1);
  t.deepEqual(await checkBackupContent(host, { oadpContent: [], carryOver: [] }), {
    backups: [],
    restores: [],
    locations: [],
  });
});

const backupWith = (annotations: string, spec = '{}'): string =>
  BACKUP.replace(/annotations: .*/, `annotations: ${annotations}`) + `spec: ${spec}\n`;
const paths = (value: string, spec?: string) => backupWith(`{lca.openshift.io/host-paths: "${value}"}`, spec);
const badBackup = (why: string) =>
  `${PREFIX}Invalid backup own detected in configmap, error: ${why}. Please update the invalid Backup in configmap.`;
const NESTED = BACKUP.replace('name: own', 'name: inner').replace('/var/lib/own', '/var/lib/own/deep');

const REFUSALS: readonly (readonly [what: string, documents: readonly string[], message: RegExp | string])[] =
  [
    [
      'a field that a Backup does not have',
      [paths('/var/lib/own', '{includedNamespace: [a]}'), RESTORE],
      /^failed to validate IBU spec: failed to validate oadp configMap: Invalid backup own detected in configmap, error: .*objects\/backups\.yaml \(ConfigMap apps\/backups, key key-0\.yaml\):\d+:\d+: spec\.includedNamespace is not a field of a Backup \(velero\.io\/v1\); did you mean includedNamespaces\?\. Please update the invalid Backup in configmap\.$/,
    ],
    [
      'filters of two kinds',
      [
        paths('/var/lib/own', '{includedResources: [pods], includedClusterScopedResources: [nodes]}'),
        RESTORE,
      ],
      /Invalid backup own detected.*mixes includedResources/,
    ],
    [
      'a star among names',
      [paths('/var/lib/own', '{includedNamespaces: ["*", a]}'), RESTORE],
      /includedNamespaces may hold "\*" only alone/,
    ],
    [
      'the same name included and excluded',
      [paths('/var/lib/own', '{includedNamespaces: [a], excludedNamespaces: [a]}'), RESTORE],
      /includedNamespaces and excludedNamespaces both hold "a"/,
    ],
    [
      'two kinds of selectors',
      [paths('/var/lib/own', '{labelSelector: {matchLabels: {a: b}}, orLabelSelectors: [{}]}'), RESTORE],
      /both labelSelector and orLabelSelectors/,
    ],
    [
      'snapshots of volumes',
      [paths('/var/lib/own', '{snapshotVolumes: true}'), RESTORE],
      /Invalid backup own detected.*asks for snapshotVolumes, which needs Velero itself/,
    ],
    [
      'hooks of a Backup',
      [paths('/var/lib/own', '{hooks: {resources: [{name: a}]}}'), RESTORE],
      badBackup('spec.hooks need Velero itself'),
    ],
    [
      'hooks of a Restore',
      [BACKUP, RESTORE.replace('own}', 'own, hooks: {resources: [{name: a, postHooks: []}]}}')],
      /Invalid Restore own-back detected in configmap, error: spec\.hooks need Velero itself\. Please/,
    ],
    ['snapshots', [paths('/var/lib/own', '{snapshotMoveData: true}'), RESTORE], /asks for snapshotMoveData/],
    ['a ttl that is none', [paths('/var/lib/own', '{ttl: 3 days}'), RESTORE], /spec\.ttl must be a duration/],
    [
      'a name that is none',
      [BACKUP.replace('name: own', 'name: ../own'), RESTORE],
      /metadata\.name must be an RFC 1123/,
    ],
    [
      'another version',
      [BACKUP.replace('velero.io/v1', 'velero.io/v2'), RESTORE],
      /apiVersion must be velero\.io\/v1/,
    ],
    [
      'an existing-resource policy that is none',
      [BACKUP, RESTORE.replace('own}', 'own, existingResourcePolicy: updat}')],
      /Invalid Restore own-back detected in configmap, error: .*did you mean update\?\. Please update the invalid Restore in configmap\.$/,
    ],
    [
      'a Restore without a Backup’s name',
      [BACKUP, RESTORE.replace('backupName: own', '')],
      /Invalid Restore own-back detected.*spec\.backupName is missing/,
    ],
    [
      'a wave that is no number',
      [BACKUP, RESTORE.replace('own-back', 'own-back, annotations: {lca.openshift.io/apply-wave: "2.5"}')],
      `${PREFIX}error convert: annotation lca.openshift.io/apply-wave of Restore own-back is no whole number: "2.5"`,
    ],
    [
      'a Restore of a Backup that is not there',
      [BACKUP, RESTORE.replace('backupName: own', 'backupName: owm')],
      `${PREFIX}The backup CR owm defined in restore CR own-back not found in OADP configmaps`,
    ],
    [
      'a Backup without a Restore',
      [BACKUP],
      `${PREFIX}Both backup and restore CRs should be specified in OADP configmaps and each backup CR should be paired with a corresponding restore CR.`,
    ],
    ['neither', ['kind: Service\napiVersion: v1\n'], /Both backup and restore CRs should be specified/],
    [
      'two Restores of one Backup while another has none',
      [
        BACKUP,
        RESTORE,
        RESTORE.replace('own-back', 'again'),
        backupWith('{}').replace('name: own', 'name: second'),
      ],
      /Both backup and restore CRs should be specified/,
    ],
    ['a Backup twice', [BACKUP, BACKUP, RESTORE], badBackup('the name is given twice')],
    [
      'a document without a kind',
      [BACKUP, RESTORE, 'metadata: {name: x}\n'],
      /failed to decode file: .*key key-2\.yaml\):1: Object 'Kind' is missing$/,
    ],
    [
      'what is no YAML',
      [BACKUP, RESTORE, 'a: [\n'],
      /failed to decode file: .*key key-2\.yaml\):\d+:\d+: not valid YAML/,
    ],
    [
      'objects to be labelled that are no objects',
      [backupWith('{lca.openshift.io/apply-label: "v1/namespaces/a, b"}'), RESTORE],
      `${PREFIX}invalid apply-label obj in annotation value:  b`,
    ],
    [
      'objects to be labelled where there is no cluster',
      [backupWith('{lca.openshift.io/apply-label: v1/namespaces/a}'), RESTORE],
      /failed apply backup label to objects included in apply-backup annotation: failed to patch object: this node has no cluster$/,
    ],
    ['nothing to store', [backupWith('{}'), RESTORE], /it stores nothing: this node has no cluster/],
    [
      'a path that is not there',
      [paths('/var/lib/gone'), RESTORE],
      badBackup('host path /var/lib/gone does not exist'),
    ],
    [
      'a path that belongs to the operating system',
      [paths('/usr/lib'), RESTORE],
      /host path \/usr\/lib must lie in one of/,
    ],
    [
      'a path that both systems share',
      [paths('/var/lib/containers/storage'), RESTORE],
      /must not lie in \/var\/lib\/containers, which is shared/,
    ],
    [
      'a location that is not known',
      [paths('/var/lib/own', '{storageLocation: s3}'), RESTORE],
      /spec\.storageLocation s3 is not known/,
    ],
    [
      'a path inside another',
      [
        BACKUP,
        RESTORE,
        NESTED,
        RESTORE.replace('own-back', 'inner-back').replace('backupName: own', 'backupName: inner'),
      ],
      /Invalid backup inner.*host path \/var\/lib\/own\/deep and \/var\/lib\/own of Backup own, lie in one another/,
    ],
  ];

for (const [what, documents, message] of REFUSALS) {
  test(`Refused: ${what}`, async (t) => {
    const host = nodeWith(...documents);
    host.directories.add('/var/lib/own/deep');
    const error = await t.throwsAsync(check(host));
    if (typeof message === 'string') t.is(error.message, message);
    else t.regex(error.message, message);
    t.deepEqual(
      host.transcript.filter((line) => !line.startsWith('run realpath')),
      [],
      'nothing has changed',
    );
  });
}

test('Accepted: what asks for no snapshots and holds no hooks, in so many words', async (t) => {
  const backup = paths('/var/lib/own', '{snapshotVolumes: false, hooks: {resources: []}}');
  const restore = RESTORE.replace('own}', 'own, hooks: {}}');
  t.is((await check(nodeWith(backup, restore))).backups.length, 1);
});

test('What is left to Velero itself may have snapshots and hooks', async (t) => {
  const host = nodeWith(
    paths('/var/lib/own', '{snapshotVolumes: true}'),
    RESTORE.replace('own}', 'own, hooks: {resources: [{name: a}]}}'),
  );
  t.is((await readPassedContent(host, [REF])).restores.length, 1);
});

test('Refused: a path that is carried over too, and one on a filesystem of its own', async (t) => {
  await t.throwsAsync(check(nodeWith(BACKUP, RESTORE), ['/var/lib/own/']), {
    message:
      /host path \/var\/lib\/own and \/var\/lib\/own\/, listed in spec\.lca\.carryOver, lie in one another/,
  });
  const host = nodeWith(BACKUP, RESTORE);
  const stat = host.stat.bind(host);
  host.stat = async (path) => {
    const found = await stat(path);
    return found === undefined ? undefined : { ...found, dev: path.startsWith('/var/lib/own') ? 2 : 1 };
  };
  await t.throwsAsync(check(host), {
    message: /lies on a filesystem of its own, which the new system mounts too/,
  });
});

test('Refused: a ConfigMap that is not there', async (t) => {
  const host = nodeWith(BACKUP, RESTORE);
  await t.throwsAsync(
    checkBackupContent(host, { oadpContent: [{ name: 'backup', namespace: 'apps' }], carryOver: [] }),
    {
      message:
        /^failed to validate IBU spec: failed to validate oadp configMap: OADP configmap not found, error: .*ConfigMap apps\/backup, which is not there; did you mean ConfigMap apps\/backups\?\. Please create the configmap\.$/,
    },
  );
});
