import {freeAmong, type Among} from '../domain/batch-limits.ts';
import {isMeasured, largestFit, roomFor} from '../domain/disk-guard.ts';
import type {Hold} from '../domain/hold.ts';
import {knownSize, type BatchId, type Job, type JobId, type LaneId, type VolumeId} from '../domain/job.ts';
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
	/** Among which jobs it was read: `freeAmong` as JSON. */
	readonly among: string;
	readonly needs: ReadonlyMap<VolumeId, Need>;
};

/**
 * Finds the jobs that may start. A turn reads a bounded part of each lane; what does not fit on the disk is passed over by
 * the turns that follow, until there is room for the least of it, so that thousands of large jobs do not hide a small one
 * behind them, and nothing is read again for nothing. Jobs whose batch has its limit running are not read at all.
 */
export const createGatherer = (core: Core): Gatherer => {
	const passedOver = new Map<LaneId, PassedOver>();
	/** What is being read while the line changes is not to be relied on afterwards. */
	let changes = 0;

	/** Reads on in one lane; tells whether another turn should go on from there. */
	const read = async (lane: LaneId, world: World, into: Found): Promise<boolean> => {
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
		const look = (job: Job): Hold | undefined => {
			into.set(job.id, job);
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

			return hold;
		};

		const range = {lane, now: world.now, after: upTo, mostPages, among: () => freeAmong(imagined)};
		const isCut = await eachInLine(core, range, job => {
			// It may be on its way to its claim, or its directory on its way out.
			const isAway = core.live.running.has(job.id) || core.live.leaving.has(job.id);
			if (isAway) isBeginning = false;
			const hold = isAway ? undefined : look(job);
			if (isFull()) return 'stop';
			// A start has filled its batch: what is left of the page may be all of it.
			return hold?.reason === 'batch-busy' || hold?.reason === 'batches-busy' ? 'ask-anew' : 'go-on';
		});
		// Whoever changed it has asked for another turn.
		if (before !== changes) return false;
		const now = upTo === undefined ? undefined : {upTo, needs, among: wordsOf(world)};
		if (now === undefined) passedOver.delete(lane);
		else passedOver.set(lane, now);
		// Where the next turn would read the same again, it is not asked for.
		return isCut && (canStart || (now !== undefined && doesNotFit(now, world)));
	};

	const passedIn = (lane: LaneId, world: World): PassedOver | undefined => {
		const known = passedOver.get(lane);
		return known !== undefined && known.among === wordsOf(world) && doesNotFit(known, world) ? known : undefined;
	};

	return {
		async gather(world) {
			if (holdOfQueue(world) !== undefined) return {jobs: [], isCut: false};
			// With one volume, a closed gate holds everything.
			if ([...world.volumes.values()].every(({gate}) => gate.state !== 'open')) return {jobs: [], isCut: false};
			const jobs: Found = new Map();
			const idle = idleBatches(world);
			const goingOn = new Set<BatchId>();
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
				if (idle.length > 0) await readIdle(core, own, {lane: lane.id, batches: idle, jobs, goingOn});
			}

			for (const batch of idle) if (!goingOn.has(batch)) core.live.begun.delete(batch);
			return {jobs: [...jobs.values()], isCut};
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

/** What was found; of several lanes, or twice in one. */
type Found = Map<JobId, Job>;

const wordsOf = (world: World): string => JSON.stringify(freeAmong(world) ?? null);

/** Batches that were begun and have nothing running now. */
const idleBatches = ({begun = new Set(), running}: World): readonly BatchId[] => {
	const active = new Set(running.map(({batch}) => batch));
	return [...begun].filter(batch => !active.has(batch));
};

/** Begun batches go on before others are begun, wherever in the line they stand; those that cannot lose that. */
const readIdle = async (
	core: Core,
	world: World,
	into: {
		readonly lane: LaneId;
		readonly batches: readonly BatchId[];
		readonly jobs: Found;
		readonly goingOn: Set<BatchId>;
	},
): Promise<void> => {
	for (const batch of into.batches) {
		const found = await core.store.candidates(into.lane, pageSize, world.now, undefined, {only: [batch]});
		await learnTargets(core, found);
		for (const job of found) {
			if (core.live.running.has(job.id) || core.live.leaving.has(job.id)) continue;
			const hold = explain(job, world);
			if (hold !== undefined && hold.reason !== 'batches-busy') continue;
			into.jobs.set(job.id, job);
			into.goingOn.add(batch);
		}
	}
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
	range: {
		readonly lane: LaneId;
		readonly now: Instant;
		readonly after: number | undefined;
		readonly mostPages: number;
		/** Asked before each page. */
		readonly among: () => Among | undefined;
	},
	visit: (job: Job) => 'go-on' | 'ask-anew' | 'stop',
): Promise<boolean> => {
	let place = range.after;
	for (let page = 0; page < range.mostPages; page++) {
		const jobs = await core.store.candidates(range.lane, pageSize, range.now, place, range.among());
		await learnTargets(core, jobs);
		let isWhole = true;
		for (const job of jobs) {
			place = job.order;
			const answer = visit(job);
			if (answer === 'stop') return false;
			isWhole = answer === 'go-on';
			if (!isWhole) break;
		}

		if (isWhole && jobs.length < pageSize) return false;
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
