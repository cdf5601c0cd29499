import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Host } from '../../core/host/host.ts';
import { RealHost } from '../../core/host/real-host.ts';
import type { RecertConfig } from '../../recert/options/config.ts';
import { resolveInputs } from '../../recert/options/inputs.ts';
import { type RecertHooks, type RecertResult, recert } from '../../recert/recert.ts';
import { type Dump, dumpCluster } from './recert-cluster.ts';
import { layOutSmall, SMALL_CONFIG, type SmallCluster, smallCluster } from './small-cluster.ts';

/** A small cluster laid out, to be re-issued with a test's own options. */
export interface SmallRun {
  readonly root: string;
  readonly host: Host;
  /** Re-issues; every call counts as a run of its own. */
  run(config: RecertConfig, hooks?: RecertHooks): Promise<RecertResult>;
  /** A file's text. */
  file(path: string): string;
  /** A JSON object below /registry. */
  object(dump: Dump, key: string): StoredObject;
  dump(): Promise<Dump>;
  /** The same cluster once more, as it is now. */
  copy(): SmallRun;
  remove(): void;
}

/** What tests look at in an object. */
export interface StoredObject {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>>; readonly name: string };
  readonly data: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** Lays out the small cluster with more files and objects (by their keys below /registry). */
export async function smallRun(
  more: {
    readonly files?: SmallCluster['files'];
    readonly objects?: Readonly<Record<string, object | Uint8Array>>;
  } = {},
  { files, objects }: SmallCluster = smallCluster(),
): Promise<SmallRun> {
  const added = Object.entries(more.objects ?? {}).map(([key, object]) => [
    `/registry/${key}`,
    object instanceof Uint8Array ? object : JSON.stringify(object),
  ]);
  const root = await layOutSmall({ files, objects: { ...objects, ...Object.fromEntries(added) } });
  for (const [path, text] of Object.entries(more.files ?? {})) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o600 });
  }
  return at(root);
}

function at(root: string): SmallRun {
  const host = new RealHost().within(root);
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  let runs = 0;
  return {
    root,
    host,
    run: async (config, hooks) => {
      runs += 1;
      const inputs = await resolveInputs({ ...SMALL_CONFIG, run_id: `run ${runs}`, ...config }, host);
      return recert(inputs, host, hooks);
    },
    file: (path) => readFileSync(join(root, path), 'utf8'),
    object: ({ etcd }, key) =>
      JSON.parse(etcd.get(`/registry/${key}`)?.value.toString() ?? '{}') as StoredObject,
    dump: () => dumpCluster({ root, host, remove }),
    copy: () => {
      cpSync(root, `${root}-copy`, { recursive: true, preserveTimestamps: true });
      return at(`${root}-copy`);
    },
    remove,
  };
}
