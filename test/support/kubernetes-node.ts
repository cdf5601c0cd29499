import { RecordingHost } from './recording-host.ts';

/** `systemctl show` of a service with this command line. */
export function shownCommand(line: string, environment = '', files: readonly string[] = []): string {
  const program = line.split(' ')[0] ?? '';
  return [
    ...(line === ''
      ? []
      : [
          `ExecStart={ path=${program} ; argv[]=${line} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }`,
        ]),
    `Environment=${environment}`,
    ...files.map((file) => `EnvironmentFiles=${file} (ignore_errors=yes)`),
    '',
  ].join('\n');
}

/** A node whose control plane is four services, with their flags in environment files. */
export function systemdNode(): RecordingHost {
  const host = new RecordingHost()
    .file('/usr/lib/systemd/system/kubelet.service', '')
    .file('/var/lib/kubelet/config.yaml', 'kind: KubeletConfiguration\nclusterDomain: edge.local\n')
    .file('/proc/sys/kernel/hostname', 'Node-A\n')
    .file(
      '/etc/kubernetes/node.env',
      'NODE_IP=10.1.2.3\nAPI="--service-cluster-ip-range=10.96.0.0/16 --secure-port=6443"\n',
    )
    .on(
      /^systemctl show .* kubelet\.service$/,
      shownCommand(
        '/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml --node-ip=${NODE_IP} $EXTRA',
        '"EXTRA=--container-runtime-endpoint=unix:///run/containerd/containerd.sock --v=2"',
        ['/etc/kubernetes/node.env'],
      ),
    )
    .on(
      /^systemctl show .* kube-apiserver\.service$/,
      shownCommand(
        '/usr/bin/kube-apiserver --advertise-address=${NODE_IP} $API --client-ca-file=/etc/kubernetes/pki/ca.crt --tls-cert-file=/srv/crypto/api.crt',
        'HTTPS_PROXY=http://proxy:3128',
        ['/etc/kubernetes/node.env'],
      ),
    )
    .on(
      /^systemctl show .* kube-controller-manager\.service$/,
      shownCommand('/usr/bin/kube-controller-manager --cluster-cidr 10.244.0.0/16 --cluster-name=edge'),
    )
    .on(/^systemctl show .* kube-scheduler\.service$/, shownCommand('/usr/bin/kube-scheduler --leader-elect'))
    .on(
      /^systemctl show .* etcd\.service$/,
      shownCommand('/usr/bin/etcd', 'ETCD_DATA_DIR=/var/lib/etcd ETCD_NAME=node-a'),
    )
    .on(/^\/usr\/bin\/kube-apiserver --version$/, 'Kubernetes v1.20.2\n')
    .on(/^ip -json address show$/, JSON.stringify([{ addr_info: [{ local: '10.1.2.3', prefixlen: 20 }] }]));
  for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) {
    host.file(`/etc/systemd/system/${name}.service`, '');
  }
  return host;
}
