import {isMeasured, largestFit, roomFor} from '../domain/disk-guard.ts';
import type {Hold} from '../domain/hold.ts';
import {knownSize, type Job, type LaneId, type VolumeId} from '../domain/job.ts';
import {explain, holdOfLane, holdOfQueue, imagine, reservedOn, roomOnMount, type World} from '../domain/plan.ts';
import type {Instant} from '../domain/time.ts';
import type {Core} from './core.ts';
import {laneOf, pruneLanes} from './live.ts';
import {learnTargets} from './mounts.ts';

/** Jobs of a lane that are read at once. */
const pageSize = 64;

/** Pages of a lane that one turn reads at most, when all jobs so far are held for reasons of their own. */
const mostPages = 32;

export type Gathered = {
	/** Jobs next in line of every lane that is not held: enough of each to fill all workers. */
	readonly jobs: readonly Job[];
	/** Some lane has more in line than one turn reads: another turn is to go on from there. */
	readonly isCut: boolean;
};

export type Gatherer = {
	gather(world: World): Promise<Gathered>;
	/** Jobs have come into the line, or have changed their places in it: what was passed over is looked at again. */
	forget(): void;
	/** Some jobs were passed over because they do not fit now. */
	isShortOfRoom(): boolean;
	/** A lane's line without the part that is passed over, however long it is. */
	rest(lane: LaneId, world: World): AsyncGenerator<Job>;
};

/** The least that a volume must offer before a job that was passed over fits; Infinity where none asked for it. */
type Need = {readonly room: number; readonly mark: number};

/** The beginning of a lane's line in which no job fits. */
type PassedOver = {
	/** The place in the order up to which it goes. */
	readonly upTo: number;
	readonly needs: ReadonlyMap<VolumeId, Need>;
};

/**
 * Finds the jobs that may start. A turn reads a bounded part of each lane; what does not fit on the disk is passed over by
 * the turns that follow, until there is room for the least of it, so that thousands of large jobs do not hide a small one
 * behind them, and nothing is read again for nothing.
 */
export const createGatherer = (core: Core): Gatherer => {
	const passedOver = new Map<LaneId, PassedOver>();
	/** What is being read while the line changes is not to be relied on afterwards. */
	let changes = 0;

	/** Reads on in one lane; tells whether another turn should go on from there. */
	const read = async (lane: LaneId, world: World, into: Job[]): Promise<boolean> => {
		const before = changes;
		const start = passedIn(lane, world);
		const needs = new Map(start?.needs);
		let upTo = start?.upTo;
		let canStart = false;
		/** What comes after the first job that fits, or that cannot be judged now, is not passed over for good. */
		let isBeginning = true;
		// As if the jobs that are found were started: one that takes the room of the next must not end the search.
		const imagined = imagine(world);
		const isFull = (): boolean => (holdOfQueue(imagined) ?? holdOfLane(lane, imagined)) !== undefined;
		const look = (job: Job): void => {
			into.push(job);
			const hold = explain(job, imagined);
			if (hold === undefined) {
				imagined.start(job);
				canStart = true;
				isBeginning = false;
			} else if (isBeginning) {
				upTo = job.order;
				const volume = 'volume' in hold ? hold.volume : world.volumeOf(job);
				needs.set(volume, leastOf(needs.get(volume), needOf(job, hold)));
			}
		};

		const isCut = await eachInLine(core, {lane, now: world.now, after: upTo, mostPages}, job => {
			// It may be on its way to its claim, or its directory on its way out.
			if (core.live.running.has(job.id) || core.live.leaving.has(job.id)) isBeginning = false;
			else look(job);
			return !isFull();
		});
		// Whoever changed it has asked for another turn.
		if (before !== changes) return false;
		const now = upTo === undefined ? undefined : {upTo, needs};
		if (now === undefined) passedOver.delete(lane);
		else passedOver.set(lane, now);
		// Where the next turn would read the same again, it is not asked for.
		return isCut && (canStart || (now !== undefined && doesNotFit(now, world)));
	};

	const passedIn = (lane: LaneId, world: World): PassedOver | undefined => {
		const known = passedOver.get(lane);
		return known !== undefined && doesNotFit(known, world) ? known : undefined;
	};

	return {
		async gather(world) {
			if (holdOfQueue(world) !== undefined) return {jobs: [], isCut: false};
			// With one volume, a closed gate holds everything.
			if ([...world.volumes.values()].every(({gate}) => gate.state !== 'open')) return {jobs: [], isCut: false};
			const jobs: Job[] = [];
			let isCut = false;
			const loads = await core.store.lanes();
			const waiting = loads.map(({lane}) => lane);
			pruneLanes(core.live, waiting, world.now);
			for (const lane of passedOver.keys()) if (!waiting.includes(lane)) passedOver.delete(lane);
			for (const load of loads) {
				const lane = laneOf(core.live, core.settings, load.lane, load.provider);
				const own = {...world, lanes: new Map([[lane.id, lane]])};
				if (holdOfLane(lane.id, own) !== undefined) continue;
				if (await read(lane.id, own, jobs)) isCut = true;
			}

			return {jobs, isCut};
		},
		forget() {
			changes++;
			passedOver.clear();
		},
		isShortOfRoom: () =>
			[...passedOver.values()].some(({needs}) => [...needs.values()].some(({room}) => room < Infinity)),
		rest: (lane, world) => inLine(core, lane, world.now, passedIn(lane, world)?.upTo),
	};
};

const nothing: Need = {room: Infinity, mark: Infinity};

const leastOf = (one: Need = nothing, other: Need): Need => ({
	room: Math.min(one.room, other.room),
	mark: Math.min(one.mark, other.mark),
});

/** What has to change before a held job fits. Whoever ends a hold of another kind says that the line has changed. */
const needOf = (job: Job, hold: Hold): Need => {
	switch (hold.reason) {
		case 'larger-than-mark':
			return {...nothing, mark: hold.needs};
		case 'no-room':
			if (hold.where !== undefined) return {...nothing, room: hold.needs};
			return {...nothing, room: roomOf(job)};
		case 'disk-paused':
		case 'volume-missing':
			return {...nothing, room: roomOf(job)};
		default:
			return nothing;
	}
};

/** The room that a job needs where it is fetched; one of unknown size needs any at all. */
const roomOf = (job: Job): number => {
	const size = knownSize(job);
	return size === undefined ? Number.MIN_VALUE : Math.max(0, size - job.bytes);
};

/** Whether no job that was passed over fits now either. */
const doesNotFit = ({needs}: PassedOver, world: World): boolean =>
	[...needs].every(([id, need]) => {
		const mount = world.mounts?.find(one => one.id === id);
		if (mount !== undefined) return roomOnMount(mount, world.running) < need.room && mount.total < need.mark;
		const volume = world.volumes.get(id);
		if (volume?.level === undefined || !isMeasured(volume) || volume.gate.state !== 'open') return true;
		const room = roomFor(volume.level, volume.marks, reservedOn(id, world.running));
		return room < need.room && largestFit(volume.level, volume.marks) < need.mark;
	});

/** Goes through a lane's line until it is told to stop; whether it stopped because it had gone through enough. */
const eachInLine = async (
	core: Core,
	{lane, now, after, mostPages: pages}: {lane: LaneId; now: Instant; after: number | undefined; mostPages: number},
	visit: (job: Job) => boolean,
): Promise<boolean> => {
	let place = after;
	for (let page = 0; page < pages; page++) {
		const jobs = await core.store.candidates(lane, pageSize, now, place);
		await learnTargets(core, jobs);
		for (const job of jobs) if (!visit(job)) return false;
		if (jobs.length < pageSize) return false;
		place = jobs.at(-1)?.order;
	}

	return true;
};

/** All jobs of a lane behind a place, in order. Gives the others their turn after each piece of work of a turn's size. */
const inLine = async function* (
	core: Core,
	lane: LaneId,
	now: Instant,
	place: number | undefined,
): AsyncGenerator<Job> {
	let after = place;
	for (let page = 1; ; page++) {
		const jobs = await core.store.candidates(lane, pageSize, now, after);
		yield* jobs;
		if (jobs.length < pageSize) return;
		after = jobs.at(-1)?.order;
		if (page % mostPages === 0) await othersTurn();
	}
};

/** Whatever else the process has to do. */
export const othersTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
