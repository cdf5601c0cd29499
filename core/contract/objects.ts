import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { contractError } from './contract-error.ts';
import type { ObjectRef } from './image-based-upgrade.ts';
import { nearMiss } from './near-miss.ts';
import { OBJECTS_DIRECTORY } from './paths.ts';
import { metadata } from './resource-header.ts';
import { parseYamlDocuments, type Source } from './source.ts';
import { DEFAULT_NAMESPACE } from './stage.ts';
import { validate } from './validate.ts';

export interface ConfigMap {
  readonly kind: 'ConfigMap';
  readonly namespace: string;
  readonly name: string;
  /** The file it was read from. */
  readonly file: string;
  /** Texts; `binaryData` holds none, and is not looked at (backup-restore.md 1.2). */
  readonly data: Readonly<Record<string, string>>;
}

/** Values are decoded; they must not reach logs or messages. */
export interface Secret {
  readonly kind: 'Secret';
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
  readonly data: Readonly<Record<string, string>>;
}

type Kind = (ConfigMap | Secret)['kind'];

const texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
const encoded = z
  .record(z.string(), z.string().regex(/^[A-Za-z0-9+/\s]*={0,2}\s*$/, 'must be base64'))
  .nullish()
  .transform((value) => value ?? {});
const shared = { apiVersion: z.literal('v1'), metadata, immutable: z.boolean().nullish() };

const configMap = z.strictObject({
  ...shared,
  kind: z.literal('ConfigMap'),
  data: texts,
  binaryData: encoded,
});
const secret = z.strictObject({
  ...shared,
  kind: z.literal('Secret'),
  type: z.string().nullish(),
  data: encoded,
  stringData: texts,
});
const kindOnly = z.looseObject({ kind: z.unknown().optional(), items: z.unknown().optional() });

/** The ConfigMaps and Secrets that specs refer to. */
export class Objects {
  readonly #all: ReadonlyMap<string, ConfigMap | Secret>;

  /** @throws ContractError `duplicate` if two have the same kind, namespace and name */
  constructor(objects: readonly (ConfigMap | Secret)[]) {
    const all = new Map<string, ConfigMap | Secret>();
    for (const object of objects) {
      const key = keyOf(object.kind, object);
      const earlier = all.get(key);
      if (earlier !== undefined) {
        throw contractError('duplicate', object.file, `${key} is given twice, here and in ${earlier.file}`, {
          remedy: 'Keep one of the two.',
        });
      }
      all.set(key, object);
    }
    this.#all = all;
  }

  /** @throws ContractError `missing-reference` naming the field that refers to it */
  configMap(ref: ObjectRef, field: string): ConfigMap {
    const found = this.#all.get(keyOf('ConfigMap', ref));
    if (found?.kind === 'ConfigMap') return found;
    throw this.#missing('ConfigMap', ref, field);
  }

  /** The Secret, if there is one. */
  findSecret(ref: ObjectRef): Secret | undefined {
    const found = this.#all.get(keyOf('Secret', ref));
    return found?.kind === 'Secret' ? found : undefined;
  }

  /** @throws ContractError `missing-reference` naming the field that refers to it */
  secret(ref: ObjectRef, field: string): Secret {
    const found = this.#all.get(keyOf('Secret', ref));
    if (found?.kind === 'Secret') return found;
    throw this.#missing('Secret', ref, field);
  }

  #missing(kind: Kind, ref: ObjectRef, field: string) {
    const key = keyOf(kind, ref);
    const near = nearMiss(key, [...this.#all.keys()]);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    return contractError(
      'missing-reference',
      OBJECTS_DIRECTORY,
      `${field} refers to ${key}, which is not there${hint}`,
      {
        field,
        remedy: `Put the ${kind} into a YAML file below ${OBJECTS_DIRECTORY}.`,
      },
    );
  }
}

/** `Secret openshift-lifecycle-agent/seed-pull` */
function keyOf(kind: Kind, { namespace, name }: ObjectRef): string {
  return `${kind} ${namespace}/${name}`;
}

/** Parses the documents of one file: ConfigMaps, Secrets, or Lists of them. */
export function parseObjects(text: string, file: string): readonly (ConfigMap | Secret)[] {
  return parseYamlDocuments(file, text).flatMap((source) => fromSource(source));
}

/**
 * Reads all objects below objects/ (`*.yaml`, `*.yml`, `*.json`; hidden files are left out).
 *
 * @throws ContractError for anything that is not a ConfigMap or a Secret, and for duplicates
 */
export async function readObjects(host: Host, directory: string = OBJECTS_DIRECTORY): Promise<Objects> {
  return new Objects(await readDirectory(host, directory));
}

async function readDirectory(host: Host, directory: string): Promise<readonly (ConfigMap | Secret)[]> {
  const objects: (ConfigMap | Secret)[] = [];
  for (const name of await host.list(directory)) {
    if (name.startsWith('.')) continue;
    const path = `${directory}/${name}`;
    if ((await host.stat(path))?.type === 'directory') objects.push(...(await readDirectory(host, path)));
    else if (/\.(ya?ml|json)$/.test(name))
      objects.push(...parseObjects((await host.readText(path)) ?? '', path));
  }
  return objects;
}

function fromSource(source: Source): readonly (ConfigMap | Secret)[] {
  const head = kindOnly.safeParse(source.value);
  const kind = head.data?.kind;
  const { file } = source;
  if (kind === 'ConfigMap') {
    const { metadata: meta, data } = validate(source, configMap, 'a ConfigMap');
    return [{ kind, file, ...nameOf(meta), data }];
  }
  if (kind === 'Secret') {
    const { metadata: meta, data, stringData } = validate(source, secret, 'a Secret');
    return [{ kind, file, ...nameOf(meta), data: { ...decoded(data), ...stringData } }];
  }
  if (
    (kind === 'List' || kind === 'ConfigMapList' || kind === 'SecretList') &&
    Array.isArray(head.data?.items)
  ) {
    return head.data.items.flatMap((value: unknown, index) =>
      fromSource({ file, value, locate: (path) => source.locate(['items', index, ...path]) }),
    );
  }
  const position = source.locate(['kind']);
  throw contractError('unknown-kind', file, 'the document is neither a ConfigMap nor a Secret', {
    field: 'kind',
    ...(position === undefined ? {} : { position }),
    remedy: `Only ConfigMaps and Secrets belong below ${OBJECTS_DIRECTORY}; other manifests go into a ConfigMap's data.`,
  });
}

function nameOf({ name, namespace }: z.output<typeof metadata>): ObjectRef {
  return { name, namespace: namespace || DEFAULT_NAMESPACE };
}

function decoded(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}
