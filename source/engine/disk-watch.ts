import {nextGate} from '../domain/disk-guard.ts';
import type {Duration} from '../domain/time.ts';
import type {Core} from './core.ts';

/** A closed gate looks for space at least this often. */
const closedInterval: Duration = 5000;

export type DiskWatch = {
	/** Looks at the filesystem now and moves the gate. */
	sample(): Promise<void>;
	/** Walks the trees now, then looks. */
	measure(): Promise<void>;
	/** Called once a second while something runs or a gate is closed: looks and walks when it is time to. */
	pulse(): Promise<void>;
	/** Somebody else has to free space before jobs start again. */
	isClosed(): boolean;
};

/**
 * Keeps the level and the gate of each volume true. The filesystem is asked every second while something is written
 * (14 µs); the trees are walked in the background, more often while the gate is closed, since it is somebody else who
 * empties them.
 */
export const createDiskWatch = (core: Core): DiskWatch => {
	const {clock, disk, live, settings} = core;
	let sampledAt = Number.NEGATIVE_INFINITY;
	let walkedAt = Number.NEGATIVE_INFINITY;

	const sample = async (): Promise<void> => {
		sampledAt = clock.now();
		const level = await disk.sample();
		const volume = live.volumes.get(disk.volume);
		if (volume === undefined) return;
		const gate = nextGate(volume.gate, level, volume.marks, clock.now(), settings.dwell);
		live.volumes.set(volume.id, {...volume, level, gate});
		if (gate.state !== volume.gate.state) {
			core.events.emit({type: 'gate', at: clock.now(), volume: volume.id, path: volume.path, gate});
			core.touch('state');
		} else {
			core.touch('progress');
		}

		core.wake();
	};

	const walk = async (): Promise<void> => {
		walkedAt = clock.now();
		await disk.walk();
	};

	const isClosed = (): boolean => live.volumes.get(disk.volume)?.gate.state !== 'open';

	return {
		sample,
		isClosed,
		async measure() {
			await walk();
			await sample();
		},
		async pulse() {
			const now = clock.now();
			const interval = Math.min(settings.sampleInterval, closedInterval);
			if (isClosed()) {
				if (now - walkedAt >= interval) await walk();
				if (now - sampledAt >= Math.min(interval, settings.dwell)) await sample();
				return;
			}

			// Not waited for: walking a large tree must not hold up the sample.
			if (now - walkedAt >= settings.walkInterval) void walk();
			await sample();
		},
	};
};
