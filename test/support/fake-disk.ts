import type {Level} from '../../source/domain/disk-guard.ts';
import type {Clock, DiskProbe} from '../../source/engine/ports.ts';

export const gibibyte = 1024 ** 3;

export type FakeDisk = DiskProbe & {
	/** Changes what really is on the disk: free space is seen by the next sample, used bytes by the next walk. */
	set(change: {readonly used?: number; readonly free?: number; readonly total?: number}): void;
	/** Takes bytes away as another program does: used goes down, free goes up. */
	takeAway(bytes: number): void;
	/** Other filesystems, by the folder below the storage at which they are mounted. */
	readonly mounts: Map<string, {readonly volume: string; readonly free: number; readonly total: number}>;
	/** While true the volume is not mounted. */
	setMissing(isMissing: boolean): void;
	/** Walks fail with this until it is undefined again. */
	failWalks(error: Error | undefined): void;
	failSamples(error: Error | undefined): void;
	/** Holds walks until the returned function is called. */
	holdWalks(): () => void;
	readonly seen: {samples: number; walks: number};
	/** What really is there. */
	real(): {readonly used: number; readonly free: number; readonly total: number};
};

/** A disk whose level a test sets. Starts with 0 used and 100 GiB free of 100. */
export const createFakeDisk = (clock: Clock, volume = 'fake-volume', path = '/storage'): FakeDisk => {
	const real = {used: 0, free: 100 * gibibyte, total: 100 * gibibyte};
	const seen = {samples: 0, walks: 0};
	const mounts: FakeDisk['mounts'] = new Map();
	let walked: number | undefined;
	let isMissing = false;
	let walkFailure: Error | undefined;
	let sampleFailure: Error | undefined;
	let held: Promise<void> | undefined;
	return {
		volume,
		path,
		seen,
		set(change) {
			Object.assign(real, change);
		},
		takeAway(bytes) {
			real.used -= bytes;
			real.free += bytes;
		},
		setMissing(value) {
			isMissing = value;
		},
		failWalks(error) {
			walkFailure = error;
		},
		failSamples(error) {
			sampleFailure = error;
		},
		holdWalks() {
			const gate = Promise.withResolvers<void>();
			held = gate.promise;
			return () => {
				held = undefined;
				gate.resolve();
			};
		},
		real: () => ({...real}),
		async sample(): Promise<Level | undefined> {
			seen.samples++;
			if (sampleFailure !== undefined) throw sampleFailure;
			return isMissing ? undefined : {at: clock.now(), used: walked, free: real.free, total: real.total};
		},
		mounts,
		below: async folder => mounts.get(folder),
		wrote(bytes) {
			if (!Number.isFinite(bytes)) throw new RangeError(`the disk was told of ${bytes} bytes`);
			real.used += bytes;
			real.free -= bytes;
			if (walked !== undefined) walked += bytes;
		},
		async walk() {
			seen.walks++;
			await held;
			if (walkFailure !== undefined) throw walkFailure;
			if (!isMissing) walked = real.used;
		},
		breakdown: () => (walked === undefined ? undefined : {other: walked}),
		async close() {},
	};
};
