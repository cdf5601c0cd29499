/**
 * The new stateroot's name: the family of the booted one, and the version: `rhcos` or `rhcos_4.14.7` with seed
 * version `4.15.0-rc.1` gives `rhcos_4.15.0_rc.1`, as upstream names it.
 */
export function staterootName(booted: string, version: string): string {
  const family = booted.split('_')[0] ?? booted;
  return `${family}_${version.replaceAll(/[^A-Za-z0-9.]/g, '_')}`;
}
