import { isJson, type Json, listAt, mappingAt, textAt } from './json.ts';

const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * A Service gets addresses and ports of the cluster it comes to, except those that its owner has chosen: the ones in
 * what kubectl applied last, or, only without that, in what field managers own (backup-restore.md 3.9).
 */
export function prepareService(
  item: Json,
  { preserveNodePorts }: { readonly preserveNodePorts: boolean },
  archived: Json,
): void {
  const spec = mappingAt(item, 'spec');
  if (spec === undefined || textAt(spec, 'type') === 'ExternalName') return;
  if (textAt(spec, 'clusterIP') !== 'None') {
    delete spec['clusterIP'];
    delete spec['clusterIPs'];
  }
  if (preserveNodePorts) return;
  // elsewhere the API refuses a Service with one
  if (textAt(spec, 'type') === 'LoadBalancer' && textAt(spec, 'externalTrafficPolicy') === 'Local') {
    if (!isHealthCheckPortChosen(archived)) delete spec['healthCheckNodePort'];
  }
  const isChosen = chosenPorts(archived);
  for (const port of listAt(spec, 'ports')) {
    if ('nodePort' in port && !isChosen(port)) delete port['nodePort'];
  }
}

function isHealthCheckPortChosen(archived: Json): boolean {
  const applied = textAt(archived, 'metadata', 'annotations', APPLIED);
  if (applied !== '') return Boolean(mappingAt(parsed(applied), 'spec')?.['healthCheckNodePort']);
  return listAt(archived, 'metadata', 'managedFields').some(
    (entry) => 'f:healthCheckNodePort' in (mappingAt(entry, 'fieldsV1', 'f:spec') ?? {}),
  );
}

function chosenPorts(archived: Json): (port: Json) => boolean {
  const applied = textAt(archived, 'metadata', 'annotations', APPLIED);
  if (applied !== '') {
    const ports = listAt(parsed(applied), 'spec', 'ports').filter((port) => 'nodePort' in port);
    return (port) =>
      ports.some((chosen) =>
        textAt(port, 'name') === ''
          ? chosen['nodePort'] === port['nodePort']
          : textAt(chosen, 'name') === textAt(port, 'name'),
      );
  }
  const owned = listAt(archived, 'metadata', 'managedFields').map(
    (entry) => mappingAt(entry, 'fieldsV1', 'f:spec', 'f:ports') ?? {},
  );
  return (port) => {
    const key = `k:${JSON.stringify({ port: port['port'], protocol: port['protocol'] ?? 'TCP' })}`;
    return owned.some((fields) => isJson(fields[key]) && 'f:nodePort' in fields[key]);
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever wrote it, it names no port
  }
}
