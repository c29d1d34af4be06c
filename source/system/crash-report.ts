import {readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {cleanText, hideValues, longFirst, maskSecrets, shorten} from '../domain/text.ts';

/** What is known when something goes wrong that nobody has foreseen. */
export type CrashReporter = {
	/** Remembers a line about what happened; the last 50 stand in a report. */
	note(line: string): void;
	/** Where reports are kept; before that there is none. */
	keepIn(directory: string): void;
	/** Values that no report may hold, though nothing about them says that they are secrets; asked for when one is written. */
	hide(known: () => readonly string[]): void;
	/** One line for a person. */
	line(error: unknown, path: string | undefined): string;
	/** Writes a report (mode 0600) and returns its path, undefined where it cannot be written. */
	write(error: unknown): string | undefined;
};

const mostNotes = 50;
const mostLines = 200;
const mostCharacters = 2000;
/** A program that is started again whenever it ends must not fill the disk with reports. */
const mostReports = 20;
const reportName = /^crash-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z-\d+\.txt$/;

export const createCrashReporter = (version: string): CrashReporter => {
	const notes: string[] = [];
	const hidden: Array<() => readonly string[]> = [];
	let directory: string | undefined;
	const hide = (text: string): string => {
		try {
			return hideValues(text, longFirst(hidden.flatMap(known => known())));
		} catch {
			return '(what it said is not told, because the secrets in it are not known)';
		}
	};

	const safe = (line: string): string => safeLine(line, hide);
	return {
		note(line) {
			notes.push(line);
			if (notes.length > mostNotes) notes.shift();
		},
		keepIn(next) {
			directory = next;
		},
		hide(known) {
			hidden.push(known);
		},
		line(error, path) {
			const words = error instanceof Error ? error.message : String(error);
			const report = path === undefined ? 'no report could be written' : `please report it with ${path}`;
			return `tidegate: unexpected error: ${shorten(safe(words), 300)}; ${report}`;
		},
		write(error) {
			if (directory === undefined) return undefined;
			const now = new Date(performance.timeOrigin + performance.now());
			const path = join(directory, `crash-${now.toISOString().replaceAll(/[:.]/g, '-')}-${process.pid}.txt`);
			const lines = [
				`tidegate ${version} ended by an error that it did not foresee. Please report it.`,
				`time: ${now.toISOString()}, ${Math.round(process.uptime())} s after the start`,
				`node: ${process.version} on ${process.platform} ${process.arch}`,
				'',
				...stackOf(error).split('\n').slice(0, mostLines).map(safe),
				'',
				'what happened last:',
				...notes.map(safe),
			];
			try {
				writeFileSync(path, `${lines.join('\n')}\n`, {mode: 0o600, flag: 'wx'});
				forgetOldest(directory);
				return path;
			} catch {
				return undefined;
			}
		},
	};
};

/** A line without controls and secrets. */
const safeLine = (line: string, hide: (text: string) => string): string =>
	shorten(maskSecrets(hide(cleanText(line.slice(0, 2 * mostCharacters)))), mostCharacters);

/** With what caused it, as far as that is told. */
const stackOf = (error: unknown, depth = 0): string => {
	if (!(error instanceof Error)) return `thrown: ${String(error)}`;
	const stack = error.stack ?? `${error.name}: ${error.message}`;
	return error.cause === undefined || depth >= 5 ? stack : `${stack}\ncaused by: ${stackOf(error.cause, depth + 1)}`;
};

const forgetOldest = (directory: string): void => {
	const reports = readdirSync(directory)
		.filter(name => reportName.test(name))
		.toSorted();
	for (const name of reports.slice(0, -mostReports)) rmSync(join(directory, name), {force: true});
};

/**
 * From now on an error that nobody catches, also one of a promise, ends the process with a report, one line that names it,
 * and exit code 1. The line comes after everything that gives the terminal back at exit.
 */
export const reportCrashes = (reporter: CrashReporter, say: (line: string) => void): void => {
	let hasCrashed = false;
	process.on('uncaughtException', error => {
		// A second one while the first is told.
		if (hasCrashed) return;
		hasCrashed = true;
		const path = reporter.write(error);
		process.once('exit', () => say(reporter.line(error, path)));
		process.exit(1);
	});
};
