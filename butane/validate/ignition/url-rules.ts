import type { Spec } from '../../schema/spec.ts';
import { dataUrlProblem } from './data-url-rules.ts';

export interface ParsedUrl {
  /** Lower case; empty if there is none. */
  readonly scheme: string;
  readonly rest: string;
  readonly problem: string | undefined;
}

const UNPARSABLE = 'unable to parse url';

/** A URL as Go reads one: hardly anything is refused, and no scheme is none. */
export function parseUrl(text: string): ParsedUrl {
  const bad = { scheme: '', rest: text, problem: UNPARSABLE };
  if (/[\u0000-\u001F\u007F]/.test(text) || text.startsWith(':')) return bad;
  const [, scheme = '', rest = text] = /^([A-Za-z][A-Za-z\d+.-]*):(.*)$/s.exec(text) ?? [];
  if (scheme === '' && /^[^/?#]*:/.test(text)) return bad; // a colon in the first part of a relative path
  const path = rest.split(/[?#]/, 1)[0] ?? '';
  const authority = /^\/\/([^/]*)/.exec(path)?.[1];
  const opaque = scheme !== '' && !rest.startsWith('/');
  if (!opaque && /%(?![\da-fA-F]{2})/.test(path)) return bad;
  if (authority !== undefined && !isAuthority(authority)) return bad;
  return { scheme: scheme.toLowerCase(), rest, problem: undefined };
}

function isAuthority(authority: string): boolean {
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (host.startsWith('[')) return /^\[[^\]]*\](:\d*)?$/.test(host);
  const name = host.replace(/:[^:]*$/, '');
  return /^(|:\d*)$/.test(host.slice(name.length)) && !/[ "<>\\^`{|}]/.test(name);
}

/** What is wrong with a source that Ignition is to fetch; undefined if nothing. */
export function urlProblem(text: string, spec: Spec): string | undefined {
  const { scheme, rest, problem } = parseUrl(text);
  if (problem !== undefined) return problem;
  switch (scheme) {
    case 'http':
    case 'https':
    case 'tftp':
      return undefined;
    case 'gs':
      return spec.ignition >= 2 ? undefined : 'invalid url scheme';
    case 's3':
      return versionProblem(rest);
    case 'arn':
      return spec.ignition >= 4 ? arnProblem(text) : 'invalid url scheme';
    case 'data':
      return dataUrlProblem(text);
    default:
      return 'invalid url scheme';
  }
}

function versionProblem(rest: string): string | undefined {
  const query = new URLSearchParams(/\?([^#]*)/.exec(rest)?.[1] ?? '');
  return query.get('versionId') === '' ? 'invalid S3 object VersionId' : undefined;
}

/** `arn:partition:s3:region:account:bucket/key`, or with an access point in front of the key. */
function arnProblem(text: string): string | undefined {
  const [bare = ''] = text.split(/[?#]/, 1);
  const parts = bare.split(':');
  const resource = parts.slice(5).join(':');
  const slashes = bare.split('/').length;
  const wrong =
    parts.length < 6 || parts[2] !== 's3' || slashes < (resource.startsWith('accesspoint/') ? 3 : 2);
  return wrong ? 'invalid S3 ARN format' : versionProblem(text);
}
