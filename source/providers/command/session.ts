import type {Duration} from '../../domain/time.ts';
import type {ProviderReport, RunContext} from '../../engine/ports.ts';
import {listFiles} from '../../system/attempt-files.ts';
import type {Watchdog} from '../../system/watchdog.ts';
import {readLine, type LineMeaning, type Patterns} from './parse.ts';

/** What one run of a tool has said and written so far. */
export type Session = {
	readonly start: (watchdog: Watchdog) => void;
	readonly hear: (line: string) => void;
	readonly heard: () => {
		readonly failure: {readonly line: string; readonly rule: number} | undefined;
		readonly isSuccess: boolean;
		readonly isComplete: boolean;
		readonly lastLines: readonly string[];
	};
	/** Nothing is reported afterwards. */
	readonly stop: () => void;
};

const mostLastLines = 20;
const measureInterval: Duration = 1000;

/**
 * Listens to a tool and looks at its directory. Tools that tell bytes are believed; of one that tells percents, or nothing,
 * the bytes are those in its directory, and the total follows from the percents or from what the job is known to have.
 */
export const createSession = (context: RunContext, patterns: Patterns, expected: number | undefined): Session => {
	let watchdog: Watchdog | undefined;
	let timer: NodeJS.Timeout | undefined;
	let isOver = false;
	let isSuccess = false;
	let isComplete = false;
	let failure: {readonly line: string; readonly rule: number} | undefined;
	let percent: number | undefined;
	let told = false;
	let bytes = 0;
	let onDisk = -1;
	let lastSigns = '';
	const lastLines: string[] = [];

	const report = (now: number, total: number | undefined): void => {
		bytes = Math.max(bytes, now);
		const known: ProviderReport = total === undefined ? {bytes} : {bytes, total: Math.max(total, bytes)};
		if (!isOver) context.report(known);
	};

	const measure = async (): Promise<void> => {
		const files = await listFiles(context.directory);
		if (isOver) return;
		const size = files.reduce((sum, file) => sum + file.size, 0);
		if (size !== onDisk) watchdog?.feed();
		onDisk = size;
		if (!told && size > 0)
			report(size, percent === undefined || percent === 0 ? expected : Math.round((size * 100) / percent));
		timer = setTimeout(() => void measure(), measureInterval);
	};

	const take = (progress: NonNullable<LineMeaning['progress']>): void => {
		const signs = JSON.stringify(progress);
		// A display that repaints the same numbers is no sign of life.
		if (signs !== lastSigns) watchdog?.feed();
		lastSigns = signs;
		percent = progress.percent ?? percent;
		const total = progress.total ?? expected;
		const fromPercent = percent === undefined || total === undefined ? undefined : Math.round((total * percent) / 100);
		const now = progress.bytes ?? fromPercent;
		if (now === undefined) return;
		told = true;
		report(now, total);
	};

	return {
		start: given => {
			watchdog = given;
			void measure();
		},
		hear: line => {
			const meaning = readLine(line, patterns);
			isSuccess ||= meaning.isSuccess;
			isComplete ||= meaning.isComplete;
			if (meaning.failure !== undefined && (failure === undefined || meaning.failure < failure.rule)) {
				failure = {line, rule: meaning.failure};
			}

			if (meaning.progress !== undefined) return take(meaning.progress);
			if (line.trim() === '') return;
			watchdog?.feed();
			context.log(line);
			lastLines.push(line);
			if (lastLines.length > mostLastLines) lastLines.shift();
		},
		heard: () => ({failure, isSuccess, isComplete, lastLines}),
		stop: () => {
			isOver = true;
			clearTimeout(timer);
		},
	};
};
