import type { LocalFiles } from '../files/local-files.ts';
import type { Origins } from '../report/origins.ts';
import type { Report } from '../report/report.ts';
import type { Spec } from '../schema/spec.ts';

/** What every part of the translation works with. */
export interface Context {
  readonly spec: Spec;
  readonly report: Report;
  readonly origins: Origins;
  /** Where `local` and trees read; undefined if none was named. */
  readonly files: LocalFiles | undefined;
  /** Whether contents may be compressed where that makes the config smaller. */
  readonly autoCompression: boolean;
}
