import test from 'ava';
import { kubernetesPlatform } from '../../../../../core/platform/kubernetes/kubernetes.ts';
import { systemdNode } from '../../../../support/kubernetes-node.ts';

const changes = (transcript: readonly string[]): readonly string[] =>
  transcript
    .filter((line) => /systemctl (stop|start)|crictl .*(stop|rmp)|tasks kill/.test(line))
    .map((line) => line.replace(/^run /, '').replace(/--(runtime|image)-endpoint \S+ /g, ''));

const ALL = [
  'kubelet.service',
  'containerd.service',
  'kube-scheduler.service',
  'kube-controller-manager.service',
  'kube-apiserver.service',
  'etcd.service',
];

test('a cluster is stopped from the kubelet down to etcd, and started the other way round', async (t) => {
  const host = systemdNode()
    .file('/usr/bin/crictl', '')
    .on(/^systemctl (is-active|stop|start)/, '')
    .on(
      /^crictl .* ps /,
      JSON.stringify({
        containers: [
          { id: 'c-etcd', metadata: { name: 'etcd' } },
          { id: 'c-api', metadata: { name: 'kube-apiserver' } },
          { id: 'c-web', metadata: { name: 'web' } },
        ],
      }),
    )
    .on(/^crictl .* pods /, 'p-1\np-2\n')
    .on(/^crictl .* (stop|rmp) /, '');
  const running = await kubernetesPlatform.runningWorkloads(host);
  t.deepEqual(
    running.map(({ name }) => name),
    ALL,
  );
  host.transcript.length = 0;
  await kubernetesPlatform.stopWorkloads(host, running);
  t.deepEqual(changes(host.transcript), [
    'systemctl stop kubelet.service',
    'crictl stop --timeout 30 c-web',
    'crictl stop --timeout 30 c-api',
    'crictl stop --timeout 30 c-etcd',
    'crictl rmp --force p-1',
    'crictl rmp --force p-2',
    ...ALL.slice(1).map((unit) => `systemctl stop ${unit}`),
  ]);
  host.transcript.length = 0;
  await kubernetesPlatform.startWorkloads(host, running);
  t.deepEqual(
    changes(host.transcript),
    ALL.toReversed().map((unit) => `systemctl start ${unit}`),
  );
});

test('what does not run is not stopped, and with the runtime down there are no pods to stop', async (t) => {
  const host = systemdNode()
    .on(/^systemctl (stop|start)/, '')
    .on(/^systemctl is-active/, (argv) => ({ exitCode: argv.at(-1) === 'etcd.service' ? 0 : 3 }));
  const running = await kubernetesPlatform.runningWorkloads(host);
  t.deepEqual(running, [{ kind: 'unit', name: 'etcd.service' }]);
  await kubernetesPlatform.stopWorkloads(host, running);
  t.deepEqual(changes(host.transcript), ['systemctl stop etcd.service']);
});

test('without crictl, pods are stopped by containerd itself: asked first, then killed', async (t) => {
  const tasks = new Map([
    ['web1', 'RUNNING'],
    ['box1', 'RUNNING'],
  ]);
  const host = systemdNode()
    .on(/^systemctl (is-active|stop)/, '')
    .on(/^ctr .* tasks list$/, () => {
      host.uptime += 14; // a busy node
      return ['TASK PID STATUS', ...[...tasks].map(([id, status]) => `${id} 1 ${status}`)].join('\n');
    })
    .on(
      /^ctr .* containers info web1$/,
      JSON.stringify({ Labels: { 'io.kubernetes.container.name': 'web' } }),
    )
    .on(/^ctr .* containers info box1$/, JSON.stringify({ Labels: { 'io.cri-containerd.kind': 'sandbox' } }))
    .on(/^ctr .* tasks kill --signal SIGTERM/, '') // pays no heed
    .on(/^ctr .* tasks kill --all --signal SIGKILL/, (argv) => {
      tasks.set(argv.at(-1) ?? '', 'STOPPED');
      return '';
    });
  await kubernetesPlatform.stopWorkloads(host, [
    { kind: 'unit', name: 'kubelet.service' },
    { kind: 'unit', name: 'containerd.service' },
  ]);
  t.is(
    host.transcript.filter((line) => line.endsWith('tasks list')).length,
    1 + 3 + 1,
    'grace is counted in seconds, not in looks',
  );
  const end = changes(host.transcript).map((line) => line.replace(/^ctr .* tasks/, 'ctr tasks'));
  t.deepEqual(end, [
    'systemctl stop kubelet.service',
    'ctr tasks kill --signal SIGTERM web1',
    'ctr tasks kill --all --signal SIGKILL web1',
    'ctr tasks kill --all --signal SIGKILL box1',
    'systemctl stop containerd.service',
  ]);
});
