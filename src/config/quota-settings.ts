/** Settings of client quotas: over what time they are measured, as in Kafka. */
import { DEFAULT_QUOTA_SETTINGS, type QuotaSettings } from '../kafka/quotas/client-quotas';
import { integer, type Setting } from './setting';

export const quota: { readonly [K in keyof QuotaSettings]: Setting<number> } = {
  windowNum: integer(
    DEFAULT_QUOTA_SETTINGS.windowNum,
    "Kafka's quota.window.num: windows that client quotas are measured over.",
    { min: 2, max: 1_000 },
  ),
  windowSizeSeconds: integer(
    DEFAULT_QUOTA_SETTINGS.windowSizeSeconds,
    "Kafka's quota.window.size.seconds; also the longest throttle of request_percentage and of connections.",
    { max: 3_600 },
  ),
  controllerWindowNum: integer(
    DEFAULT_QUOTA_SETTINGS.controllerWindowNum,
    "Kafka's controller.quota.window.num: the same of controller_mutation_rate.",
    { min: 2, max: 1_000 },
  ),
  controllerWindowSizeSeconds: integer(
    DEFAULT_QUOTA_SETTINGS.controllerWindowSizeSeconds,
    "Kafka's controller.quota.window.size.seconds.",
    { max: 3_600 },
  ),
};
