import type {Clock} from '../../engine/ports.ts';
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

/** Keeps a rate: counts what has passed and says when nothing more should be let in for a while. */
export type Throttle = {
	/** Whether more may come now. */
	readonly isOpen: boolean;
	take(bytes: number, now: Instant): void;
	/** Another rate from now on, in bytes per second, or none. */
	limit(rate: number | undefined): void;
	/** Forgets the wait that is under way. */
	close(): void;
};

/** @param rate bytes per second, or undefined for no limit @param onOpen called when more may come again */
export const createThrottle = (
	rate: number | undefined,
	clock: Pick<Clock, 'now' | 'at'>,
	onOpen: () => void,
): Throttle => {
	let bucket = rate === undefined ? undefined : fullBucket(rate, clock.now());
	let isOpen = true;
	let takeBack: (() => void) | undefined;
	const open = (): void => {
		isOpen = true;
		// Meanwhile other connections may have delivered what was on its way.
		take(0, clock.now());
		if (isOpen) onOpen();
	};
	const take = (bytes: number, now: Instant): void => {
		if (bucket === undefined) return;
		bucket = takeBytes(bucket, bytes, now);
		const debt = debtOf(bucket);
		if (debt === 0 || !isOpen) return;
		isOpen = false;
		takeBack = clock.at(now + debt, open);
	};
	return {
		get isOpen() {
			return isOpen;
		},
		take,
		limit(next) {
			const now = clock.now();
			if (next === undefined) bucket = undefined;
			// What was owed at the old rate is owed at the new one.
			else bucket = bucket === undefined ? fullBucket(next, now) : {...takeBytes(bucket, 0, now), rate: next};
			if (isOpen) return;
			takeBack?.();
			open();
		},
		close: () => takeBack?.(),
	};
};
