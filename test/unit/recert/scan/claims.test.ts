import test from 'ava';
import { claimOfEtcd, claimOfFile, isPlatform } from '../../../../recert/scan/claims.ts';
import { parseEtcdKey } from '../../../../recert/scan/etcd-key.ts';

const protobuf = (at: string) => [{ lens: 'protobuf', at }] as const;
const json = (at: string) => [{ lens: 'json', at }] as const;

test('Keys of either layout are taken apart into resource, namespace and name', (t) => {
  t.like(parseEtcdKey('/registry/secrets/kube-system/x'), {
    resource: 'secrets',
    namespace: 'kube-system',
    name: 'x',
  });
  t.like(parseEtcdKey('/registry/apiregistration.k8s.io/apiservices/v1.apps'), {
    resource: 'apiregistration.k8s.io/apiservices',
    namespace: undefined,
    name: 'v1.apps',
  });
  t.like(parseEtcdKey('/kubernetes.io/services/endpoints/default/kubernetes'), {
    resource: 'services/endpoints',
    name: 'kubernetes',
  });
  t.like(parseEtcdKey('/openshift.io/oauth/clients/console'), { resource: 'oauth/clients', name: 'console' });
  t.is(parseEtcdKey('compact_rev_key'), undefined);
});

test('The documented fields are claimed in protobuf and in JSON, and those upstream misses', (t) => {
  const claimed = [
    ['/registry/secrets/a/b', protobuf('raw.2{tls.crt}')],
    ['/registry/secrets/a/b', protobuf('raw.1.12{openshift.io/token-secret.value}')],
    ['/registry/configmaps/a/b', protobuf('raw.3{store}')],
    ['/registry/validatingwebhookconfigurations/x', protobuf('raw.2[0].2.2')],
    ['/registry/mutatingwebhookconfigurations/x', protobuf('raw.2.2.2')],
    ['/registry/mutatingwebhookconfigurations/x', json('/webhooks/3/clientConfig/caBundle')],
    ['/registry/certificatesigningrequests/x', protobuf('raw.3.2')],
    ['/registry/apiregistration.k8s.io/apiservices/x', json('/spec/caBundle')],
    [
      '/registry/apiextensions.k8s.io/customresourcedefinitions/x',
      json('/spec/conversion/webhook/clientConfig/caBundle'),
    ],
    ['/openshift.io/routes/a/b', protobuf('raw.2.6.3')],
    ['/registry/pods/a/b', protobuf('raw.1.12{note}')],
  ] as const;
  for (const [key, steps] of claimed) t.is(claimOfEtcd(key, steps), 'claimed', `${key} ${steps[0].at}`);
});

test('A value that cannot be read at all is claimed where its kind holds crypto', (t) => {
  t.is(claimOfEtcd('/registry/secrets/kube-system/x', []), 'claimed');
  t.is(claimOfEtcd('/registry/validatingwebhookconfigurations/x', []), 'claimed');
  t.is(claimOfEtcd('/registry/pods/kube-system/x', []), 'swept');
});

test('Other fields are swept, and the ignored data keys skipped', (t) => {
  t.is(claimOfEtcd('/registry/pods/a/b', protobuf('raw.2.2[0].7[1].2')), 'swept');
  t.is(claimOfEtcd('/registry/validatingwebhookconfigurations/x', protobuf('raw.2[0].2.3')), 'swept');
  t.is(claimOfEtcd('/registry/secrets/a/b', protobuf('raw.20')), 'swept');
  t.is(claimOfEtcd('/registry/secrets/a/b', protobuf('raw.2{entitlement.pem}')), 'skipped');
  t.is(claimOfEtcd('/registry/configmaps/a/b', json('/data/verifier-public-key-redhat')), 'skipped');
});

test("Files of upstream's patterns are claimed by name, kubeconfigs of any name by what they hold", (t) => {
  const any = Buffer.from('anything');
  for (const path of ['/a/x.crt', '/a/x.key.mcdorig', '/a/lb-int.kubeconfig', '/a/kubeConfig', '/a/token']) {
    t.is(claimOfFile(path, any), 'claimed', path);
  }
  for (const text of [
    'apiVersion: v1\nclusters: []\nkind: Config\n',
    'kind: "Config" \r\n',
    '{\n  "kind": "Config",\n  "users": []\n}',
    '{"apiVersion":"v1","kind":"Config","users":[]}',
  ]) {
    t.is(claimOfFile('/a/cloud-controller.conf', Buffer.from(text)), 'claimed', text);
  }
  t.is(claimOfFile('/a/admin.conf', any), 'swept');
  t.is(claimOfFile('/a/x.yaml', Buffer.from('kind: ConfigMap\n')), 'swept');
});

test("Faults count in the platform's namespaces, cluster-wide objects and files", (t) => {
  t.true(isPlatform('etcd', '/registry/secrets/kube-system/x'));
  t.true(isPlatform('etcd', '/kubernetes.io/secrets/openshift-etcd/x'));
  t.true(isPlatform('etcd', '/registry/mutatingwebhookconfigurations/x'));
  t.true(isPlatform('file', '/etc/kubernetes/x'));
  t.false(isPlatform('etcd', '/registry/secrets/shop/x'));
  t.false(isPlatform('etcd', '/registry/secrets/kubeflow/x'));
});
