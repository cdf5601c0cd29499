import { list, type MessageShape, one } from './shape.ts';

/** Field numbers of OpenShift's aggregated groups (github.com/openshift/api, generated.proto of each). */
export const OPENSHIFT: Readonly<Record<string, MessageShape>> = {
  Route: { metadata: one(1, 'ObjectMeta'), spec: one(2, 'RouteSpec'), status: one(3, 'RouteStatus') },
  RouteSpec: {
    host: one(1),
    path: one(2),
    to: one(3, 'RouteTargetReference'),
    alternateBackends: list(4, 'RouteTargetReference'),
    tls: one(6, 'TLSConfig'),
    wildcardPolicy: one(7),
    subdomain: one(8),
  },
  RouteTargetReference: { kind: one(1), name: one(2), weight: one(3, 'other') },
  TLSConfig: {
    termination: one(1),
    certificate: one(2),
    key: one(3),
    caCertificate: one(4),
    destinationCACertificate: one(5),
    insecureEdgeTerminationPolicy: one(6),
    externalCertificate: one(7, 'LocalObjectReference'),
  },
  RouteStatus: { ingress: list(1, 'RouteIngress') },
  RouteIngress: { host: one(1), routerName: one(2), wildcardPolicy: one(4), routerCanonicalHostname: one(5) },

  OAuthClient: {
    metadata: one(1, 'ObjectMeta'),
    secret: one(2),
    additionalSecrets: list(3),
    respondWithChallenges: one(4, 'other'),
    redirectURIs: list(5),
    grantMethod: one(6),
  },
  OAuthAccessToken: {
    metadata: one(1, 'ObjectMeta'),
    clientName: one(2),
    scopes: list(4),
    redirectURI: one(5),
  },
  OAuthAuthorizeToken: {
    metadata: one(1, 'ObjectMeta'),
    clientName: one(2),
    scopes: list(4),
    redirectURI: one(5),
  },
};
