/** Numbers and times for people. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(value) {
  if (value === undefined || value === null) return '–';
  let unit = 0;
  let left = value;
  for (; left >= 1024 && unit < UNITS.length - 1; unit++) left /= 1024;
  return `${unit === 0 ? Math.round(left) : left.toFixed(left < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

export function rate(value) {
  if (value === undefined || value === null) return '–';
  if (value === 0) return '0';
  return value < 10 ? value.toFixed(1) : count(Math.round(value));
}

export const byteRate = (value) => (value === undefined || value === null ? '–' : `${bytes(value)}/s`);

export const count = (value) => (value === undefined || value === null ? '–' : value.toLocaleString('en'));

/** A wait: `0.4 s`, `12.3 s`, `4 min 02 s`, `3 h 12 min`, `2 d 4 h`. */
export function duration(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return longDuration(ms);
}

/** The same in whole units, for what is long. */
export function longDuration(ms) {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export const clock = (ms) => new Date(ms).toLocaleTimeString('en-GB');

export function moment(ms) {
  if (ms < 0) return 'none';
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().replace('T', ' ').replace('Z', '');
}

/** `engine_unreachable` as words. */
export const words = (name) => name.replaceAll('_', ' ');
