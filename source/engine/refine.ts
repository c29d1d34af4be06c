import {largestFit, roomFor} from '../domain/disk-guard.ts';
import type {Failure} from '../domain/failure.ts';
import {reservedOn} from '../domain/plan.ts';
import {cleanText, shorten} from '../domain/text.ts';
import type {Duration} from '../domain/time.ts';
import {conclude, progressOfAttempt} from './conclude.ts';
import type {Core} from './core.ts';
import {worldOf, type RunningJob} from './live.ts';
import type {Clock, Refined, RefineHelp, RunOutcome} from './ports.ts';

type Fetched = Extract<RunOutcome, {type: 'fetched'}>;
type Verified = {readonly size: number; readonly identity: string};

/** What is to be placed, or why it is not: a failure to judge, or an end that is in the store already. */
type Result =
	| Extract<Refined, {type: 'refined'}>
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'concluded'};

/**
 * Lets a verified file become what is to be placed, such as another container. What it writes beside the file is promised to
 * it first, so that the disk's marks hold. Where it does not fit now, the attempt waits with its slot, and nothing new begins
 * meanwhile: jobs that waited in the queue, each with a file that nobody can read yet, could fill the disk for good.
 */
export const refine = async (
	core: Core,
	attempt: RunningJob,
	outcome: Fetched,
	verified: Verified,
): Promise<Result> => {
	const {finisher} = core;
	if (finisher.refine === undefined) return {type: 'refined', outcome, ...verified};
	const refined = await finisher.refine(attempt.job, outcome, verified, helpOf(core, attempt));
	attempt.beside = {...attempt.beside, promised: 0, wanted: 0};
	core.wake();
	switch (refined.type) {
		case 'refined':
			return refined;
		case 'failed':
			await countAgain(core, attempt);
			return refined;
		case 'stopped':
		case 'no-room': {
			const isShort = refined.type === 'no-room' && !attempt.abort.signal.aborted;
			const more = isShort ? {total: verified.size + refined.needs} : {};
			await conclude(core, attempt, {event: 'yield', at: core.clock.now(), ...progressOfAttempt(attempt), ...more});
			return {type: 'concluded'};
		}
	}
};

/** A step may have thrown away what came. */
const countAgain = async ({disk, finisher}: Core, attempt: RunningJob): Promise<void> => {
	const bytes = await finisher.sizeOf(attempt.job.id);
	disk.wrote(bytes - attempt.bytes);
	attempt.bytes = bytes;
};

/** From now on the new file is the job's, and the fetched one is what lies beside it. */
export const keepBeside = (attempt: RunningJob, size: number): void => {
	if (attempt.beside.written === 0) return;
	attempt.beside = {promised: 0, written: attempt.bytes + attempt.beside.written - size, wanted: 0};
	attempt.bytes = size;
	attempt.total = size;
};

/** The job's directory is gone, and with it what lay beside its file. */
export const forgetBeside = (core: Core, attempt: RunningJob): void => {
	core.disk.wrote(-attempt.beside.written);
	attempt.beside = {promised: 0, written: 0, wanted: 0};
};

const helpOf = (core: Core, attempt: RunningJob): RefineHelp => ({
	signal: attempt.abort.signal,
	phase(word) {
		attempt.phase = shorten(cleanText(word), 40);
		core.touch('progress');
	},
	log(line) {
		core.log.write(attempt.job.id, line);
	},
	wrote(bytes) {
		core.disk.wrote(bytes - attempt.beside.written);
		attempt.beside = {...attempt.beside, written: bytes};
	},
	reserve: (bytes, isUrgent = false) => reserve(core, attempt, bytes, isUrgent),
});

/** How often room is looked for, and how often whether there can ever be any. */
const lookInterval: Duration = 1000;
const looksToDespair = 5;

const reserve = async (
	core: Core,
	attempt: RunningJob,
	promised: number,
	isUrgent: boolean,
): Promise<'fits' | 'later' | 'never'> => {
	const {phase} = attempt;
	try {
		for (let look = 0; ; look++) {
			if (attempt.abort.signal.aborted) return 'later';
			const answer = await promise(core, attempt, promised);
			if (answer === 'fits' || answer === 'gone') return answer === 'fits' ? 'fits' : 'later';
			if (isUrgent) return 'later';
			if (look % looksToDespair === 0 && !(await mayEverFit(core, attempt, promised))) return 'never';
			attempt.beside = {...attempt.beside, wanted: promised - attempt.beside.written};
			attempt.phase = 'waiting for room';
			core.touch('progress');
			await pause(core.clock, lookInterval, attempt.abort.signal);
		}
	} finally {
		attempt.phase = phase;
		attempt.beside = {...attempt.beside, wanted: 0};
	}
};

/** Promises the bytes where they fit now; `gone`: the volume is not there. */
const promise = async (core: Core, attempt: RunningJob, promised: number): Promise<'fits' | 'no-room' | 'gone'> => {
	const {disk, live, clock} = core;
	const level = await disk.sample();
	const volume = live.volumes.get(disk.volume);
	if (volume === undefined) return 'gone';
	// The plan has to see it as well: by an older level, others would begin in the room that is not there any more.
	if (level === undefined) {
		live.volumes.set(volume.id, {...volume, gate: {state: 'missing', since: clock.now()}});
		return 'gone';
	}

	live.volumes.set(volume.id, {...volume, level});
	const {written, wanted} = attempt.beside;
	// What is promised already is asked for anew.
	attempt.beside = {promised: 0, written, wanted};
	const {running} = worldOf(core, clock.now());
	if (promised - written > roomFor(level, volume.marks, reservedOn(disk.volume, running))) return 'no-room';
	attempt.beside = {promised, written, wanted: 0};
	return 'fits';
};

/** Whether there would be room if all placed files were read and deleted. */
const mayEverFit = async (core: Core, {beside}: RunningJob, promised: number): Promise<boolean> => {
	const volume = core.live.volumes.get(core.disk.volume);
	if (volume?.level === undefined) return true;
	return promised - beside.written <= largestFit(volume.level, volume.marks) - (await heldBytes(core));
};

const pause = (clock: Clock, duration: Duration, signal: AbortSignal): Promise<void> =>
	new Promise(resolve => {
		const end = (): void => {
			cancel();
			signal.removeEventListener('abort', end);
			resolve();
		};
		const cancel = clock.at(clock.now() + duration, end);
		signal.addEventListener('abort', end, {once: true});
	});

/** What no reader of files can free: all that lies in the directories of jobs. */
const heldBytes = async ({finisher}: Core): Promise<number> => {
	let bytes = 0;
	for (const id of await finisher.directories()) bytes += await finisher.sizeOf(id);
	return bytes;
};
