import { type Path, snakeCase } from './path.ts';

interface Origin {
  readonly at: Path;
  /** Everything inside comes from the same place. */
  readonly whole: boolean;
  readonly fields: ReadonlyMap<string | number, Path> | undefined;
}

/**
 * Where in the Butane file the parts of the Ignition config come from. Kept by object, not by path: merging moves
 * items of lists, and the object goes along. What is not noted has the same path in both, but for the spelling.
 */
export class Origins {
  readonly #origins = new WeakMap<object, Origin>();

  /** An object (or list) written at a path, some fields (or items) of it elsewhere. */
  note(made: object, at: Path, fields?: ReadonlyMap<string | number, Path>): void {
    this.#origins.set(made, { at, whole: false, fields });
  }

  /** An object made from one value in the file, with all that is in it. */
  noteWhole(made: object, at: Path): void {
    this.#origins.set(made, { at, whole: true, fields: undefined });
  }

  /** Says of one field of an object that it comes from elsewhere. */
  noteField(made: object, field: string | number, at: Path): void {
    const origin = this.#origins.get(made);
    const fields = new Map(origin?.fields ?? []).set(field, at);
    this.#origins.set(made, { at: origin?.at ?? at, whole: origin?.whole ?? false, fields });
  }

  has(made: object): boolean {
    return this.#origins.has(made);
  }

  /** The Butane path of something at a path below an object that itself comes from `from`. */
  pathOf(root: object, path: Path, from: Path = []): Path {
    let at = from;
    let whole = false;
    let value: unknown = root;
    const enter = (made: unknown): Origin | undefined => {
      const origin = typeof made === 'object' && made !== null ? this.#origins.get(made) : undefined;
      if (origin !== undefined) ({ at, whole } = origin);
      return origin;
    };
    let origin = enter(value);
    for (const step of path) {
      const elsewhere = origin?.fields?.get(step);
      if (elsewhere !== undefined) [at, whole] = [elsewhere, true];
      else if (!whole) at = [...at, typeof step === 'string' ? snakeCase(step) : step];
      value = (value as Record<string | number, unknown> | undefined)?.[step];
      origin = elsewhere === undefined ? enter(value) : undefined;
    }
    return at;
  }
}
