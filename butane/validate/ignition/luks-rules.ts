import type { Path } from '../../report/path.ts';
import type { Clevis, ClevisCustom, Luks, Tang } from '../../schema/luks.ts';
import { pathProblem } from './path-rules.ts';
import { parseUrl, urlProblem } from './url-rules.ts';
import type { Findings } from './validate-ignition.ts';

/** LUKS2 keeps 48 bytes for a label, with the zero at its end. */
const LONGEST_LABEL = 47;

export function checkLuks(volume: Luks, path: Path, { spec, error }: Findings): void {
  const { name = '', label = '', device = '', clevis = {}, keyFile } = volume;
  if (name.includes('/')) error([...path, 'name'], 'device names cannot contain slashes');
  if (Buffer.byteLength(label) > LONGEST_LABEL) {
    error([...path, 'label'], 'luks device labels cannot be longer than 47 characters');
  }
  error([...path, 'device'], device === '' ? 'disk device is required' : pathProblem(device));
  const hasCustom = spec.ignition < 3 ? clevis.custom !== undefined : (clevis.custom?.pin ?? '') !== '';
  if (hasCustom && hasOtherPins(clevis)) {
    error([...path, 'clevis'], 'cannot use custom clevis config with tpm2, tang, or threshold');
  }
  const source = keyFile?.source ?? '';
  if (source !== '' && urlProblem(source, spec) !== undefined)
    error([...path, 'keys'], 'invalid key-file source');
  checkCex(volume, path, error);
}

function checkCex({ cex, clevis = {}, keyFile }: Luks, path: Path, error: Findings['error']): void {
  if (cex?.enabled !== true) return;
  if ((clevis.custom?.pin ?? '') !== '' || hasOtherPins(clevis))
    error([...path, 'cex'], 'cannot use cex with clevis');
  if ((keyFile?.source ?? '') !== '') error([...path, 'cex'], 'cannot use key file with cex');
}

function hasOtherPins({ tang = [], tpm2, threshold = 0 }: Clevis): boolean {
  return tang.length > 0 || tpm2 === true || threshold !== 0;
}

export function checkClevisCustom(
  { pin = '', config = '', needsNetwork }: ClevisCustom,
  path: Path,
  { spec, error }: Findings,
): void {
  // Up to Ignition 3.2 an empty pin is an unknown one, and the network needs nothing.
  const separate = spec.ignition >= 3;
  if (pin === '' && config === '' && !(separate && needsNetwork === true)) return;
  if (pin === '' && separate) error([...path, 'pin'], 'missing required custom clevis pin');
  else if (!['tpm2', 'tang', 'sss'].includes(pin)) error([...path, 'pin'], 'unsupported clevis pin');
  if (config === '') error([...path, 'config'], 'missing required custom clevis config');
}

export function checkTang(
  { url = '', thumbprint = '', advertisement = '' }: Tang,
  path: Path,
  { error }: Findings,
): void {
  const { scheme, problem } = parseUrl(url);
  error([...path, 'url'], problem ?? (['http', 'https'].includes(scheme) ? undefined : 'invalid url scheme'));
  if (thumbprint === '') error([...path, 'thumbprint'], 'thumbprint is required');
  if (advertisement !== '' && !isJson(advertisement)) {
    error([...path, 'advertisement'], 'advertisement is not valid JSON');
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
