import { type Document, isMap, isScalar, isSeq, parseDocument, type YAMLSeq } from 'yaml';
import type { ProxySettings } from '../../../core/platform/cluster.ts';

/** What programs are told of a proxy by, in either case of letters. */
const VARIABLES = { HTTP_PROXY: 'httpProxy', HTTPS_PROXY: 'httpsProxy', NO_PROXY: 'noProxy' } as const;
type Variable = keyof typeof VARIABLES;
const NAMES = Object.keys(VARIABLES) as readonly Variable[];
const NAME = 'https?_proxy|no_proxy';

/**
 * A pod's manifest with another proxy in the environment of each container that has one; otherwise the same. A variable
 * that is missing beside the others is added: without NO_PROXY an API server would ask the proxy for its own webhooks.
 */
export function withProxyInManifest(text: string, proxy: ProxySettings): string {
  const document = parseDocument(text);
  let changed = false;
  for (const kind of ['initContainers', 'containers']) {
    const containers = document.getIn(['spec', kind]);
    for (const container of isSeq(containers) ? containers.items : []) {
      const environment = isMap(container) ? container.get('env') : undefined;
      if (isSeq(environment) && setVariables(document, environment, proxy)) changed = true;
    }
  }
  if (!changed) return text;
  // kubeadm's layout, and that of people
  return document.toString({ lineWidth: 0, indentSeq: !/^( *)[\w-]+:\n\1- /m.test(text) });
}

function setVariables(document: Document, environment: YAMLSeq, proxy: ProxySettings): boolean {
  const named = new Set<Variable>();
  let changed = false;
  for (const item of environment.items) {
    if (!isMap(item)) continue;
    const variable = variableOf(String(item.get('name')));
    if (variable === undefined || item.has('valueFrom')) continue;
    named.add(variable);
    const wanted = proxy[VARIABLES[variable]];
    const present = item.get('value', true);
    if (((isScalar(present) ? present.value : undefined) ?? '') === wanted) continue;
    item.set('value', wanted);
    changed = true;
  }
  for (const variable of missing(named, proxy)) {
    environment.add(document.createNode({ name: variable, value: proxy[VARIABLES[variable]] }));
    changed = true;
  }
  return changed;
}

/** An environment file (systemd.exec(5), EnvironmentFile) with another proxy, if it names one; otherwise the same. */
export function withProxyInEnvironmentFile(text: string, proxy: ProxySettings): string {
  const line = new RegExp(String.raw`^(?<lead>[ \t]*)(?<name>${NAME})=(?<value>[^]*)$`, 'gi');
  return withProxy(text, proxy, line, {
    read: (value) => unquoted(value.trim()),
    assign: (name, value) =>
      /[\s"'\\#;$\x60]/.test(value)
        ? `${name}="${value.replaceAll(/["\\$\x60]/g, String.raw`\$&`)}"`
        : `${name}=${value}`,
    line: (assignment) => assignment,
  });
}

/** A unit's file or drop-in with another proxy in `Environment=`, if it names one; otherwise the same. */
export function withProxyInUnit(text: string, proxy: ProxySettings): string {
  const inDouble = String.raw`(?:[^"\\\n]|\\.)*`;
  const words = [
    String.raw`"(?<name>${NAME})=(?<value>${inDouble})"`,
    String.raw`'(?<name>${NAME})=(?<value>[^'\n]*)'`,
    String.raw`(?<![\w"'-])(?<name>${NAME})=(?<value>"${inDouble}"|'[^'\n]*'|[^\s"']*)`,
  ];
  return withProxy(text, proxy, new RegExp(words.join('|'), 'gi'), {
    // % begins a specifier (systemd.unit(5))
    read: (value) => unquoted(value).replaceAll('%%', '%'),
    assign: (name, value) => `"${name}=${value.replaceAll('%', '%%').replaceAll(/["\\]/g, String.raw`\$&`)}"`,
    line: (assignment) => `Environment=${assignment}`,
  });
}

interface Spelling {
  /** The value that an assignment's text stands for. */
  readonly read: (value: string) => string;
  readonly assign: (name: string, value: string) => string;
  /** A line of its own with an assignment. */
  readonly line: (assignment: string) => string;
}

type Groups = { readonly lead?: string; readonly name: string; readonly value: string };

function withProxy(text: string, proxy: ProxySettings, assignment: RegExp, spelling: Spelling): string {
  const named = new Set<Variable>();
  let last = -1;
  // a line that goes on in the next one is one line
  const lines = text.split(/(?<!\\)\n/).map((line, index) =>
    /^\s*[#;]/.test(line)
      ? line
      : line.replaceAll(assignment, (whole, ...rest: unknown[]) => {
          const { lead = '', name, value } = rest.at(-1) as Groups;
          const variable = variableOf(name);
          if (variable === undefined) return whole;
          named.add(variable);
          last = index;
          const wanted = proxy[VARIABLES[variable]];
          return spelling.read(value) === wanted ? whole : lead + spelling.assign(name, wanted);
        }),
  );
  const added = missing(named, proxy).map((name) =>
    spelling.line(spelling.assign(name, proxy[VARIABLES[name]])),
  );
  return lines.toSpliced(last + 1, 0, ...added).join('\n');
}

/** What a place that names a proxy does not name, and should. */
function missing(named: ReadonlySet<Variable>, proxy: ProxySettings): readonly Variable[] {
  return named.size === 0 ? [] : NAMES.filter((name) => !named.has(name) && proxy[VARIABLES[name]] !== '');
}

function variableOf(name: string): Variable | undefined {
  return NAMES.find((known) => known === name.toUpperCase());
}

function unquoted(text: string): string {
  return /^"(.*)"$/s.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? /^'(.*)'$/s.exec(text)?.[1] ?? text;
}
