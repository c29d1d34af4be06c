import {join} from 'node:path';
import type {Duration} from '../../domain/time.ts';
import type {RunContext} from '../../engine/ports.ts';
import {listFiles} from '../../system/attempt-files.ts';
import type {Watchdog} from '../../system/watchdog.ts';
import {filesFolder, ownFolder} from './arguments.ts';
import type {Said} from './failures.ts';
import {readAniworldLine, type AniworldLine} from './parse.ts';

/** What one run of aniworld has said and written so far. */
export type Session = {
	readonly start: (watchdog: Watchdog) => void;
	readonly hear: (line: string) => void;
	/** Aborted when it asks for a person, or goes on to a hoster that is not this run's. */
	readonly refusal: AbortSignal;
	/** Nothing is reported afterwards. */
	readonly stop: () => void;
	readonly said: () => Said;
	/** Seconds that the source plays, where the tool told so. */
	readonly duration: () => number | undefined;
};

const mostFirst = 40;
const mostLast = 40;
const measureInterval: Duration = 1000;

/**
 * Listens to aniworld and looks at what lies on the disk, because 4.x speaks of its progress every ten seconds only and 3.x in
 * percents. A try of the tool's own begins at nothing again: bytes and share only ever rise.
 */
export const createSession = (context: RunContext, hoster: string): Session => {
	const refusal = new AbortController();
	const first: string[] = [];
	const last: string[] = [];
	let watchdog: Watchdog | undefined;
	let timer: NodeJS.Timeout | undefined;
	let isOver = false;
	let bytes = 0;
	let share = 0;
	let bar = 0;
	let expected: number | undefined;
	let onDisk = -1;
	let duration: number | undefined;
	let said: Omit<Said, 'words'> = {reason: undefined, captcha: undefined, available: undefined, other: undefined};

	const report = (now: number): void => {
		if (now > bytes) watchdog?.feed();
		bytes = Math.max(bytes, now);
		if (isOver || bytes === 0) return;
		// Never less of the whole than was told before.
		const most = share > 0 ? bytes / share : Number.POSITIVE_INFINITY;
		const total = expected === undefined ? undefined : Math.max(bytes, Math.round(Math.min(expected, most)));
		if (total !== undefined) share = Math.max(share, bytes / total);
		context.report(total === undefined ? {bytes} : {bytes, total});
	};

	const advance = (part: number, now: number): void => {
		if (part > 0 && now > 0) expected = now / part;
		report(now);
	};

	const measure = async (): Promise<void> => {
		const size = await bytesIn(context.directory);
		if (isOver) return;
		if (size > onDisk) watchdog?.feed();
		onDisk = Math.max(onDisk, size);
		// Fragments that are fetched side by side let the bar jump: what it says belongs to the bytes of the same moment.
		advance(bar, size);
		timer = setTimeout(() => void measure(), measureInterval);
	};

	const refuse = (why: Partial<Said>): void => {
		said = {...said, ...why};
		refusal.abort();
	};

	const heed = (meaning: AniworldLine): void => {
		switch (meaning.type) {
			case 'written':
				return advance(duration === undefined ? 0 : Math.min(1, meaning.seconds / duration), meaning.bytes ?? bytes);
			case 'share':
				bar = meaning.share;
				return;
			case 'duration':
				duration = meaning.seconds;
				return;
			case 'phase':
				watchdog?.feed();
				if (!isOver) context.report({phase: meaning.phase});
				return;
			case 'step':
				return watchdog?.feed();
			case 'hoster':
				watchdog?.feed();
				if (meaning.hoster !== hoster) refuse({other: meaning.hoster});
				return;
			case 'try-failed':
				watchdog?.feed();
				if (meaning.hoster === hoster) said = {...said, reason: meaning.reason};
				else refuse({other: meaning.hoster});
				return;
			case 'fallback':
				return refuse({other: meaning.to});
			case 'captcha':
				return refuse({captcha: meaning.url});
			case 'no-language':
				said = {...said, available: meaning.available};
				return;
			case 'words':
				if (first.length < mostFirst) first.push(meaning.text);
				else last.push(meaning.text);
				if (last.length > mostLast) last.shift();
				return;
			case 'detail':
			case 'nothing':
		}
	};

	return {
		start: given => {
			watchdog = given;
			void measure();
		},
		hear: line => {
			const meaning = readAniworldLine(line);
			if (!['written', 'share', 'nothing'].includes(meaning.type)) context.log(line);
			// What it says once it has been refused belongs to another hoster.
			if (!refusal.signal.aborted) heed(meaning);
		},
		refusal: refusal.signal,
		stop: () => {
			isOver = true;
			clearTimeout(timer);
		},
		said: () => ({...said, words: [...first, ...last]}),
		duration: () => duration,
	};
};

/** What has been fetched; newer ones of 4.x keep fragments in the folder for temporary files. */
const bytesIn = async (directory: string): Promise<number> => {
	const found = await Promise.all(
		[join(directory, filesFolder), join(directory, ownFolder, 'tmp')].map(folder => listFiles(folder)),
	);
	return found
		.flat()
		.filter(({path}) => path !== 'aniworld.log')
		.reduce((sum, {size}) => sum + size, 0);
};
