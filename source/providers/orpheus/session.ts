import type {Track} from '../../domain/track.ts';
import type {Duration} from '../../domain/time.ts';
import type {RunContext} from '../../engine/ports.ts';
import {listFiles} from '../../system/attempt-files.ts';
import type {Watchdog} from '../../system/watchdog.ts';
import type {Said} from './failures.ts';
import {otherTrack} from './match.ts';
import {readOrpheusLine, type How, type OrpheusLine, type What} from './parse.ts';

/** What one run of OrpheusDL has said and written so far. */
export type Session = {
	readonly start: (watchdog: Watchdog) => void;
	readonly hear: (line: string) => void;
	readonly hearError: (line: string) => void;
	/** Nothing is reported afterwards. */
	readonly stop: () => void;
	/** Aborted when what it is about to fetch is not what was asked for. */
	readonly refusal: AbortSignal;
	readonly heard: () => Heard;
};

export type Heard = Said & {
	/** The track is there, as far as the tool's word goes. */
	readonly isDownloaded: boolean;
	/** How much had come of what came last or of what came least, 0 to 1, where bars have told it. */
	readonly share: number | undefined;
	/** Seconds that the track plays, as the service says. */
	readonly duration: number | undefined;
	/** Why the run was ended. */
	readonly refused:
		{readonly why: 'many'; readonly what: What} | {readonly why: 'other'; readonly words: string} | undefined;
};

export type Listening = {
	/** Where the file comes to lie. */
	readonly output: string;
	/** Where the tool's modules decrypt and convert: what grows there is a sign of life. */
	readonly temporary: string;
	/** The id that the track has, where the job names it. */
	readonly id: string | undefined;
	/** What has to be found, where the tool searches. */
	readonly wanted: Track | undefined;
};

const mostErrors = 80;
const measureInterval: Duration = 1000;

type State = {
	first: What | undefined;
	readonly ids: Set<string>;
	ended: {readonly how: How; readonly id: string | undefined} | undefined;
	name: string | undefined;
	artists: string | undefined;
	duration: number | undefined;
	/** The bar that is being painted, and the least that one before it has come to. */
	bar: {readonly bytes: number; readonly total: number | undefined; readonly share: number | undefined} | undefined;
	share: number | undefined;
	refusal: Said['refusal'];
	warning: string | undefined;
	reason: string | undefined;
	last: string | undefined;
	isInterrupted: boolean;
	refused: Heard['refused'];
};

/**
 * Listens to OrpheusDL and looks at the folders. Of several words on the track the last one counts, because a title may hold
 * any of them, and what the tool itself says of the end stands behind all titles.
 */
export const createSession = (context: RunContext, {output, temporary, id, wanted}: Listening): Session => {
	const controller = new AbortController();
	const errors: string[] = [];
	const meter = createMeter(context, output, temporary);
	const state: State = {
		first: undefined,
		ids: new Set(id === undefined ? [] : [id]),
		ended: undefined,
		name: undefined,
		artists: undefined,
		duration: undefined,
		bar: undefined,
		share: undefined,
		refusal: undefined,
		warning: undefined,
		reason: undefined,
		last: undefined,
		isInterrupted: false,
		refused: undefined,
	};

	const refuse = (refused: NonNullable<Heard['refused']>): void => {
		state.refused ??= refused;
		controller.abort();
	};

	const hear = (line: string): void => {
		const meaning = readOrpheusLine(line);
		if (meaning.type === 'nothing') return;
		if (meaning.type === 'progress') {
			noteBar(state, meaning);
			return meter.told(meaning.bytes, meaning.total);
		}

		context.log(line);
		meter.feed();
		note(state, meaning);
		if (meaning.type === 'phase') meter.phase(meaning.phase);
		if (meaning.type === 'begun' && state.first !== 'track' && state.first !== undefined) {
			refuse({why: 'many', what: state.first});
		}

		const words = wanted === undefined ? undefined : otherTrack(wanted, state);
		if (words !== undefined) refuse({why: 'other', words});
	};

	return {
		start: meter.start,
		hear,
		hearError: line => {
			const meaning = readOrpheusLine(line);
			if (meaning.type === 'progress') return hear(line);
			meter.feed();
			if (meaning.type === 'refusal' && meaning.why === 'usage') state.refusal ??= meaning;
			errors.push(line);
			if (errors.length > mostErrors) errors.shift();
		},
		stop: meter.stop,
		refusal: controller.signal,
		heard: () => ({
			ended: state.ended?.how,
			refusal: state.refusal,
			warning: state.warning,
			reason: state.reason,
			isInterrupted: state.isInterrupted,
			stderr: errors,
			last: state.last,
			isDownloaded: isDownloaded(state),
			share: least(state.share, state.bar?.share),
			duration: state.duration,
			refused: state.refused,
		}),
	};
};

const isDownloaded = ({ended, ids, isInterrupted}: State): boolean =>
	!isInterrupted && ended?.how === 'downloaded' && (ended.id === undefined || ids.size === 0 || ids.has(ended.id));

const noteBar = (state: State, {bytes, total, share}: Extract<OrpheusLine, {type: 'progress'}>): void => {
	const {bar} = state;
	if (bar !== undefined && (bar.total !== total || bytes < bar.bytes)) state.share = least(state.share, bar.share);
	state.bar = {bytes, total, share};
};

const least = (one: number | undefined, other: number | undefined): number | undefined =>
	one === undefined ? other : Math.min(one, other ?? 1);

/** What is told of every track: no reason why one should fail. */
const particulars = /^(?:Album|Codec|Service|Platform|Release year|Year|Number of tracks): /;

const note = (state: State, meaning: OrpheusLine): void => {
	switch (meaning.type) {
		case 'begun':
			state.first ??= meaning.what;
			if (meaning.what === 'track') {
				state.name ??= meaning.name;
				if (meaning.id !== undefined) state.ids.add(meaning.id);
			}

			return;
		case 'ended':
			state.ended = meaning;
			// Behind a real interruption there is no such word.
			state.isInterrupted = false;
			// What the service said stands right before it.
			state.reason = meaning.how === 'downloaded' ? undefined : state.last;
			return;
		case 'warning':
			state.warning = meaning.text;
			state.last = meaning.text;
			return;
		case 'duration':
			state.duration ??= meaning.seconds;
			return;
		case 'artists':
			state.artists ??= meaning.text;
			return;
		case 'refusal':
			// A title may say so as well.
			if (state.first === undefined) state.refusal ??= meaning;
			return;
		case 'interrupted':
			state.isInterrupted = true;
			return;
		case 'words':
			if (!particulars.test(meaning.text)) state.last = meaning.text;
			return;
		case 'phase':
			state.last = undefined;
			return;
		case 'progress':
		case 'nothing':
	}
};

const sizeIn = async (folder: string): Promise<number> =>
	(await listFiles(folder)).reduce((sum, file) => sum + file.size, 0);

/** Tells how far it is: by the bars, or by what lies in the folders where there are none. Only ever more. */
const createMeter = (context: RunContext, output: string, temporary: string) => {
	let watchdog: Watchdog | undefined;
	let timer: NodeJS.Timeout | undefined;
	let isOver = false;
	let isTold = false;
	let bytes = 0;
	let onDisk = -1;

	const told = (now: number, total: number | undefined): void => {
		if (now > bytes) watchdog?.feed();
		isTold = true;
		bytes = Math.max(bytes, now);
		if (!isOver) context.report(total === undefined ? {bytes} : {bytes, total: Math.max(total, bytes)});
	};

	const measure = async (): Promise<void> => {
		const [size, beside] = await Promise.all([sizeIn(output), sizeIn(temporary)]);
		if (isOver) return;
		if (size + beside > onDisk) watchdog?.feed();
		onDisk = Math.max(onDisk, size + beside);
		if (!isTold && size > bytes) {
			bytes = size;
			context.report({bytes});
		}

		timer = setTimeout(() => void measure(), measureInterval);
	};

	return {
		start: (given: Watchdog): void => {
			watchdog = given;
			void measure();
		},
		told,
		feed: (): void => watchdog?.feed(),
		phase: (phase: string): void => {
			if (!isOver) context.report({phase});
		},
		stop: (): void => {
			isOver = true;
			clearTimeout(timer);
		},
	};
};
