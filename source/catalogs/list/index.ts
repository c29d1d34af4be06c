import {setImmediate as nextTurn} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {cleanText, shorten} from '../../domain/text.ts';
import type {Catalog, CatalogContext, CatalogEntry, CatalogOutcome, LeftOut} from '../../engine/ports.ts';
import {openTextFile} from '../../system/text-file.ts';
import {formatOf} from './format.ts';
import {readJsonList} from './json-list.ts';
import {linesIn, type NumberedLine} from './lines.ts';
import {createM3uReader} from './m3u.ts';
import {readPlainLine} from './plain.ts';
import type {ReadRow} from './rows.ts';

const mostBytes = 64_000_000;

/** The most that is read as a whole; the other formats are read piece by piece. */
const mostJsonBytes = 16_000_000;
const mostEntries = 500_000;

/** Files with lists of music or of addresses: M3U, CSV, JSON, plain text. Paths are absolute. */
export const createListCatalog = (): Catalog => ({
	id: 'list',
	hasSources: true,
	accepts: reference => pathOf(reference) !== undefined,
	async expand(reference, context) {
		const path = pathOf(reference);
		if (path === undefined) return problem(reference, 'it is no absolute path');
		try {
			return await expandFile(path, context);
		} catch (error) {
			if (context.signal.aborted) return {type: 'stopped'};
			return problem(path, `it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
		}
	},
});

/** `list:/path`, `file:///path` or `/path`. */
const pathOf = (reference: string): string | undefined => {
	const text = reference.trim();
	if (/^file:/i.test(text)) {
		try {
			return fileURLToPath(text);
		} catch {
			return undefined;
		}
	}

	const path = text.replace(/^list:/i, '');
	return path.startsWith('/') ? path : undefined;
};

const problem = (path: string, words: string): CatalogOutcome => ({
	type: 'failed',
	failure: {code: 'bad-request', message: `${shorten(cleanText(path), 300)}: ${words}`},
});

const expandFile = async (path: string, context: CatalogContext): Promise<CatalogOutcome> => {
	const {signal} = context;
	const file = await openTextFile(path, mostBytes, signal);
	if ('problem' in file) return problem(path, file.problem);
	const format = await formatOf(path, file.chunks(signal));
	if (format === 'json' && file.size > mostJsonBytes) {
		return problem(path, `as JSON it may have ${mostJsonBytes / 1e6} MB at most; write it as CSV`);
	}

	const found = createFound(context);
	switch (format) {
		case 'csv': {
			const {readCsv} = await import('./csv.ts');
			for await (const row of readCsv(file.chunks(signal))) {
				if ('problem' in row) return problem(path, row.problem);
				await found.take(row);
			}

			break;
		}

		case 'json': {
			const read = await readWholeJson(file.chunks(signal));
			if ('problem' in read) return problem(path, read.problem);
			found.call(read.title);
			for (const row of read.rows) await found.take(row);
			break;
		}

		case 'm3u':
		case 'plain': {
			const wrong = await readLines(linesIn(file.chunks(signal)), format, found);
			if (wrong !== undefined) return problem(path, wrong);
		}
	}

	if (signal.aborted) return {type: 'stopped'};
	return found.outcome(path);
};

const readLines = async (
	lines: AsyncIterable<NumberedLine>,
	format: 'm3u' | 'plain',
	found: Found,
): Promise<string | undefined> => {
	const reader = createM3uReader();
	for await (const {text, number, problem: wrong} of lines) {
		if (wrong !== undefined) return wrong;
		const row = format === 'm3u' ? reader.read(text, number) : readPlainLine(text, number);
		if (reader.problem() !== undefined) return reader.problem();
		if (row !== undefined) await found.take(row);
	}

	found.call(reader.title());
	return undefined;
};

const readWholeJson = async (
	chunks: AsyncIterable<string>,
): Promise<{readonly title: string | undefined; readonly rows: readonly ReadRow[]} | {readonly problem: string}> => {
	let text = '';
	for await (const chunk of chunks) text += chunk;
	try {
		return (
			readJsonList(JSON.parse(text)) ?? {
				problem: 'it holds no list; an array is looked for, also below `tracks`, `items` and the like',
			}
		);
	} catch (error) {
		const words = error instanceof Error ? error.message : String(error);
		// V8 says the line of some mistakes, and shows what stands around the others.
		const line = /\(line (\d+) column \d+\)/.exec(words)?.[1];
		const plain = shorten(cleanText(words.replace(/ in JSON at position.*$/s, '')), 200);
		return {problem: `${line === undefined ? '' : `line ${line}: `}this is no JSON: ${plain}`};
	}
};

type Found = {
	/** Takes a row; what else goes on in the process gets a turn from time to time. */
	take(row: ReadRow): Promise<void>;
	/** What the list calls itself. */
	call(title: string | undefined): void;
	outcome(path: string): CatalogOutcome;
};

const rowsAtOnce = 500;

const createFound = ({onProgress}: CatalogContext): Found => {
	const entries: CatalogEntry[] = [];
	const leftOut: LeftOut[] = [];
	let title: string | undefined;
	let surplus = 0;
	return {
		async take(row) {
			if (entries.length + leftOut.length >= mostEntries) surplus++;
			else if ('entry' in row) entries.push(row.entry);
			else leftOut.push(row);
			if ((entries.length + leftOut.length) % rowsAtOnce !== 0) return;
			onProgress(entries.length);
			await nextTurn();
		},
		call(name) {
			title ??= name;
		},
		outcome(path) {
			if (entries.length === 0) {
				const [first] = leftOut;
				const words = first === undefined ? 'there is nothing in it' : `${first.what}: ${first.why}`;
				return problem(path, `${words}; write one address or one \`Artist - Title\` a line`);
			}

			if (surplus > 0) leftOut.push({what: `${surplus} rows`, why: `a list may have ${mostEntries} at most`});
			return {type: 'expanded', groups: [{title: title ?? nameOf(path), entries}], leftOut, notes: []};
		},
	};
};

/** The name of the file without what says its format. */
const nameOf = (path: string): string => {
	const name = path.split('/').at(-1) ?? path;
	return cleanText(name.replace(/(?<=.)\.[a-z\d]{1,5}$/i, '')) || 'list';
};
