/** The configuration as it holds, secrets masked, and what does not change while the gateway runs. */
import type { ConsoleSources } from '../sources';
import { ok, type Route } from './route';

export const settingsRoute = ({ settings, about }: Pick<ConsoleSources, 'settings' | 'about'>): Route => ({
  method: 'GET',
  path: '/api/settings',
  summary: 'the configuration as it holds, secrets masked',
  answer: () => ok({ about, settings }),
});
