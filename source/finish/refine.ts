import {join, relative} from 'node:path';
import type {Failure} from '../domain/failure.ts';
import type {Job} from '../domain/job.ts';
import type {Refined, RefineHelp, RunOutcome} from '../engine/ports.ts';
import {lstatIfThere, type FileOperations} from '../system/files.ts';
import {noteFetched, refinedFolder} from './fetched.ts';
import {failureOfFile} from './file-failure.ts';
import type {ProbeMode} from './playable.ts';
import {emptyDirectory} from './private-directory.ts';
import {verifyMade} from './verify.ts';

type Fetched = Extract<RunOutcome, {type: 'fetched'}>;

/** What a step is given. */
export type RefineOrder = {
	readonly job: Job;
	/** The file that it works on, and never writes to; `path` is absolute, `size` in bytes. */
	readonly file: {readonly path: string; readonly name: string; readonly size: number};
	/** Absolute, empty, and the step's own: what it makes is written here. */
	readonly directory: string;
	/** `reserve` and `wrote` count the bytes in `directory`. */
	readonly help: RefineHelp;
};

export type RefineOutcome =
	| {readonly type: 'unchanged'}
	/** `path`: the new file, absolute, inside the step's directory. It is verified before it is believed. */
	| {readonly type: 'changed'; readonly path: string; readonly name: string}
	/** The same file, under another name. */
	| {readonly type: 'renamed'; readonly name: string}
	/** `not-media` says that the fetched file itself is worth nothing: it is thrown away, and fetched anew. */
	| {readonly type: 'failed'; readonly failure: Failure}
	/** `reserve` has said `later` to so many bytes. */
	| {readonly type: 'no-room'; readonly needs: number}
	| {readonly type: 'stopped'};

/** One thing that is done to a file between its check and its place. */
export type RefineStep = {
	/** A word for what it does, such as `remuxing`: shown on the screen, and the name of its folder. */
	readonly phase: string;
	/** Pure: whether it has anything to do with such a file at all. */
	readonly concerns: (job: Job, name: string) => boolean;
	/** Leaves no process behind; never throws for what can happen. Errors of the filesystem may be thrown. */
	readonly run: (order: RefineOrder) => Promise<RefineOutcome>;
};

type Order = {
	readonly directory: string;
	readonly job: Job;
	readonly outcome: Fetched;
	readonly verified: {readonly size: number; readonly identity: string};
	readonly help: RefineHelp;
};

type Tools = {readonly steps: readonly RefineStep[]; readonly files: FileOperations; readonly probe?: ProbeMode};

type Current = {readonly outcome: Fetched; readonly size: number; readonly identity: string};

/** Lets the steps work on a verified file, one after the other, each on what the one before has made. */
export const refineArtefact = async (order: Order, tools: Tools): Promise<Refined> => {
	const {directory, job, outcome, verified, help} = order;
	const steps = tools.steps.filter(step => step.concerns(job, outcome.name));
	let current: Current = {outcome, ...verified};
	if (steps.length === 0) return {type: 'refined', ...current};
	const folder = join(directory, refinedFolder);
	const {files} = tools;
	try {
		await files.rm(folder, {recursive: true, force: true, maxRetries: 3});
		await noteFetched(directory, outcome, files);
		for (const step of steps) {
			if (help.signal.aborted) return await giveUp({type: 'stopped'}, folder, order, files);
			const made = await carryOut(step, current, join(folder, step.phase), order, tools);
			if ('type' in made) return await giveUp(made, folder, order, files);
			current = made;
		}

		return {type: 'refined', ...current};
	} catch (error) {
		if (help.signal.aborted) return giveUp({type: 'stopped'}, folder, order, files);
		const failure = failureOfFile(error, `working on ${outcome.path}`);
		return giveUp({type: 'failed', failure}, folder, order, files);
	}
};

/** What a step has made, verified, or what it had to work on. */
const carryOut = async (
	step: RefineStep,
	current: Current,
	folder: string,
	{directory, job, outcome, help}: Order,
	{files, probe}: Tools,
): Promise<Current | Exclude<Refined, {type: 'refined'}>> => {
	// What the step before has made lies there as long as this one works on it.
	const before = current.outcome.path === outcome.path ? 0 : current.size;
	await files.mkdir(folder, {recursive: true, mode: 0o700});
	help.phase(step.phase);
	const made = await step.run({
		job,
		file: {path: join(directory, current.outcome.path), name: current.outcome.name, size: current.size},
		directory: folder,
		help: {
			...help,
			reserve: (bytes, isUrgent) => help.reserve(before + bytes, isUrgent),
			wrote: bytes => help.wrote(before + bytes),
		},
	});
	if (made.type === 'unchanged' || made.type === 'renamed') {
		await files.rm(folder, {recursive: true, force: true, maxRetries: 3});
		help.wrote(before);
		return made.type === 'unchanged' ? current : {...current, outcome: {...current.outcome, name: made.name}};
	}

	if (made.type === 'no-room') return {type: 'no-room', needs: before + made.needs};
	if (made.type === 'failed' && made.failure.code === 'not-media') await emptyDirectory(directory, files);
	if (made.type !== 'changed') return made;
	const path = relative(directory, made.path);
	const verdict = await verifyMade(directory, job, {...outcome, path, name: made.name}, help.signal, files, probe);
	if (!verdict.ok) return wrongly(step, verdict.failure, help);
	if (before > 0) await files.rm(join(directory, current.outcome.path), {force: true});
	help.wrote(verdict.size);
	return {outcome: {...outcome, path, name: made.name}, size: verdict.size, identity: verdict.identity};
};

/** The file that came was right: what a step has spoilt is its own failure. */
const wrongly = (
	{phase}: RefineStep,
	failure: Failure,
	{signal}: RefineHelp,
): Extract<Refined, {type: 'failed' | 'stopped'}> => {
	if (signal.aborted) return {type: 'stopped'};
	const isOfFile = failure.code === 'not-media' || failure.code === 'wrong-size' || failure.code === 'no-artefact';
	return isOfFile
		? {type: 'failed', failure: {code: 'tool-failed', message: `${phase}: ${failure.message}`}}
		: {type: 'failed', failure};
};

/** Takes away what was made, so that it takes no room while the job waits. */
const giveUp = async <End extends Refined>(
	end: End,
	folder: string,
	{help}: Order,
	files: FileOperations,
): Promise<End> => {
	// What cannot be removed now goes when the next attempt begins.
	await files.rm(folder, {recursive: true, force: true, maxRetries: 3}).catch(() => undefined);
	if ((await lstatIfThere(folder, files).catch(() => undefined)) === undefined) help.wrote(0);
	return end;
};
