/** How the gateway and its engine know each other: TLS and keys, for a SeaweedFS cluster. */
import { flag, optionalText, secretText } from './setting';

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
