const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** A span as people say it, in its two largest units: `3d 4h`, `2m 5s`, `0s`. */
export function span(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds / 1000));
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds);
    rest %= seconds;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}

/** `2026-01-01 12:00:00 UTC (5m ago)`, or `(in 5m)` */
export function moment(time: string, now: Date): string {
  const milliseconds = now.getTime() - Date.parse(time);
  const distance = milliseconds >= 0 ? `${span(milliseconds)} ago` : `in ${span(-milliseconds)}`;
  return `${new Date(time)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z/, '')} UTC (${distance})`;
}
