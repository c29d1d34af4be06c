import type {Duration} from '../../domain/time.ts';
import type {RunContext} from '../../engine/ports.ts';
import {listFiles} from '../../system/attempt-files.ts';
import type {Watchdog} from '../../system/watchdog.ts';
import {readAniCliLine, type Helper} from './parse.ts';

/** What one run of ani-cli has said and written so far. */
export type Session = {
	readonly start: (watchdog: Watchdog) => void;
	readonly hear: (line: string) => void;
	/** Nothing is reported afterwards. */
	readonly stop: () => void;
	/** The first lines that are no progress, and the last ones. */
	readonly words: () => readonly string[];
	/** Who has told progress. */
	readonly helpers: () => ReadonlySet<Helper>;
};

const mostFirst = 40;
const mostLast = 40;
const measureInterval: Duration = 1000;

/**
 * Listens to ani-cli and its helpers and looks at the directory. yt-dlp's sixteen threads tell their percents in any order, so
 * that bytes only ever rise; of a helper that tells none, the bytes are those in the directory. A sign of life is nothing but
 * what grows: yt-dlp asks for a dead fragment for ever, and says so.
 */
export const createSession = (context: RunContext): Session => {
	let watchdog: Watchdog | undefined;
	let timer: NodeJS.Timeout | undefined;
	let isOver = false;
	let isTold = false;
	let bytes = 0;
	let onDisk = -1;
	const helpers = new Set<Helper>();
	const first: string[] = [];
	const last: string[] = [];

	const report = (now: number, total: number | undefined): void => {
		if (now > bytes) watchdog?.feed();
		bytes = Math.max(bytes, now);
		if (!isOver) context.report(total === undefined ? {bytes} : {bytes, total: Math.max(total, bytes)});
	};

	const measure = async (): Promise<void> => {
		const files = await listFiles(context.directory);
		if (isOver) return;
		const size = files.reduce((sum, file) => sum + file.size, 0);
		if (size > onDisk) watchdog?.feed();
		onDisk = Math.max(onDisk, size);
		if (!isTold && size > 0) report(size, undefined);
		timer = setTimeout(() => void measure(), measureInterval);
	};

	return {
		start: given => {
			watchdog = given;
			void measure();
		},
		hear: line => {
			const meaning = readAniCliLine(line);
			switch (meaning.type) {
				case 'progress':
					helpers.add(meaning.by);
					isTold ||= meaning.bytes !== undefined;
					return report(meaning.bytes ?? 0, meaning.total);
				case 'phase':
					watchdog?.feed();
					if (!isOver) context.report({phase: 'post-processing'});
					return context.log(line);
				case 'step':
					watchdog?.feed();
					return context.log(line);
				case 'words':
					context.log(line);
					if (first.length < mostFirst) first.push(meaning.text);
					else last.push(meaning.text);
					if (last.length > mostLast) last.shift();
					return;
				case 'nothing':
			}
		},
		words: () => [...first, ...last],
		helpers: () => helpers,
		stop: () => {
			isOver = true;
			clearTimeout(timer);
		},
	};
};
