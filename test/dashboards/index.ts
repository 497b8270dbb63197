/** THE list of dashboards; each is a file of grafana/. */
import { clients } from './clients';
import { engine } from './engine';
import { fetch } from './fetch';
import { groups } from './groups';
import { overview } from './overview';
import { values } from './values';
import type { Dashboard } from './panels';

export const DASHBOARDS: readonly Dashboard[] = [overview, fetch, values, groups, engine, clients];
