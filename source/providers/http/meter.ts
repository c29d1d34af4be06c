import type {Duration, Instant} from '../../domain/time.ts';

/** A token bucket: what may pass now, in bytes; below nothing it is a debt that has to be waited off. */
export type Bucket = {readonly rate: number; readonly tokens: number; readonly at: Instant};

/** A full bucket for so many bytes per second. */
export const fullBucket = (rate: number, now: Instant): Bucket => ({rate, tokens: burstOf(rate), at: now});

/** The bucket after so many bytes have passed. They have arrived already, so they pass even when it is empty. */
export const takeBytes = (bucket: Bucket, bytes: number, now: Instant): Bucket => {
	const refilled = bucket.tokens + (bucket.rate * Math.max(0, now - bucket.at)) / 1000;
	return {rate: bucket.rate, tokens: Math.min(burstOf(bucket.rate), refilled) - bytes, at: now};
};

/** How long nothing more should be let in. */
export const debtOf = (bucket: Bucket): Duration => (bucket.tokens >= 0 ? 0 : (-bucket.tokens / bucket.rate) * 1000);

/** A tenth of a second's worth. */
const burstOf = (rate: number): number => rate / 10;
