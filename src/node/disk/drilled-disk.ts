/** A disk that a drill fills up: while it does, what is written is refused as a full disk refuses it, and no room is left. */
import type { Faults } from '../../drills/faults';
import type { Disk } from './disk';

export function drilledDisk(disk: Disk, faults: Faults): Disk {
  return {
    ...disk,
    write(fd, chunks, position) {
      if (faults.strike('fill_disk') !== undefined) throw noSpace();
      disk.write(fd, chunks, position);
    },
    space(directory) {
      const space = disk.space(directory);
      return faults.isOn('fill_disk') ? { ...space, usableBytes: 0 } : space;
    },
  };
}

/** As the system reports it. */
function noSpace(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device (drill)'), { code: 'ENOSPC' });
}
