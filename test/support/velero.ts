import { setTimeout as delay } from 'node:timers/promises';
import type { ControlPlane } from './control-plane/control-plane.ts';

/** Velero's resources as its documentation describes them, as far as lca and the played controller use them. */
const LOOSE = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;
const NAMES = { type: 'array', nullable: true, items: { type: 'string' } } as const;
const SPECS: readonly (readonly [
  group: string,
  version: string,
  kind: string,
  plural: string,
  spec: object,
])[] = [
  ['velero.io', 'v1', 'Backup', 'backups', { includedNamespaces: NAMES, ttl: { type: 'string' } }],
  [
    'velero.io',
    'v1',
    'Restore',
    'restores',
    {
      backupName: { type: 'string' },
      includedNamespaces: NAMES,
      existingResourcePolicy: { type: 'string' },
      restorePVs: { type: 'boolean', nullable: true },
    },
  ],
  ['velero.io', 'v1', 'DeleteBackupRequest', 'deletebackuprequests', { backupName: { type: 'string' } }],
  ['velero.io', 'v1', 'BackupStorageLocation', 'backupstoragelocations', { provider: { type: 'string' } }],
  ['oadp.openshift.io', 'v1alpha1', 'DataProtectionApplication', 'dataprotectionapplications', {}],
  ['operators.coreos.com', 'v1alpha1', 'ClusterServiceVersion', 'clusterserviceversions', {}],
];

/** Gives a cluster Velero's kinds, and waits until they are served. */
export async function installVelero(plane: ControlPlane): Promise<void> {
  for (const [group, version, kind, plural, properties] of SPECS) {
    await plane.admin('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec: { ...LOOSE, properties }, status: LOOSE },
              },
            },
          },
        ],
      },
    });
  }
  for (const [group, version, , plural] of SPECS) {
    const path = `/apis/${group}/${version}/namespaces/${ADP}/${plural}`;
    for (let tries = 0; ; tries += 1) {
      const isServed = await plane.admin('GET', path).then(
        () => true,
        () => false,
      );
      if (isServed) break;
      if (tries > 200) throw new Error(`${plural} are not served`);
      await delay(500);
    }
  }
}

export const ADP = 'openshift-adp';
export const VELERO = `/apis/velero.io/v1/namespaces/${ADP}`;
export const SERVICE_VERSIONS = `/apis/operators.coreos.com/v1alpha1/namespaces/${ADP}/clusterserviceversions`;
export const APPLICATIONS = `/apis/oadp.openshift.io/v1alpha1/namespaces/${ADP}/dataprotectionapplications`;

export interface VeleroObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
}

/**
 * Velero's controller, played by the test on the real API: it carries out what is new, remembers finished Backups as its
 * object store does, finds them again where a DataProtectionApplication and its Secret are, and deletes on request.
 */
export class PlayedVelero {
  readonly #plane: ControlPlane;
  readonly #store = new Map<string, VeleroObject>();
  #run: Promise<void> = Promise.resolve();
  #stopped = false;
  /** `Backup a`, `Restore b`: in the order in which they were begun. */
  readonly began: string[] = [];
  /** What becomes of a Backup or Restore; the phase, with more of the status. */
  fate: (kind: string, name: string) => Record<string, unknown> = () => ({ phase: 'Completed' });
  /** Errors of deletions. */
  deletionErrors: string[] = [];

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  get stored(): readonly string[] {
    return [...this.#store.keys()].toSorted();
  }

  start(): void {
    this.#stopped = false;
    this.#run = (async () => {
      while (!this.#stopped) {
        await this.#round();
        await delay(200);
      }
    })();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#run;
  }

  async #list(path: string): Promise<readonly VeleroObject[]> {
    return ((await this.#plane.admin('GET', path)) as unknown as { items: VeleroObject[] }).items;
  }

  async #round(): Promise<void> {
    for (const [plural, kind] of [
      ['backups', 'Backup'],
      ['restores', 'Restore'],
    ] as const) {
      for (const object of await this.#list(`${VELERO}/${plural}`)) {
        const { name } = object.metadata;
        const phase = object.status?.['phase'];
        if (phase !== undefined && phase !== 'InProgress') continue;
        if (phase === undefined) this.began.push(`${kind} ${name}`);
        const status = phase === undefined ? { phase: 'InProgress' } : this.fate(kind, name);
        const changed = { ...object, status };
        await this.#plane.admin('PUT', `${VELERO}/${plural}/${name}`, changed);
        if (kind === 'Backup' && status['phase'] === 'Completed') this.#store.set(name, changed);
      }
    }
    await this.#delete();
    await this.#find();
  }

  async #delete(): Promise<void> {
    for (const request of await this.#list(`${VELERO}/deletebackuprequests`)) {
      const { name } = request.metadata;
      const path = `${VELERO}/deletebackuprequests/${name}`;
      if (request.status?.['phase'] === 'Processed') continue;
      if (this.deletionErrors.length > 0) {
        const status = { phase: 'Processed', errors: this.deletionErrors };
        await this.#plane.admin('PUT', path, { ...request, status });
        continue;
      }
      const backup = String(request.spec['backupName']);
      this.#store.delete(backup);
      await this.#plane.admin('DELETE', `${VELERO}/backups/${backup}`);
      await this.#plane.admin('DELETE', path);
    }
  }

  async #find(): Promise<void> {
    const [application] = await this.#list(APPLICATIONS);
    if (application === undefined || application.spec['unreachable'] === true) return;
    await this.#plane.admin('GET', `/api/v1/namespaces/${ADP}/secrets/cloud-credentials`);
    const there = (await this.#list(`${VELERO}/backups`)).map(({ metadata }) => metadata.name);
    for (const [name, { apiVersion, kind, metadata, spec, status }] of this.#store) {
      if (there.includes(name)) continue;
      const { labels, annotations } = metadata;
      const kept = { name, labels, annotations };
      await this.#plane.admin('POST', `${VELERO}/backups`, {
        apiVersion,
        kind,
        metadata: kept,
        spec,
        status,
      });
    }
  }
}
