import test from 'ava';
import { imageCleanup, manualCleanupDone } from '../../../core/contract/annotations.ts';
import { ContractError, type ContractErrorCode } from '../../../core/contract/contract-error.ts';
import {
  legibleStage,
  parseRequest,
  readRequest,
  requestWarnings,
  seedImageRefOf,
} from '../../../core/contract/image-based-upgrade.ts';
import { RecordingHost } from '../../support/recording-host.ts';

/** The developer preview guide's sample, with what it shows as comments switched on. */
const PREVIEW = `apiVersion: lca.openshift.io/v1alpha1
kind: ImageBasedUpgrade
metadata:
  name: example-upgrade
spec:
  stage: Idle
  seedImageRef:
    version: 4.15.2
    image: quay.io/example/seed:4.15.2
    pullSecretRef: seed-pull
  additionalImages:
    name: ""
    namespace: ""
  autoRollbackOnFailure:
    disabledForPostRebootConfig: "true"
    disabledForUpgradeCompletion: true
    disabledInitMonitor: "false"
    initMonitorTimeoutSeconds: 0
  extraManifests:
  - name: sno-extra-manifests
    namespace: openshift-lifecycle-agent
  oadpContent:
  - name: oadp-cm-example
    namespace: openshift-adp
`;

const V1 = `apiVersion: lca.openshift.io/v1
kind: ImageBasedUpgrade
metadata:
  name: upgrade
  annotations:
    auto-rollback-on-failure.lca.openshift.io/init-monitor: Disabled
spec:
  stage: Prep
  seedImageRef:
    version: 4.16.0
    image: quay.io/example/seed:4.16.0
    pullSecretRef:
      name: seed-pull
  autoRollbackOnFailure:
    initMonitorTimeoutSeconds: 900
  additionalImages:
    name: more-images
  lca:
    carryOver: [/etc/app, /var/lib/app, /etc/app]
`;

function refusal(text: string): ContractError {
  try {
    parseRequest(text);
  } catch (error) {
    if (error instanceof ContractError) return error;
  }
  throw new Error('the request was accepted');
}

test('The preview guide’s sample is read, and its rollback switches mean what they say.', (t) => {
  const request = parseRequest(PREVIEW);
  t.like(request, {
    apiVersion: 'lca.openshift.io/v1alpha1',
    name: 'example-upgrade',
    stage: 'Idle',
    generation: null,
    seedImageRef: { version: '4.15.2', image: 'quay.io/example/seed:4.15.2', pullSecretRef: 'seed-pull' },
    additionalImages: null,
    oadpContent: [{ name: 'oadp-cm-example', namespace: 'openshift-adp' }],
    extraManifests: [{ name: 'sno-extra-manifests', namespace: 'openshift-lifecycle-agent' }],
    autoRollbackOnFailure: {
      postRebootConfig: false,
      upgradeCompletion: false,
      initMonitor: true,
      initMonitorTimeoutSeconds: 1800,
    },
  });
});

test('In the preview the pull secret may be an object, and a negative timeout means the default.', (t) => {
  const text = PREVIEW.replace('pullSecretRef: seed-pull', 'pullSecretRef: {name: other}').replace(
    'Seconds: 0',
    'Seconds: -1',
  );
  const request = parseRequest(text);
  t.is(request.seedImageRef?.pullSecretRef, 'other');
  t.is(request.autoRollbackOnFailure.initMonitorTimeoutSeconds, 1800);
});

test('A v1 request is read: switches from annotations, additional images from the agent’s namespace, paths once.', (t) => {
  t.like(parseRequest(V1), {
    stage: 'Prep',
    seedImageRef: { pullSecretRef: 'seed-pull' },
    additionalImages: { name: 'more-images', namespace: 'openshift-lifecycle-agent' },
    autoRollbackOnFailure: {
      postRebootConfig: true,
      upgradeCompletion: true,
      initMonitor: false,
      initMonitorTimeoutSeconds: 900,
    },
    carryOver: ['/etc/app', '/var/lib/app'],
    oadpContent: [],
  });
});

test('A resource saved from a cluster is read: the server’s metadata and status are no reason to refuse.', (t) => {
  const text = `${V1.replace('  name: upgrade\n', '  name: upgrade\n  uid: 1-2\n  generation: 4\n  managedFields: [{}]\n')}status: {conditions: []}\n`;
  t.is(parseRequest(text).generation, 4);
});

test('A fresh resource without a seed is fine at Idle, and asking it for its seed says what is missing.', (t) => {
  const text =
    'apiVersion: lca.openshift.io/v1\nkind: ImageBasedUpgrade\nmetadata: {name: upgrade}\nspec: {stage: Idle, seedImageRef: }\n';
  const request = parseRequest(text);
  t.is(request.seedImageRef, null);
  t.throws(() => seedImageRefOf(request), {
    code: 'missing-field',
    message: /spec\.seedImageRef is missing/,
  });
  t.is(refusal(text.replace('Idle', 'Prep')).problems.length, 2);
});

/** What may be wrong, and what is said of it: code, message, remedy. */
const WRONG: readonly (readonly [
  what: string,
  text: string,
  code: ContractErrorCode,
  message: RegExp,
  remedy?: RegExp,
])[] = [
  [
    'a misspelt field',
    V1.replace('    version:', '    versoin:'),
    'unknown-field',
    /^\/var\/lib\/lca\/ibu\.yaml:10:5: spec\.seedImageRef\.versoin is not a field of ImageBasedUpgrade v1; did you mean version\?/,
    /Rename it to version/,
  ],
  [
    'a field at the wrong depth',
    V1.replace('  lca:\n    carryOver', '  carryOver'),
    'unknown-field',
    /:18:3: spec\.carryOver is not a field of ImageBasedUpgrade v1; it belongs at spec\.lca\.carryOver/,
    /check the indentation/,
  ],
  [
    'a field nobody knows',
    `${V1}  wibble: 1\n`,
    'unknown-field',
    /:20:3: spec\.wibble is not a field/,
    /Remove it/,
  ],
  [
    'a stage that is none',
    V1.replace('stage: Prep', 'stage: prep'),
    'bad-value',
    /:8:3: spec\.stage must be one of Idle, Prep, Upgrade, Rollback, not "prep"; did you mean Prep\?$/,
    /Write Prep/,
  ],
  [
    'no stage',
    V1.replace('  stage: Prep\n', ''),
    'missing-field',
    /:7:1: spec\.stage is missing/,
    /Idle, Prep, Upgrade, Rollback/,
  ],
  [
    'a version that YAML reads as a number',
    V1.replace('4.16.0', '4.10'),
    'wrong-type',
    /:10:5: spec\.seedImageRef\.version must be a text, not a number/,
    /in quotes/,
  ],
  ['a pull spec with a blank', V1.replace('seed:4', 'seed: 4'), 'syntax', /not valid YAML/],
  [
    'a pull spec with a blank, in quotes',
    V1.replace('quay.io/example/seed:4.16.0', '"a b"'),
    'bad-value',
    /must be a pull spec without blanks/,
  ],
  [
    'a v1alpha1 switch in v1',
    V1.replace('initMonitorTimeoutSeconds: 900', 'disabledInitMonitor: true'),
    'unknown-field',
    /disabledInitMonitor is not a field of ImageBasedUpgrade v1/,
    /annotation auto-rollback-on-failure\.lca\.openshift\.io\/init-monitor: Disabled/,
  ],
  [
    'a bare pull secret in v1',
    V1.replace('\n      name: seed-pull', ' seed-pull'),
    'wrong-type',
    /pullSecretRef must be a mapping, not a text/,
  ],
  [
    'another name in v1',
    V1.replace('name: upgrade', 'name: mine'),
    'bad-value',
    /metadata\.name must be upgrade/,
  ],
  [
    'a negative timeout in v1',
    V1.replace('900', '-1'),
    'bad-value',
    /initMonitorTimeoutSeconds must be at least 0/,
  ],
  [
    'a reference without a namespace',
    `${V1}  oadpContent: [{name: x}]\n`,
    'missing-field',
    /spec\.oadpContent\[0\]\.namespace is missing/,
  ],
  [
    'a switch that is neither true nor false',
    PREVIEW.replace('"true"', 'yes please'),
    'bad-value',
    /disabledForPostRebootConfig must be one of true, false, not "yes please"/,
  ],
  [
    'another kind',
    V1.replace('ImageBasedUpgrade', 'ImageBasedUpgrades'),
    'unknown-kind',
    /kind must be ImageBasedUpgrade, not "ImageBasedUpgrades"/,
  ],
  [
    'another version',
    V1.replace('io/v1', 'io/v2'),
    'unknown-version',
    /:1:1: apiVersion must be one of lca\.openshift\.io\/v1, lca\.openshift\.io\/v1alpha1, not "lca\.openshift\.io\/v2"/,
  ],
  ['no version', V1.replace(/^.*\n/, ''), 'missing-field', /apiVersion is missing/],
  ['a list', '- 1\n', 'wrong-type', /must be a mapping/],
  ['nothing', '# nothing\n', 'syntax', /is empty/],
  [
    'a field given twice',
    V1.replace('  stage: Prep', '  stage: Prep\n  stage: Idle'),
    'syntax',
    /:9:3: not valid YAML: Map keys must be unique/,
  ],
  ['two documents', `${V1}---\n${V1}`, 'syntax', /several YAML documents/],
  [
    'a relative path to carry over',
    V1.replace('/etc/app,', 'etc/app,'),
    'bad-value',
    /spec\.lca\.carryOver\[0\] must be an absolute path/,
  ],
  [
    'a path that climbs',
    V1.replace('/etc/app,', '/etc/../usr,'),
    'bad-value',
    /must not contain "\." or "\.\." parts/,
  ],
  [
    'a path that does not outlive a deployment',
    V1.replace('/etc/app,', '/usr/bin/app,'),
    'bad-value',
    /must lie in one of \/etc, \/var/,
  ],
  ['all of /var', V1.replace('/etc/app,', '/var/,'), 'bad-value', /must not be all of \/var/],
  [
    'lca’s own directory',
    V1.replace('/etc/app,', '/var/lib/lca/x,'),
    'bad-value',
    /must not lie in \/var\/lib\/lca/,
  ],
];

for (const [what, text, code, message, remedy] of WRONG) {
  test(`Refused with its place and a remedy: ${what}.`, (t) => {
    const error = refusal(text);
    t.is(error.code, code);
    t.regex(error.message, message);
    if (remedy !== undefined) t.regex(error.remedy ?? '', remedy);
  });
}

test('All problems of a file are told at once, in the order of the file.', (t) => {
  const error = refusal(
    V1.replace('stage: Prep', 'stage: prep').replace('    image:', '    imge:').replace('900', 'soon'),
  );
  t.deepEqual(
    error.problems.map(({ field, position }) => [field, position?.line]),
    [
      ['spec.stage', 8],
      ['spec.seedImageRef.imge', 11],
      ['spec.autoRollbackOnFailure.initMonitorTimeoutSeconds', 15],
    ],
  );
});

test('Annotations that look like ours but have no effect are warned of.', (t) => {
  const annotated = (line: string) => requestWarnings(parseRequest(V1.replace(/auto-rollback.*/, line)));
  t.deepEqual(requestWarnings(parseRequest(V1)), []);
  t.regex(
    annotated('auto-rollback-on-failure.lca.openshift.io/init-monitor: disabled').join(),
    /only with the value "Disabled"/,
  );
  t.regex(
    annotated('auto-rollback-on-failure.lca.openshift.io/initmonitor: Disabled').join(),
    /did you mean/,
  );
  t.deepEqual(annotated('example.com/team: a'), []);
});

test('Annotations of image clean-up and manual clean-up are understood.', (t) => {
  const threshold = 'image-cleanup.lca.openshift.io/disk-usage-threshold-percent';
  t.deepEqual(imageCleanup({}), { enabled: true, thresholdPercent: 50 });
  t.deepEqual(imageCleanup({ [threshold]: '80' }), { enabled: true, thresholdPercent: 80 });
  t.false(imageCleanup({ [threshold]: '80%' }).enabled);
  t.false(imageCleanup({ 'image-cleanup.lca.openshift.io/on-prep': 'Disabled' }).enabled);
  t.is(manualCleanupDone({}), undefined);
  t.is(manualCleanupDone({ 'lca.openshift.io/manualCleanupDone': '' }), 'lca.openshift.io/manualCleanupDone');
});

test('The stage of a file that cannot be used is still legible, if it is there.', (t) => {
  t.is(legibleStage(V1.replace('image:', 'imge:')), 'Prep');
  t.is(legibleStage('{'), null);
  t.is(legibleStage('spec: {stage: nonsense}'), null);
});

test('No file is no request.', async (t) => {
  t.is(await readRequest(new RecordingHost()), null);
  t.is((await readRequest(new RecordingHost().file('/var/lib/lca/ibu.yaml', V1)))?.stage, 'Prep');
});
