import type { Host } from '../../core/host/host.ts';
import { RecertError } from '../recert-error.ts';

/**
 * An option that is JSON text (recognised by a brace) or the path of a file.
 *
 * @throws RecertError `bad-option` when there is no such file
 */
export async function parseConfigText(option: string | undefined, host: Host): Promise<string | undefined> {
  if (option === undefined || option.includes('{')) return option;
  const text = await host.readText(option);
  if (text === undefined) throw new RecertError('bad-option', `The file ${option} does not exist.`);
  return text;
}
