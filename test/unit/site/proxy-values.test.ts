import test from 'ava';
import {
  withProxyInEnvironmentFile,
  withProxyInManifest,
  withProxyInUnit,
} from '../../../bootagent/site/cluster/proxy-values.ts';

const PROXY = {
  httpProxy: 'http://site:1',
  httpsProxy: 'http://u:p%40x@site:2',
  noProxy: '10.0.0.0/8,.site',
};

const KUBEADM = `apiVersion: v1
kind: Pod
metadata:
  # made by kubeadm
  name: kube-apiserver
spec:
  containers:
  - command:
    - kube-apiserver
    - --a-very-long-flag=that-goes-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on
    env:
    - name: HTTP_PROXY
      value: http://seed:1
    - name: https_proxy # in small letters
      value: 'http://seed:2'
    - name: OTHER
      value: http://seed:1
    image: registry/kube-apiserver:v1.31.0
    name: kube-apiserver
  - name: without
    env:
    - name: OTHER
      value: "1"
status: {}
`;

test("a manifest gets the site's proxy where it names one, and keeps its comments and layout", (t) => {
  const edited = withProxyInManifest(KUBEADM, PROXY);
  t.is(
    edited,
    KUBEADM.replace('value: http://seed:1', 'value: http://site:1')
      .replace("'http://seed:2'", "'http://u:p%40x@site:2'")
      .replace(
        '    image: registry/kube',
        '    - name: NO_PROXY\n      value: 10.0.0.0/8,.site\n    image: registry/kube',
      ),
  );
  t.is(withProxyInManifest(edited, PROXY), edited);
  t.regex(
    withProxyInManifest(
      'spec:\n  containers:\n    - name: a\n      env:\n        - name: NO_PROXY\n          value: x\n',
      PROXY,
    ),
    /^ {8}- name: HTTP_PROXY$/m,
  );
});

test('a manifest without a proxy stays as it is, to the letter, and so does one in JSON but for its values', (t) => {
  const without = 'spec: {containers: [{name: a,   env: [{name: OTHER, value: "1"}]}]}';
  t.is(withProxyInManifest(without, PROXY), without);
  const json = JSON.stringify({
    spec: {
      containers: [
        {
          name: 'a',
          env: Object.entries({ HTTP_PROXY: 'x', HTTPS_PROXY: 'x', NO_PROXY: 'x' }).map(([name, value]) => ({
            name,
            value,
          })),
        },
      ],
    },
  });
  const edited = JSON.parse(withProxyInManifest(json, PROXY)) as { spec: { containers: { env: unknown }[] } };
  t.deepEqual(edited.spec.containers[0]?.env, [
    { name: 'HTTP_PROXY', value: PROXY.httpProxy },
    { name: 'HTTPS_PROXY', value: PROXY.httpsProxy },
    { name: 'NO_PROXY', value: PROXY.noProxy },
  ]);
});

test('a proxy that the site does not have is emptied', (t) => {
  const edited = withProxyInManifest(KUBEADM, { httpProxy: '', httpsProxy: 'http://s:2', noProxy: '' });
  t.regex(edited, /- name: HTTP_PROXY\n {6}value: ""\n/);
  t.notRegex(edited, /NO_PROXY/);
});

const SECURE = '"HTTPS_PROXY=http://u:p%%40x@site:2"';
const UNITS: readonly (readonly [before: string, after: string])[] = [
  [
    '[Service]\n# HTTP_PROXY=http://seed:1\nEnvironment="HTTP_PROXY=http://seed:1" \'https_proxy=x y\' NO_PROXY=a A=b\nRestart=no\n',
    '[Service]\n# HTTP_PROXY=http://seed:1\nEnvironment="HTTP_PROXY=http://site:1" "https_proxy=http://u:p%%40x@site:2" "NO_PROXY=10.0.0.0/8,.site" A=b\nRestart=no\n',
  ],
  [
    '[Service]\nEnvironment=A=b \\\n  HTTP_PROXY="http://seed:1"\nRestart=no',
    `[Service]\nEnvironment=A=b \\\n  "HTTP_PROXY=http://site:1"\nEnvironment=${SECURE}\nEnvironment="NO_PROXY=10.0.0.0/8,.site"\nRestart=no`,
  ],
  [
    '[Service]\nEnvironment=A=b\nPassEnvironment=HTTP_PROXY\n',
    '[Service]\nEnvironment=A=b\nPassEnvironment=HTTP_PROXY\n',
  ],
];

for (const [before, after] of UNITS) {
  test(`the unit ${JSON.stringify(before)} gets the site's proxy, once`, (t) => {
    t.is(withProxyInUnit(before, PROXY), after);
    t.is(withProxyInUnit(after, PROXY), after);
  });
}

test("an environment file gets the site's proxy, once", (t) => {
  const before = '# HTTP_PROXY=no\nA=b\nHTTP_PROXY=http://seed:1\nno_proxy="a,\\\nb"\nFLAGS="--x --y"';
  const after =
    '# HTTP_PROXY=no\nA=b\nHTTP_PROXY=http://site:1\nno_proxy=10.0.0.0/8,.site\nHTTPS_PROXY=http://u:p%40x@site:2\nFLAGS="--x --y"';
  t.is(withProxyInEnvironmentFile(before, PROXY), after);
  t.is(withProxyInEnvironmentFile(after, PROXY), after);
  t.is(withProxyInEnvironmentFile('A=b\n', PROXY), 'A=b\n');
});
