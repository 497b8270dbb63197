/** What connections carried before they hung or lost something: the list, and each as a capture file that Wireshark reads. */
import { captureFile } from '../../server/flight-recorder/capture-file';
import type { FlightRecorder, Recording } from '../../server/flight-recorder/flight-recorder';
import { ParameterError, wholeNumber } from './parameters';
import { ok, type Route } from './route';

type Recordings = Pick<FlightRecorder, 'recordings'>;

export const recordingsRoute = (recorder: Recordings): Route => ({
  method: 'GET',
  path: '/api/recordings',
  summary: 'what connections carried before they hung or lost something, the newest first',
  answer: () => ok({ recordings: recorder.recordings().map(view) }),
});

export const recordingRoute = (recorder: Recordings, { contents }: { readonly contents: boolean }): Route => ({
  method: 'GET',
  path: '/api/recording',
  summary: 'one of them as a capture file: id=N, contents=true where console.contents is on',
  answer: ({ query, rights }) => {
    const id = wholeNumber(query, 'id', { min: 1, initial: 0 });
    const asked = query.get('contents') === 'true';
    if (asked && !contents) throw new ParameterError('contents=true needs console.contents, which is off');
    if (asked && !rights.has('contents')) throw new ParameterError('contents=true needs the right contents', 403);
    const recording = recorder.recordings().find((each) => each.id === id);
    if (recording === undefined)
      throw new ParameterError(`no recording ${String(id)}: /api/recordings has those that are kept`, 404);
    const body = captureFile(recording.ends, recording.frames, { contents: asked });
    const file = { name: `seaglass-${String(id)}.pcapng`, type: 'application/octet-stream' };
    const { clientId } = recording;
    const resource = { type: 'console', name: `recording ${String(id)}` } as const;
    const shown = asked ? { resource, detail: `client=${clientId}` } : undefined;
    return { status: 200, body, file, contents: shown };
  },
});

function view({ id, frozenMs, reason, traceId, clientId, ends, frames }: Recording): object {
  const bytes = frames.reduce((sum, { length }) => sum + length, 0);
  return { id, frozenMs, reason, traceId, clientId, ...ends, frames: frames.length, bytes };
}
