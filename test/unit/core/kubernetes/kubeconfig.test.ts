import test from 'ava';
import { readKubeconfig } from '../../../../core/tools/kubernetes/kubeconfig.ts';
import { KubernetesError } from '../../../../core/tools/kubernetes/kubernetes-error.ts';
import { RecordingHost } from '../../../support/recording-host.ts';

const PATH = '/etc/kubernetes/admin.conf';

function kubeconfig(user: string, cluster = 'server: https://10.0.0.1:6443/'): string {
  return `apiVersion: v1
kind: Config
current-context: admin@c
contexts: [{ name: admin@c, context: { cluster: c, user: admin } }]
clusters:
- name: c
  cluster: { ${cluster} }
users:
- name: admin
  user: { ${user} }
`;
}

test('Certificates are read from the kubeconfig itself', async (t) => {
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  const host = new RecordingHost().file(
    PATH,
    kubeconfig(
      `client-certificate-data: ${encoded('CERT')}, client-key-data: ${encoded('KEY')}`,
      `server: "https://10.0.0.1:6443", certificate-authority-data: ${encoded('CA')}`,
    ),
  );
  const access = await readKubeconfig(host, PATH);
  t.is(access.server.href, 'https://10.0.0.1:6443/');
  t.deepEqual(
    [access.certificateAuthority, access.clientCertificate, access.clientKey].map((pem) => String(pem)),
    ['CA', 'CERT', 'KEY'],
  );
});

test('Certificates are read from files, whose names are relative to the kubeconfig', async (t) => {
  const host = new RecordingHost()
    .file(PATH, kubeconfig('client-certificate: /var/lib/kubelet/pki/current.pem, client-key: pki/admin.key'))
    .file('/var/lib/kubelet/pki/current.pem', 'CERT')
    .file('/etc/kubernetes/pki/admin.key', 'KEY');
  const access = await readKubeconfig(host, PATH);
  const text = (pem: Uint8Array | undefined) => Buffer.from(pem ?? []).toString();
  t.is(text(access.clientCertificate), 'CERT');
  t.is(text(access.clientKey), 'KEY');
});

test('A token may stand in the kubeconfig or in a file', async (t) => {
  const host = new RecordingHost()
    .file(PATH, kubeconfig('tokenFile: /run/token'))
    .file('/run/token', 'abc\n');
  t.is((await readKubeconfig(host, PATH)).token, 'abc');
  host.file(PATH, kubeconfig('token: xyz'));
  t.is((await readKubeconfig(host, PATH)).token, 'xyz');
});

for (const [what, content, says] of [
  ['that is not there', undefined, /is not there/],
  ['that is no YAML', 'users: [token: "secret-token', /is not valid YAML/],
  ['whose context is missing', 'kind: Config\ncurrent-context: x\n', /has no context x/],
  ['that starts a program', kubeconfig('exec: { command: aws }'), /logs in by exec/],
  ['that names a missing file', kubeconfig('client-key: /nowhere.key'), /\/nowhere\.key, which is not there/],
  ['without a usable server', kubeconfig('token: t', 'server: "unix:///run/x"'), /no https address/],
] as const) {
  test(`A kubeconfig ${what} is refused with its path and without its secrets`, async (t) => {
    const host = new RecordingHost();
    if (content !== undefined) host.file(PATH, content);
    const error = await t.throwsAsync(readKubeconfig(host, PATH), { instanceOf: KubernetesError });
    t.is(error.code, 'bad-kubeconfig');
    t.regex(error.message, says);
    t.true(error.message.includes(PATH));
    t.false(`${error.message} ${String(error.cause)}`.includes('secret-token'));
  });
}
