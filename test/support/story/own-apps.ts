import { customResource } from '../custom-resource.ts';
import type { VmNode } from '../vm/node.ts';
import { kubectl } from './cluster.ts';
import { OWN_DATA } from './target.ts';

export const NODE_PORT = 30091;
export const APPS = 'radio';
/** What the node's own volume consists of. */
export const VOLUME_PATH = '/var/lib/radio';
const PORT = 8091;

const capacity = { storage: '1Gi' };
const accessModes = ['ReadWriteOnce'];
const storageClassName = 'of-the-node';

/** A directory of this very node as a volume, and all that serves what lies in it. */
function apps(nodeName: string): readonly object[] {
  const named = { name: 'radio', namespace: APPS };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: APPS, labels: { team: 'radio' } } },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'radio' },
      spec: {
        capacity,
        accessModes,
        storageClassName,
        persistentVolumeReclaimPolicy: 'Retain',
        local: { path: VOLUME_PATH },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              {
                matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [nodeName] }],
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: named,
      spec: { accessModes, storageClassName, resources: { requests: capacity }, volumeName: 'radio' },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: named, data: { frequency: '433 MHz' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: named, stringData: { pin: '9876' } },
    { apiVersion: 'example.org/v1', kind: 'Gauge', metadata: named, spec: { at: 7 } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: named,
      spec: { type: 'NodePort', selector: { app: 'radio' }, ports: [{ port: PORT, nodePort: NODE_PORT }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: named,
      spec: {
        selector: { matchLabels: { app: 'radio' } },
        strategy: { type: 'Recreate' },
        template: {
          metadata: { labels: { app: 'radio' } },
          spec: {
            hostNetwork: true,
            tolerations: [{ operator: 'Exists' }],
            automountServiceAccountToken: false,
            containers: [
              {
                name: 'radio',
                image: 'registry.test:5000/workload:1',
                imagePullPolicy: 'IfNotPresent',
                env: [{ name: 'PORT', value: String(PORT) }],
                volumeMounts: [
                  { name: 'data', mountPath: '/www/data' },
                  { name: 'settings', mountPath: '/www/settings' },
                ],
              },
            ],
            volumes: [
              { name: 'data', persistentVolumeClaim: { claimName: 'radio' } },
              { name: 'settings', configMap: { name: 'radio' } },
            ],
          },
        },
      },
    },
  ];
}

/** Makes the node's own apps, with data in their volume, and waits until they serve it. */
export async function startApps(node: VmNode, nodeName: string): Promise<void> {
  await node.writeFile(`${VOLUME_PATH}/readings.txt`, OWN_DATA);
  await node.sh(
    `cd ${VOLUME_PATH} && mkdir -m 2750 deep && echo deep > deep/file && ln deep/file hard && ln -s deep/file soft && chown -R 1234:5678 deep`,
  );
  await kubectl(node, 'apply -f -', JSON.stringify(customResource('Gauge', 'gauges')));
  await kubectl(node, 'wait --for=condition=Established crd/gauges.example.org --timeout=120s');
  const items = apps(nodeName);
  await kubectl(node, 'apply -f -', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await kubectl(node, `rollout status deployment/radio --namespace=${APPS} --timeout=280s`);
  await served(node, 'data/readings.txt');
}

/** A file as the apps serve it at the node's port: through service, pod, claim and volume. */
export async function served(node: VmNode, path: string): Promise<string> {
  const url = `http://${node.ip}:${NODE_PORT}/${path}`;
  return node.sh(`for i in $(seq 60); do curl -sf -m 5 ${url} && exit; sleep 2; done; exit 1`, {
    timeoutMs: 600_000,
  });
}

/** All that the node's apps consist of, as far as it is to be the same again. */
export async function portrait(node: VmNode): Promise<Readonly<Record<string, string>>> {
  const get = (what: string, path: string) => kubectl(node, `get ${what} -o jsonpath='${path}'`);
  const own = (what: string, path: string) => get(`--namespace=${APPS} ${what}`, path);
  return {
    namespace: await get(`namespace/${APPS}`, '{.metadata.labels.team}'),
    configMap: await own('configmap/radio', '{.data}'),
    secret: await own('secret/radio', '{.data}'),
    gauge: await own('gauge/radio', '{.spec}'),
    claim: await own('pvc/radio', '{.spec.volumeName} {.status.phase}'),
    volume: await get('pv/radio', '{.spec.local.path} {.spec.claimRef.name} {.status.phase}'),
    service: await own('service/radio', '{.spec.type} {.spec.ports[0].nodePort}'),
    deployment: await own('deployment/radio', '{.spec.replicas} {.status.readyReplicas}'),
    files: await node.sh(
      `cd ${VOLUME_PATH} && find . \\( -type f -printf '%p %u %g %m %n %T@ ' -exec sha256sum {} \\; -o -printf '%p %y %u %g %m %l\\n' \\) | sort`,
    ),
    data: await served(node, 'data/readings.txt'),
    settings: await served(node, 'settings/frequency'),
  };
}
