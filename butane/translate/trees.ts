import { posix } from 'node:path';
import {
  LocalFileProblem,
  type LocalFiles,
  NO_FILES_DIRECTORY,
  type TreeEntry,
} from '../files/local-files.ts';
import type { Path } from '../report/path.ts';
import type { Config } from '../schema/config.ts';
import type { Directory, File, Link, Tree } from '../schema/files.ts';
import type { Context } from './context.ts';
import { dataUrl } from './data-url.ts';

const NODE_EXISTS = 'matching filesystem node has existing contents or different type';

/** Adds a file or link for each one in the trees, or fills those that the config names without contents. */
export function addTrees(from: Config, ignition: Config, context: Context): void {
  const trees = from.storage?.trees ?? [];
  if (trees.length === 0) return;
  if (context.files === undefined) {
    context.report.error(['storage', 'trees', 0], NO_FILES_DIRECTORY);
    return;
  }
  const planter = new Planter(ignition, context, context.files);
  for (const [i, tree] of trees.entries()) planter.plant(tree, ['storage', 'trees', i]);
}

/** Puts trees into a config, and knows what is there already. */
class Planter {
  readonly #ignition: Config;
  readonly #context: Context;
  readonly #files: LocalFiles;
  readonly #taken = new Map<string, 'files' | 'directories' | 'links'>();

  constructor(ignition: Config, context: Context, files: LocalFiles) {
    this.#ignition = ignition;
    this.#context = context;
    this.#files = files;
    for (const list of ['files', 'directories', 'links'] as const) {
      for (const { path = '' } of ignition.storage?.[list] ?? []) this.#taken.set(path, list);
    }
  }

  plant(tree: Tree, at: Path): void {
    const { local = '', path: target } = tree;
    const { report } = this.#context;
    this.#attempt(at, () => {
      if (!this.#files.isDirectory(local)) return report.error(at, 'root of tree must be a directory');
      const root = target === undefined || target === '' ? '/' : target;
      for (const entry of this.#files.walk(local)) {
        this.#attempt(at, () => this.#place(entry, tree, posix.join(root, entry.path), at));
      }
    });
  }

  #attempt(at: Path, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof LocalFileProblem)) throw error;
      this.#context.report.error(at, error.message);
    }
  }

  #place(entry: TreeEntry, tree: Tree, path: string, at: Path): void {
    const source = entry.path === '' ? (tree.local ?? '') : `${tree.local}/${entry.path}`;
    switch (entry.type) {
      case 'directory':
        return this.#directory(tree, path, at);
      case 'file':
        return this.#file(entry, tree, source, path, at);
      case 'link':
        return this.#link(tree, source, path, at);
      case 'other':
        return this.#context.report.error(at, 'trees may only contain files, directories, and symlinks');
    }
  }

  /** Folders are made by what is in them, unless the tree says something of them. */
  #directory(tree: Tree, path: string, at: Path): void {
    if (tree.dirMode === undefined && isEmpty(tree.user) && isEmpty(tree.group)) return;
    if (this.#taken.has(path)) return this.#context.report.error(at, NODE_EXISTS);
    const made: Directory = { ...this.#node(tree, path), mode: tree.dirMode ?? 0o755 };
    this.#append('directories', made, path, at);
  }

  #file(entry: TreeEntry, tree: Tree, source: string, path: string, at: Path): void {
    const { origins, autoCompression } = this.#context;
    let file = this.#named('files', path);
    if (file?.contents?.source !== undefined && file.contents.source !== '')
      return this.#context.report.error(at, NODE_EXISTS);
    if (file === undefined) {
      if (this.#taken.has(path)) return this.#context.report.error(at, NODE_EXISTS);
      file = this.#node(tree, path);
      this.#append('files', file, path, at);
    }
    const contents = file.contents ?? {};
    file.contents = contents;
    if (!origins.has(contents)) origins.note(contents, [...origins.pathOf(file, []), 'contents']);
    const url = dataUrl(this.#files.read(source), contents.compression, autoCompression);
    contents.source = url.source;
    origins.noteField(contents, 'source', at);
    if (url.compression !== undefined) {
      contents.compression = url.compression;
      origins.noteField(contents, 'compression', at);
    }
    if (file.mode !== undefined) return;
    file.mode = tree.fileMode ?? (entry.executable ? 0o755 : 0o644);
    origins.noteField(file, 'mode', at);
  }

  #link(tree: Tree, source: string, path: string, at: Path): void {
    let link = this.#named('links', path);
    if (link?.target !== undefined && link.target !== '') return this.#context.report.error(at, NODE_EXISTS);
    if (link === undefined) {
      if (this.#taken.has(path)) return this.#context.report.error(at, NODE_EXISTS);
      link = this.#node(tree, path);
      this.#append('links', link, path, at);
    }
    link.target = this.#files.readLink(source);
    this.#context.origins.noteField(link, 'target', at);
  }

  #named<List extends 'files' | 'links'>(
    list: List,
    path: string,
  ): (List extends 'files' ? File : Link) | undefined {
    const nodes: (File | Link)[] = this.#ignition.storage?.[list] ?? [];
    return nodes.find((node) => node.path === path);
  }

  #node({ user, group }: Tree, path: string): Directory {
    return {
      ...(isEmpty(group) ? {} : { group: { ...group } }),
      path,
      ...(isEmpty(user) ? {} : { user: { ...user } }),
    };
  }

  #append(
    list: 'files' | 'directories' | 'links',
    made: File | Directory | Link,
    path: string,
    at: Path,
  ): void {
    const storage = (this.#ignition.storage ??= {});
    const nodes: object[] = (storage[list] ??= []);
    nodes.push(made);
    this.#context.origins.noteWhole(made, at);
    this.#taken.set(path, list);
  }
}

function isEmpty(value: object | undefined): boolean {
  return value === undefined || Object.keys(value).length === 0;
}
