/**
 * What one peer, and all of them together, can make the gateway hold or wait for. Every bound is a setting (`limits.*`);
 * these are the defaults. Counts, bytes and milliseconds.
 */
export interface Limits {
  /** Open Kafka connections, over all addresses and of one address; a connection past either is closed at once. */
  readonly connectionsMax: number;
  /** Kafka's max.connections.per.ip and its default, which is no limit: many clients may come from behind one address. */
  readonly connectionsPerAddressMax: number;
  /** Kafka's max.connection.creation.rate: connections a second over all listeners, and its default, which is no limit; what comes past it waits. */
  readonly connectionRateMax: number;
  /** The largest request frame; Kafka's socket.request.max.bytes. A longer one is refused on its declared length, before it is read. */
  readonly frameBytesMax: number;
  /** Bytes of request frames held by all connections; charged as bytes arrive. Past it, connections that hold a part of a frame stop being read. */
  readonly frameBytesHeldMax: number;
  /** A connection without a request for this long is closed; Kafka's connections.max.idle.ms. */
  readonly idleMsMax: number;
  /** A connection that has sent no whole frame this long after it was accepted is closed. */
  readonly firstFrameMsMax: number;
  /** A frame that was begun must bring what frameBytesPerSecondMin makes of this time within this time, again and again, or be whole. */
  readonly frameMsMax: number;
  readonly frameBytesPerSecondMin: number;
  /** A socket that takes nothing of an answer for this long is closed. */
  readonly responseWriteMsMax: number;
  /** Requests of one connection that have arrived and wait for the one being answered; past it the socket is not read. */
  readonly requestsQueuedMax: number;
  /** How long a stop waits for requests in flight. */
  readonly drainMsMax: number;
}

export const DEFAULT_LIMITS: Limits = {
  connectionsMax: 10_000,
  connectionsPerAddressMax: 2_147_483_647,
  connectionRateMax: 2_147_483_647,
  frameBytesMax: 100 * 1024 * 1024,
  frameBytesHeldMax: 256 * 1024 * 1024,
  idleMsMax: 600_000,
  firstFrameMsMax: 10_000,
  frameMsMax: 10_000,
  frameBytesPerSecondMin: 1_024,
  responseWriteMsMax: 60_000,
  requestsQueuedMax: 64,
  drainMsMax: 8_000,
};
