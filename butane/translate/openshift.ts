import type { Config } from '../schema/config.ts';
import type { Context } from './context.ts';
import { USER_CFG } from './grub.ts';

/** FIPS 140-2 does not allow the default XTS mode. */
const FIPS_OPTIONS = ['--cipher', 'aes-cbc-essiv:sha256'] as const;

/** Gives each LUKS volume of a FIPS node the permitted cipher, unless it has one (4.8 to 4.19). */
export function addFipsOptions({ openshift }: Config, ignition: Config, { spec, origins }: Context): void {
  if (openshift?.fips !== true || (spec.openshift ?? 0) >= 20) return;
  for (const volume of ignition.storage?.luks ?? []) {
    const options = volume.options ?? [];
    const hasCipher = options.some(
      (option) => option === '--cipher' || option === '-c' || option.startsWith('--cipher='),
    );
    if (hasCipher) continue;
    if (volume.options === undefined) origins.note(options, ['openshift', 'fips']);
    for (const option of FIPS_OPTIONS) {
      origins.noteField(options, options.length, ['openshift', 'fips']);
      options.push(option);
    }
    volume.options = options;
  }
}

/** The machine config operator cannot append to files: GRUB's fragment becomes the file's contents. */
export function grubFragmentAsContents(ignition: Config, { origins }: Context): void {
  const file = ignition.storage?.files?.find(({ path }) => path === USER_CFG);
  const [fragment, ...more] = file?.append ?? [];
  if (file === undefined || fragment === undefined || more.length > 0) return;
  const at = origins.pathOf(file, ['append', 0]);
  file.contents = fragment;
  delete file.append;
  origins.noteField(file, 'contents', at);
}
