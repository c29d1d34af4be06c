import {Readable} from 'node:stream';
import {CsvError, parse, type Info} from 'csv-parse';
import {cleanText, shorten} from '../../domain/text.ts';
import {fieldsOfHeader, readRow, type ReadRow, type Row, type RowField} from './rows.ts';

const longestRecord = 1_000_000;

/**
 * Reads the records of a table (RFC 4180) whose first record names its columns, in any order, with commas, semicolons or
 * tabs between them. Ends with a problem, which names the line, where it cannot go on.
 */
export const readCsv = async function* (
	chunks: AsyncIterable<string>,
): AsyncGenerator<ReadRow | {readonly problem: string}> {
	const {first, all} = await withFirstLine(chunks);
	const parser = parse({
		delimiter: delimiterOf(first),
		info: true,
		relax_column_count: true,
		// `12" mix` outside of quotes is common, and means what it says.
		relax_quotes: true,
		skip_empty_lines: true,
		max_record_size: longestRecord,
	});
	const source = Readable.from(all);
	source.on('error', error => parser.destroy(error));
	source.pipe(parser);
	let columns: readonly (RowField | undefined)[] | undefined;
	try {
		for await (const {record, info} of parser as AsyncIterable<{
			readonly record: readonly string[];
			readonly info: Info;
		}>) {
			if (columns !== undefined) {
				yield readRow(rowOf(columns, record), `line ${info.lines}`);
				continue;
			}

			columns = fieldsOfHeader(record);
			if (!columns.includes('title') && !columns.includes('source')) {
				const seen = shorten(cleanText(record.join(', ')), 120);
				yield {problem: `line ${info.lines}: no column is called title, artist or url; the columns are: ${seen}`};
				return;
			}
		}
	} catch (error) {
		if (!(error instanceof CsvError)) throw error;
		yield {problem: problemOf(error)};
	} finally {
		source.destroy();
	}
};

const rowOf = (columns: readonly (RowField | undefined)[], record: readonly string[]): Row => {
	const row: Partial<Record<RowField, string>> = {};
	for (const [place, field] of columns.entries()) {
		const text = record[place];
		if (field !== undefined && text !== undefined && text.trim() !== '') row[field] = text;
	}

	return row;
};

const problemOf = (error: CsvError): string => {
	const lines = (error as {readonly lines?: unknown}).lines;
	const place = typeof lines === 'number' ? `line ${lines}: ` : '';
	if (error.code === 'CSV_QUOTE_NOT_CLOSED') return `${place}a quote that begins a field is never closed`;
	if (error.code === 'CSV_MAX_RECORD_SIZE')
		return `${place}a record is longer than ${longestRecord} characters; is a quote missing?`;
	return `${place}${shorten(cleanText(error.message), 200)}`;
};

/** What stands between the columns: what the first line has most of, outside of quotes. */
const delimiterOf = (line: string): string => {
	const bare = line.replaceAll(/"[^"]*"/g, '');
	const counts = [',', ';', '\t'].map(mark => ({mark, count: bare.split(mark).length}));
	return counts.reduce((best, one) => (one.count > best.count ? one : best)).mark;
};

const longestHeader = 64 * 1024;

const withFirstLine = async (
	chunks: AsyncIterable<string>,
): Promise<{readonly first: string; readonly all: AsyncIterable<string>}> => {
	const iterator = chunks[Symbol.asyncIterator]();
	let start = '';
	while (!/\S.*[\r\n]/s.test(start) && start.length < longestHeader) {
		const {done, value} = await iterator.next();
		if (done === true) break;
		start += value;
	}

	const all = async function* (): AsyncGenerator<string> {
		yield start;
		yield* {[Symbol.asyncIterator]: () => iterator};
	};
	return {first: start.trimStart().split(/[\r\n]/, 1)[0] ?? '', all: all()};
};
