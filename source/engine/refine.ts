import {largestFit, roomFor} from '../domain/disk-guard.ts';
import type {Failure} from '../domain/failure.ts';
import {reservedOn} from '../domain/plan.ts';
import {cleanText, shorten} from '../domain/text.ts';
import {conclude, progressOfAttempt} from './conclude.ts';
import type {Core} from './core.ts';
import {worldOf, type RunningJob} from './live.ts';
import type {Refined, RefineHelp, RunOutcome} from './ports.ts';

type Fetched = Extract<RunOutcome, {type: 'fetched'}>;
type Verified = {readonly size: number; readonly identity: string};

/** What is to be placed, or why it is not: a failure to judge, or an end that is in the store already. */
type Result =
	| Extract<Refined, {type: 'refined'}>
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'concluded'};

/**
 * Lets a verified file become what is to be placed, such as another container. What it writes beside the file is promised to
 * it first, so that the disk's marks hold; where it does not fit now, the job waits in the queue until it does, with its bytes.
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
	attempt.beside = {...attempt.beside, promised: 0};
	core.wake();
	switch (refined.type) {
		case 'refined':
			return refined;
		case 'failed':
			await countAgain(core, attempt);
			return refined;
		case 'stopped':
		case 'no-room': {
			const more = refined.type === 'no-room' ? {total: verified.size + refined.needs} : {};
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
	attempt.beside = {promised: 0, written: attempt.bytes + attempt.beside.written - size};
	attempt.bytes = size;
	attempt.total = size;
};

/** The job's directory is gone, and with it what lay beside its file. */
export const forgetBeside = (core: Core, attempt: RunningJob): void => {
	core.disk.wrote(-attempt.beside.written);
	attempt.beside = {promised: 0, written: 0};
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
	reserve: bytes => reserve(core, attempt, bytes),
});

const reserve = async (core: Core, attempt: RunningJob, promised: number): Promise<'fits' | 'later' | 'never'> => {
	const {disk, live, clock} = core;
	const level = await disk.sample();
	const volume = live.volumes.get(disk.volume);
	if (volume === undefined) return 'later';
	// The plan has to see it as well: by an older level, a job that waits for room would begin again at once.
	if (level === undefined) {
		live.volumes.set(volume.id, {...volume, gate: {state: 'missing', since: clock.now()}});
		return 'later';
	}

	live.volumes.set(volume.id, {...volume, level});
	const {written} = attempt.beside;
	// What is promised already is asked for anew.
	attempt.beside = {promised: 0, written};
	const {running} = worldOf(core, clock.now());
	const needs = promised - written;
	if (needs <= roomFor(level, volume.marks, reservedOn(disk.volume, running))) {
		attempt.beside = {promised, written};
		return 'fits';
	}

	return needs <= largestFit(level, volume.marks) - (await heldBytes(core)) ? 'later' : 'never';
};

/** What no reader of files can free: all that lies in the directories of jobs. */
const heldBytes = async ({finisher}: Core): Promise<number> => {
	let bytes = 0;
	for (const id of await finisher.directories()) bytes += await finisher.sizeOf(id);
	return bytes;
};
