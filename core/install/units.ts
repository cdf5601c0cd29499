/** Where unit files lie in this repository and, in the executable, among its assets. */
export const UNITS_SOURCE = 'units/usr/lib/systemd/system';

/** All unit files, by their paths below a systemd unit directory. */
export const UNITS = [
  'lca-agent.service',
  'lca-boot.service',
  'lca-fallback.service',
  'lca-watchdog.service',
  'emergency.target.d/50-lca.conf',
] as const;

/**
 * The targets that start a unit once it is enabled: `WantedBy=` and `RequiredBy=` of its `[Install]` section, as the
 * directories in which systemd looks for its symbolic link (systemd.unit(5)).
 */
export function enabledIn(unit: string): readonly string[] {
  const section = /^\[Install\]$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(unit)?.[1] ?? '';
  return [...section.matchAll(/^(Wanted|Required)By=(.*)$/gm)].flatMap(([, kind, targets = '']) =>
    targets
      .split(/\s+/)
      .filter((target) => target !== '')
      .map((target) => `${target}.${kind === 'Wanted' ? 'wants' : 'requires'}`),
  );
}
