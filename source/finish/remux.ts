import {join} from 'node:path';
import type {Failure, FailureCode} from '../domain/failure.ts';
import {splitName} from '../domain/organise.ts';
import {cleanText, shorten} from '../domain/text.ts';
import type {Duration} from '../domain/time.ts';
import {removeFile} from '../system/attempt-files.ts';
import {lstatIfThere} from '../system/files.ts';
import {runTool, type ToolExit} from '../system/run-tool.ts';
import {readStart} from '../system/scratch.ts';
import {createWatchdog} from '../system/watchdog.ts';
import {isMediaName} from './content-kind.ts';
import {describeMedia, type Media} from './media.ts';
import type {RefineOrder, RefineOutcome, RefineStep} from './refine.ts';
import {planRemux, type RemuxPlan} from './remux-arguments.ts';

export type RemuxOptions = {
	/** Default: `ffmpeg` and `ffprobe`, looked up in PATH. */
	readonly ffmpeg?: string;
	readonly ffprobe?: string;
	/** How long the new file may stay as it is. Default: 300 s. */
	readonly stallTimeout?: Duration;
};

type Tools = Required<RemuxOptions>;

/**
 * Puts films into Matroska with ffmpeg, no stream changed. What is no film (music, archives) stays as it is, and so does a
 * film that Matroska cannot hold, which is told in the job's log. A file whose size or sum a person has named is wanted as
 * it is.
 */
export const createRemuxStep = (options: RemuxOptions = {}): RefineStep => {
	const tools: Tools = {ffmpeg: 'ffmpeg', ffprobe: 'ffprobe', stallTimeout: 300_000, ...options};
	return {
		phase: 'remuxing',
		concerns: (job, name) =>
			job.checksum === undefined && job.expectedSize === undefined && (isMediaName(name) || /\.ts$/i.test(name)),
		run: order => remux(order, tools),
	};
};

const failed = (code: FailureCode, message: string): RefineOutcome => ({
	type: 'failed',
	failure: {code, message: cleanText(message)},
});

const newName = (name: string): string => `${splitName(name).name}.mkv`;

const remux = async (order: RefineOrder, tools: Tools): Promise<RefineOutcome> => {
	const {file, help} = order;
	const is = containerOf((await readStart(file.path, 512)) ?? new Uint8Array());
	if (is === 'matroska') {
		return /\.mkv$/i.test(file.name) ? {type: 'unchanged'} : {type: 'renamed', name: newName(file.name)};
	}

	// The name of a program in TypeScript as well.
	if (/\.ts$/i.test(file.name) && is !== 'mpegts') return {type: 'unchanged'};
	const answer = await describe(order, file.path, tools);
	if ('outcome' in answer) return answer.outcome;
	const {media} = answer;
	if (!media.streams.some(({kind, isPicture}) => kind === 'video' && !isPicture)) return {type: 'unchanged'};
	for (let needs = needFor(file.size); ;) {
		const promise = await help.reserve(needs);
		if (promise === 'later') return {type: 'no-room', needs};
		if (promise === 'never') {
			help.log(`it stays in its container: the disk has no room for ${file.size} bytes twice`);
			return {type: 'unchanged'};
		}

		const made = await convert(order, tools, media, needs);
		if (!('needs' in made)) return made;
		// It was longer than anybody could know, and was stopped where nothing more was promised to it.
		await removeFile(outputIn(order.directory));
		help.wrote(0);
		({needs} = made);
	}
};

const outputIn = (directory: string): string => join(directory, 'film.mkv');

/** Tables may be longer in Matroska than they were; small files show it most. */
const needFor = (size: number): number => Math.ceil(size * 1.02) + 65_536;

/** The container by its first bytes, where that matters here. */
export const containerOf = (start: Uint8Array): 'matroska' | 'mpegts' | undefined => {
	const text = Buffer.from(start).toString('latin1');
	if (text.startsWith('\u001AE\u00DF\u00A3')) return text.slice(0, 64).includes('matroska') ? 'matroska' : undefined;
	// A sync byte every 188 bytes.
	return text[0] === 'G' && text[188] === 'G' && text[376] === 'G' ? 'mpegts' : undefined;
};

// What FFmpeg 4 to 8 say about files that are none or that end early. Everything else may be a lack of theirs.
const damage = /invalid data found|moov atom not found|end of file|header (?:missing|damaged)/i;

const describe = async (
	{job, help}: RefineOrder,
	path: string,
	{ffprobe: command}: Tools,
): Promise<{readonly media: Media} | {readonly outcome: RefineOutcome}> => {
	const token = job.attempt ?? `remux-${job.id}`;
	const answer = await describeMedia({path, token, signal: help.signal, command});
	if (help.signal.aborted) return {outcome: {type: 'stopped'}};
	switch (answer.type) {
		case 'described':
			return answer;
		case 'missing':
			return {outcome: missing(answer.message)};
		case 'unreadable': {
			const code = damage.test(answer.message) ? 'not-media' : 'tool-failed';
			return {outcome: failed(code, `ffprobe cannot read the file: ${answer.message}`)};
		}

		case 'unknown':
			return {outcome: failed('tool-failed', 'ffprobe does not say what the file holds')};
	}
};

const missing = (message: string): RefineOutcome =>
	failed('tool-missing', `${message}; [finish] container = "mkv" needs ffmpeg and ffprobe`);

/** The new file, or the bytes that it needs and that were not promised. */
const convert = async (
	order: RefineOrder,
	tools: Tools,
	media: Media,
	promised: number,
): Promise<Exclude<RefineOutcome, {type: 'no-room'}> | {readonly needs: number}> => {
	const {file, directory, help} = order;
	const output = outputIn(directory);
	const plan = planRemux(file.path, output, media);
	const {exit, needs, isStalled} = await supervised(order, tools, plan.args, output, promised);
	if (help.signal.aborted) return {type: 'stopped'};
	if (needs !== undefined) return {needs};
	if (isStalled) return failed('stalled', 'ffmpeg has written nothing for too long');
	if (exit.type === 'not-started') return missing(exit.message);
	if (exit.exitCode !== 0 || exit.lastStderrLines.some(line => full.test(line))) return ofWords(exit, order);
	const made = await describe(order, output, tools);
	if ('outcome' in made) return made.outcome.type === 'failed' ? spoilt(made.outcome.failure) : made.outcome;
	const problem = lossIn(plan, media, made.media);
	if (problem !== undefined) return failed('tool-failed', problem);
	for (const note of plan.notes) help.log(`remuxing: ${note}`);
	return {type: 'changed', path: output, name: newName(file.name)};
};

/** The file that came could be read: what cannot be read now is ffmpeg's doing. */
const spoilt = (failure: Failure): RefineOutcome =>
	failure.code === 'not-media'
		? failed('tool-failed', `the remuxed file is broken: ${failure.message}`)
		: {type: 'failed', failure};

const full = /no space left on device|disk quota exceeded/i;

// Of the muxer and its header (FFmpeg 4 to 8).
const refused =
	/not currently supported in container|codec not supported|could not write header|only audio, video,? and subtitles are supported|no codec tag|incorrect codec parameters/i;

/** What ffmpeg's last words mean. */
const ofWords = (exit: Extract<ToolExit, {type: 'ended'}>, {help}: RefineOrder): RefineOutcome => {
	const lines = exit.lastStderrLines;
	const says = (pattern: RegExp): string | undefined => lines.find(line => pattern.test(line));
	const words = shorten(cleanText(says(full) ?? says(refused) ?? lines.at(-1) ?? ''), 200);
	if (says(full) !== undefined) return failed('disk-full', `no space is left for the remuxed file (${words})`);
	if (says(refused) !== undefined) {
		help.log(`it stays in its container: Matroska does not take it (${words})`);
		return {type: 'unchanged'};
	}

	const end = exit.exitCode === undefined ? `was ended by ${exit.signal ?? 'a signal'}` : `ended with ${exit.exitCode}`;
	return failed('tool-failed', `ffmpeg ${end}${words === '' ? '' : `: ${words}`}`);
};

/** What is missing in the new file, in words. */
const lossIn = (plan: RemuxPlan, before: Media, after: Media): string | undefined => {
	if (after.streams.length < plan.kept) {
		return `the remuxed file has ${after.streams.length} streams, ${plan.kept} were put into it`;
	}

	const [was, is] = [before.duration, after.duration];
	// Containers count the last frame in their own ways.
	return was !== undefined && is !== undefined && is < was - Math.max(3, was * 0.02)
		? `the remuxed file plays ${Math.round(is)} of ${Math.round(was)} seconds`
		: undefined;
};

const lookInterval: Duration = 500;

/** Runs ffmpeg and watches what it writes: it is told, and never more than was promised. */
const supervised = async (
	{job, directory, help}: RefineOrder,
	{ffmpeg, stallTimeout}: Tools,
	args: readonly string[],
	output: string,
	reserved: number,
): Promise<{readonly exit: ToolExit; readonly needs: number | undefined; readonly isStalled: boolean}> => {
	const watchdog = createWatchdog(stallTimeout);
	const noRoom = new AbortController();
	let promised = reserved;
	let needs: number | undefined;
	let written = 0;
	let isOver = false;
	const look = async (): Promise<void> => {
		const size = Number((await lstatIfThere(output).catch(() => undefined))?.size ?? 0);
		if (size > written) watchdog.feed();
		written = size;
		help.wrote(size);
		if (size > promised) {
			promised = Math.ceil(size * 1.25);
			// It goes on writing meanwhile: there is no time to wait.
			if ((await help.reserve(promised, true)) === 'fits') return;
			needs = promised;
			noRoom.abort();
		}
	};
	const watch = async (): Promise<void> => {
		await look();
		if (!isOver) timer = setTimeout(() => void watch(), lookInterval);
	};
	let timer: NodeJS.Timeout | undefined = setTimeout(() => void watch(), lookInterval);
	try {
		const exit = await runTool({
			command: ffmpeg,
			args,
			cwd: directory,
			token: job.attempt ?? `remux-${job.id}`,
			signal: AbortSignal.any([help.signal, watchdog.signal, noRoom.signal]),
			onStderrLine: line => help.log(`ffmpeg: ${shorten(cleanText(line), 500)}`),
		});
		isOver = true;
		await look();
		return {exit, needs, isStalled: watchdog.signal.aborted};
	} finally {
		isOver = true;
		clearTimeout(timer);
		watchdog.stop();
	}
};
