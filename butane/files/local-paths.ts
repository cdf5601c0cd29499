import { ButaneError } from '../butane-error.ts';
import { Decoding, decodeObject } from '../decode/decode.ts';
import { config } from '../schema/config.ts';
import type { Field, ObjectType } from '../schema/field.ts';
import { fieldsOf } from '../schema/fields-of.ts';
import { tree } from '../schema/files.ts';
import { detectSpec } from '../variants/detect.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';

/** The fields that name local files. */
const NAMING = new Set(['local', 'contentsLocal', 'sshAuthorizedKeysLocal']);

/** Everything below the files directory that a Butane text names; nothing, if the text cannot be read at all. */
export function localPaths(text: string): {
  readonly files: ReadonlySet<string>;
  readonly trees: ReadonlySet<string>;
} {
  const [files, trees] = [new Set<string>(), new Set<string>()];
  const decoding = decodingOf(text);
  if (decoding === undefined) return { files, trees };
  const visit = (field: Field, name: string, value: unknown, into: Set<string>): void => {
    if (typeof value === 'string' && NAMING.has(name)) into.add(value);
    if (field.kind === 'object') visitObject(field.type, value);
    if (field.kind === 'list') for (const item of value as unknown[]) visit(field.item, name, item, into);
  };
  const visitObject = (type: ObjectType, value: unknown): void => {
    for (const { name, field } of fieldsOf(type, decoding.spec)) {
      const inner = (value as Record<string, unknown>)[name];
      if (inner !== undefined) visit(field, name, inner, (type as unknown) === tree ? trees : files);
    }
  };
  visitObject(config, decoding.value);
  return { files, trees };
}

function decodingOf(text: string): { readonly spec: Decoding['spec']; readonly value: unknown } | undefined {
  try {
    const root = parseYaml(text);
    const spec = detectSpec(root);
    return { spec, value: decodeObject(config, root, new Decoding(spec, ({ name }) => name)) };
  } catch (error) {
    if (error instanceof ButaneError) return undefined; // the translation says why
    throw error;
  }
}
