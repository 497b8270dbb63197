/** How the gateway and its engine know each other: TLS, tokens and keys, for a SeaweedFS cluster and for a node that stands alone. */
import { choice, flag, optionalText, secretText } from './setting';

const FILE = { pattern: /\S/, allowed: 'a path' };

export const seaweedfs = {
  securityToml: optionalText(
    "SeaweedFS's own security.toml: [grpc] ca, [grpc.client], [https.client] and [jwt.filer_signing.read] are obeyed.",
    FILE,
  ),
  tlsCa: optionalText(
    'PEM file of authorities that sign the certificates of masters, filer and brokers; with it their gRPC is TLS.',
    FILE,
  ),
  tlsCertificate: optionalText('PEM file of the certificate that the gateway shows them.', FILE),
  tlsKey: optionalText('PEM file of its private key, where it is not in seaweedfs.tls-certificate.', FILE),
  tlsChecksName: flag(
    false,
    'Whether their certificates must be for the address that is connected to; SeaweedFS itself does not ask for it.',
  ),
  filerHttps: flag(false, "Whether the filer's HTTP side, where log files are read, speaks TLS (with the same files)."),
  filerReadKey: secretText('The key of [jwt.filer_signing.read], with which reads of log files are signed.', {
    pattern: /^.+$/s,
    allowed: 'a text',
  }),
};

/** Of both sides: the node's own, and those of a gateway that connects to one. */
export const nodeSecurity = {
  sslKeystoreLocation: optionalText(
    'PEM file of the private key and the chain of certificates: of a node on node.listen, which then speaks TLS, or of the gateway that connects to one.',
    FILE,
  ),
  sslKeyLocation: optionalText('PEM file of the private key, where it is not in node.ssl-keystore-location.', FILE),
  sslTruststoreLocation: optionalText(
    'PEM file of authorities: a gateway with node.connect takes nodes that they signed and then speaks TLS, a node the certificates of gateways.',
    FILE,
  ),
  sslClientAuth: choice(
    ['none', 'requested', 'required'],
    'none',
    'Whether gateways show a certificate to a node on node.listen.',
  ),
  token: secretText('What a gateway shows to a node before it is served; the same on both sides.', {
    pattern: /^[\x21-\x7e]{16,256}$/,
    allowed: '16 to 256 printable characters without spaces',
  }),
  tokenFile: optionalText('A file whose first line is node.token.', FILE),
};
