import {constants} from 'node:fs';
import type {FileHandle} from 'node:fs/promises';
import {basename, dirname, resolve, sep} from 'node:path';
import type {Failure, FailureCode} from '../domain/failure.ts';
import type {Job} from '../domain/job.ts';
import {cleanText} from '../domain/text.ts';
import type {RunOutcome, Verdict} from '../engine/ports.ts';
import {errorCode, fsyncDirectory, lstatIfThere, type FileOperations} from '../system/files.ts';
import {digestsOf, parseChecksum, type Checksum} from './checksum.ts';
import {failureOfFile} from './file-failure.ts';
import {isMediaName, sniffedBytes, wrongKind} from './content-kind.ts';
import {probeMedia, type ProbeMode} from './playable.ts';
import {emptyDirectory} from './private-directory.ts';
import {isWebPageWrong, looksLikeWebPage} from './web-page.ts';
import {missingEnd} from './wholeness.ts';

type Fetched = Extract<RunOutcome, {type: 'fetched'}>;

/** What is wrong, and whether the bytes are worth nothing, so that the next attempt must not build on them. */
type Problem = {readonly failure: Failure; readonly isWorthless: boolean};

/**
 * Whether the artefact is what was asked for: a regular file inside the job's directory, finished, no error page nor any
 * other thing than its name says, of the right size and sum, as long as its own headers and the provider say. A good one is durable, with its name, when this resolves: what is noted in the queue about it is true
 * after a power cut as well.
 *
 * **Empties the job's directory** where the bytes are wrong (`wrong-size`, `wrong-checksum`, `not-media`, an empty file):
 * a tool that finds its own file or resume record would take it for done and bring the same bytes again.
 */
export const verifyArtefact = async (
	directory: string,
	job: Job,
	outcome: Fetched,
	signal: AbortSignal,
	files: FileOperations,
	probe: ProbeMode = 'off',
): Promise<Verdict> =>
	guarded(signal, outcome, async () => {
		const found = await check(directory, job, outcome, signal, files, probe);
		if (!('isWorthless' in found)) return found;
		if (found.isWorthless) await emptyDirectory(directory, files);
		return {ok: false, failure: found.failure};
	});

/** The same for a file that was made of a verified one: nothing is emptied, and no size or sum of the fetched one counts. */
export const verifyMade = async (
	directory: string,
	job: Job,
	made: Pick<Fetched, 'path' | 'name' | 'duration'>,
	signal: AbortSignal,
	files: FileOperations,
	probe: ProbeMode = 'off',
): Promise<Verdict> => {
	const {path, name, duration} = made;
	const outcome: Fetched = {type: 'fetched', path, name, ...(duration === undefined ? {} : {duration})};
	return guarded(signal, outcome, async () => {
		const plain: Job = {...job, expectedSize: undefined, checksum: undefined};
		const found = await check(directory, plain, outcome, signal, files, probe);
		return 'isWorthless' in found ? {ok: false, failure: found.failure} : found;
	});
};

const guarded = async (
	signal: AbortSignal,
	outcome: Pick<Fetched, 'path'>,
	judge: () => Promise<Verdict>,
): Promise<Verdict> => {
	try {
		return await judge();
	} catch (error) {
		if (signal.aborted)
			return {ok: false, failure: {code: 'internal', message: 'the check of the file was interrupted'}};
		return {ok: false, failure: failureOfFile(error, `checking ${outcome.path}`)};
	}
};

const check = async (
	directory: string,
	job: Job,
	outcome: Fetched,
	signal: AbortSignal,
	files: FileOperations,
	probe: ProbeMode,
): Promise<Problem | Extract<Verdict, {ok: true}>> => {
	const path = resolve(directory, outcome.path);
	const problem = (await placeProblem(directory, path, files)) ?? (await leftoverProblem(path, files));
	if (problem !== undefined) return {...problem, isWorthless: false};
	// A pipe under that name would otherwise wait for a writer for ever.
	const handle = await files.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	try {
		const examined = await examine(handle, job, outcome, signal);
		const verdict =
			('isWorthless' in examined ? undefined : await playProblem(path, job, outcome, signal, probe)) ?? examined;
		if ('isWorthless' in verdict) return verdict;
		await handle.sync();
		await fsyncDirectory(dirname(path), files);
		return verdict;
	} finally {
		await handle.close();
	}
};

const bad = (code: FailureCode, message: string, isWorthless: boolean): Problem => ({
	failure: {code, message: cleanText(message)},
	isWorthless,
});

/** The file must be there, be a file, and lie in the job's own directory by its real path. */
const placeProblem = async (directory: string, path: string, files: FileOperations): Promise<Problem | undefined> => {
	const found = await lstatIfThere(path, files).catch((error: unknown) => {
		if (errorCode(error) === 'ENOTDIR') return undefined;
		throw error;
	});
	const name = basename(path);
	if (found === undefined) return bad('no-artefact', `the tool reported success, but ${name} is not there`, false);
	if (!found.isFile()) return bad('no-artefact', `${name} is no regular file`, false);
	const [home, real] = await Promise.all([files.realpath(directory), files.realpath(path)]);
	return real.startsWith(home + sep) ? undefined : bad('no-artefact', `${name} lies outside the job's folder`, false);
};

// Of yt-dlp (`.part`, `.ytdl`, `.part-FragN`, `.temp`) and of aria2 (the control file `.aria2`).
const unfinished = /^\.(?:part|ytdl|aria2|temp|part-frag.*)$/i;

/** A tool that stopped half-way leaves its own mark beside the file. It stays: the tool goes on from it. */
const leftoverProblem = async (path: string, files: FileOperations): Promise<Problem | undefined> => {
	const name = basename(path);
	const beside = await files.readdir(dirname(path));
	const leftover = beside.find(other => other.startsWith(name) && unfinished.test(other.slice(name.length)));
	return leftover === undefined
		? undefined
		: bad('no-artefact', `the tool reported success, but left ${leftover} unfinished`, false);
};

const examine = async (
	handle: FileHandle,
	job: Job,
	outcome: Fetched,
	signal: AbortSignal,
): Promise<Problem | Extract<Verdict, {ok: true}>> => {
	const found = await handle.stat({bigint: true});
	if (!found.isFile()) return bad('no-artefact', `${outcome.name} is no regular file`, false);
	const size = Number(found.size);
	if (size === 0 && job.expectedSize !== 0) return bad('no-artefact', 'the file that came is empty', true);
	const kind = await kindProblem(handle, job, outcome, size);
	// What a person knows the sum of is what was asked for, whatever it looks like.
	if (kind !== undefined && job.checksum === undefined) return kind;
	const problem = sizeProblem(size, job, outcome) ?? (await checksumProblem(handle, job, outcome, signal));
	if (problem !== undefined) return problem.isWorthless ? (kind ?? problem) : problem;
	return (await endProblem(handle, job, outcome, size)) ?? {ok: true, size, identity: `${found.dev}:${found.ino}`};
};

/** Whether a web page, an error message or another kind of file came. */
const kindProblem = async (
	handle: FileHandle,
	job: Job,
	outcome: Fetched,
	size: number,
): Promise<Problem | undefined> => {
	const {buffer, bytesRead} = await handle.read(Buffer.alloc(sniffedBytes), 0, sniffedBytes, 0);
	const start = buffer.subarray(0, bytesRead);
	if (isWebPageWrong(outcome.name, job.source, outcome.isWebPageExpected) && looksLikeWebPage(start)) {
		return bad('not-media', 'a web page came instead of the file', true);
	}

	const words = wrongKind(outcome.name, start, size);
	return words === undefined ? undefined : bad('not-media', words, true);
};

/** A file may be broken where it comes from: who says how large it is, or what its sum is, wants it as it is. */
const endProblem = async (
	handle: FileHandle,
	job: Job,
	outcome: Fetched,
	size: number,
): Promise<Problem | undefined> => {
	if (job.checksum !== undefined || job.expectedSize !== undefined) return undefined;
	const words = await missingEnd(handle, outcome.name, size);
	return words === undefined ? undefined : bad('wrong-size', `the file is not whole: ${words}`, true);
};

/** What ffprobe finds, for media that a provider has announced, or for all where a person wants that. */
const playProblem = async (
	path: string,
	job: Job,
	{name, duration}: Fetched,
	signal: AbortSignal,
	mode: ProbeMode,
): Promise<Problem | undefined> => {
	const isWanted = mode !== 'off' && (duration !== undefined || (mode === 'on' && isMediaName(name)));
	if (!isWanted || job.checksum !== undefined) return undefined;
	const problem = await probeMedia({path, duration, signal, token: job.attempt ?? `check-${job.id}`});
	signal.throwIfAborted();
	return problem === undefined ? undefined : bad(problem.code, problem.message, true);
};

const sizeProblem = (size: number, job: Job, outcome: Fetched): Problem | undefined => {
	for (const expected of [job.expectedSize, outcome.size]) {
		if (expected !== undefined && expected !== size) {
			return bad('wrong-size', `${size} bytes came, ${expected} were expected`, true);
		}
	}

	return undefined;
};

const checksumProblem = async (
	handle: FileHandle,
	job: Job,
	outcome: Fetched,
	signal: AbortSignal,
): Promise<Problem | undefined> => {
	const wanted: Checksum[] = [];
	for (const text of [job.checksum, outcome.checksum]) {
		const checksum = text === undefined ? undefined : parseChecksum(text);
		if (checksum !== undefined) wanted.push(checksum);
		// A server's own may be of a kind that nobody knows; a person's must be heeded or refused.
		else if (text !== undefined && text === job.checksum) {
			return bad('bad-arguments', `the checksum ${text} is none; it looks like sha256:HEX`, false);
		}
	}

	if (wanted.length === 0) return undefined;
	const digests = await digestsOf(
		handle,
		wanted.map(({algorithm}) => algorithm),
		signal,
	);
	for (const [index, {algorithm, digest}] of wanted.entries()) {
		if (digests[index] !== digest) {
			return bad('wrong-checksum', `its ${algorithm} is ${digests[index]}, not ${digest}`, true);
		}
	}

	return undefined;
};
