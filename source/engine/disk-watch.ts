import {gateOpensAt, nextGate} from '../domain/disk-guard.ts';
import type {Duration} from '../domain/time.ts';
import type {Core} from './core.ts';
import {lookAtMounts} from './mounts.ts';
import type {WalkWatch} from './ports.ts';

/** Jobs that wait for space look for it at least this often. */
const awaitedInterval: Duration = 5000;

/** A level that is younger than this is new enough to plan with. */
const freshFor: Duration = 1000;

const dataNotice = (path: string, resume: number): string =>
	`the data folder ${path} is almost full: nothing new starts until ${Math.round(resume / 1_000_000)} MB are free there`;

export type DiskWatch = {
	/** Looks at the filesystem now, moves the gate, and lets the scheduler know. */
	sample(): Promise<void>;
	/** Walks the trees now, for who waits for it, then looks. False where it was stopped on the way. */
	measure(): Promise<boolean>;
	/** Looks if the level is old, a job was completed since, or the gate may open by now: for the scheduler, before it plans. */
	freshen(): Promise<void>;
	/** Called once a second while something runs or jobs wait for space: looks and walks when it is time to. */
	pulse(): Promise<void>;
	/** Jobs wait for space: the gate is closed, or the next in line do not fit. */
	isAwaited(): boolean;
};

/**
 * Keeps the level and the gate of each volume true. The filesystem is asked every second while something is written
 * (14 µs); the trees are walked in the background, more often while jobs wait for space, since it is somebody else who
 * makes it. Nothing here rejects: a disk that cannot be measured is told as a notice, and the last level stays.
 */
export const createDiskWatch = (core: Core): DiskWatch => {
	const {clock, disk, live} = core;
	let sampledAt = Number.NEGATIVE_INFINITY;
	let walkedAt = Number.NEGATIVE_INFINITY;
	let walking = 0;
	/** A file that is in its place is not reserved any more, and not in the level yet. */
	let hasCompletedSince = false;
	core.events.on(event => {
		if (event.type === 'job' && event.to === 'completed') hasCompletedSince = true;
	});

	const orNotice = async (what: string, measure: () => Promise<void>): Promise<void> => {
		try {
			await measure();
			if (live.notices.delete(what)) core.touch('state');
		} catch (error) {
			live.notices.set(what, `${what} cannot be measured: ${error instanceof Error ? error.message : String(error)}`);
			core.touch('state');
		}
	};

	const look = (): Promise<void> =>
		orNotice('the disk', async () => {
			sampledAt = clock.now();
			hasCompletedSince = false;
			const level = await disk.sample();
			const volume = live.volumes.get(disk.volume);
			if (volume === undefined) return;
			const gate = nextGate(volume.gate, level, volume.marks, clock.now(), core.settings.dwell);
			live.volumes.set(volume.id, {...volume, level, gate});
			if (gate.state !== volume.gate.state) {
				core.events.emit({type: 'gate', at: clock.now(), volume: volume.id, path: volume.path, gate});
				core.touch('state');
			} else {
				core.touch('progress');
			}
		});

	const lookAtData = async (): Promise<void> => {
		const level = await core.dataDisk?.sample();
		// A folder that nobody can look at is no reason to hold everything.
		if (live.data === undefined || level === undefined) return;
		const {gate: before, marks, path, id} = live.data;
		const gate = nextGate(before, level, marks, clock.now(), core.settings.dwell);
		live.data = {...live.data, level, gate};
		tell('data', gate.state === 'open' ? undefined : dataNotice(path, marks.free.resume));
		if (gate.state !== before.state) core.events.emit({type: 'gate', at: clock.now(), volume: id, path, gate});
	};

	/** A notice as long as there is something to tell. */
	const tell = (key: string, text: string | undefined): void => {
		if (live.notices.get(key) === text) return;
		if (text === undefined) live.notices.delete(key);
		else live.notices.set(key, text);
		core.touch('state');
	};

	const lookAround = async (): Promise<void> => {
		await look();
		await lookAtData();
		await lookAtMounts(core);
		tell('logs', core.log.trouble?.());
	};

	const sample = async (): Promise<void> => {
		await lookAround();
		core.wake();
	};

	/** A walk that somebody waits for is shown while it goes on. */
	const measure = async (): Promise<boolean> => {
		const work = core.works.begin({
			label: 'measuring the storage',
			total: undefined,
			isEstimate: true,
			// While jobs wait for its numbers, it could only be begun anew.
			canCancel: !isUnmeasured(),
		});
		try {
			await walk({onEntries: (entries, lastTime) => work.advance(entries, lastTime), signal: work.signal});
			return !work.signal.aborted;
		} finally {
			work.end();
		}
	};

	const walk = async (watch?: WalkWatch): Promise<void> => {
		// A walk may take minutes; until it ends, the level without it says what can be said.
		if (live.volumes.get(disk.volume)?.level === undefined) await lookAround();
		await orNotice('the storage tree', async () => {
			walkedAt = clock.now();
			walking++;
			await disk.walk(watch).finally(() => {
				walking--;
			});
		});
		await sample();
	};

	/** The marks mean nothing yet: nothing starts before the first walk has ended. */
	const isUnmeasured = (): boolean => {
		const volume = live.volumes.get(disk.volume);
		return volume?.marks.used !== undefined && volume.level?.used === undefined;
	};

	const isAwaited = (): boolean =>
		live.isShortOfRoom ||
		live.volumes.get(disk.volume)?.gate.state !== 'open' ||
		(live.data !== undefined && live.data.gate.state !== 'open') ||
		isUnmeasured();

	return {
		sample,
		measure,
		isAwaited,
		async freshen() {
			const isDue = [live.volumes.get(disk.volume), live.data].some(volume => {
				const opensAt = volume === undefined ? undefined : gateOpensAt(volume.gate, core.settings.dwell);
				return opensAt !== undefined && sampledAt < opensAt && opensAt <= clock.now();
			});
			if (isDue || hasCompletedSince || clock.now() - sampledAt >= freshFor) await lookAround();
		},
		async pulse() {
			const now = clock.now();
			const interval = Math.min(core.settings.sampleInterval, awaitedInterval);
			// Not waited for: walking a large tree must not hold up the samples, which know what was written meanwhile.
			if (walking === 0 && now - walkedAt >= (isAwaited() ? interval : core.settings.walkInterval)) void walk();
			if (live.running.size > 0 || now - sampledAt >= interval) await sample();
		},
	};
};
