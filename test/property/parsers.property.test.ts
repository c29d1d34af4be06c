import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {fillArguments, templateFields, type TemplateValues} from '../../source/providers/command/arguments.ts';
import {failureFromWords, parseSize, readLine, type Patterns} from '../../source/providers/command/parse.ts';
import {failureFromAria2, parseMessage, parseStatus, parseStatuses} from '../../source/providers/aria2/parse.ts';
import {
	failureFromErrors,
	noProgress,
	parseYtDlpLine,
	reportOf,
	withEvent,
} from '../../source/providers/yt-dlp/parse.ts';
import {createLineSplitter, longestLine} from '../../source/system/lines.ts';
import {transcripts} from '../support/transcripts.ts';

/*
 * Mutations that were tried, each of which is killed:
 *   lines.ts: forget a CR at the end of a chunk; decode without `stream`; `longest` not honoured across chunks
 *   yt-dlp/parse.ts: progress without `Math.max` over what was reported; a total before every file has one
 *   command/arguments.ts: no refusal of values that begin with `-`; values filled in one after the other
 */

const linesOf = (chunks: readonly Uint8Array[], longest?: number): string[] => {
	const lines: string[] = [];
	const splitter = createLineSplitter(line => lines.push(line), longest);
	for (const chunk of chunks) splitter.push(chunk);
	splitter.end();
	return lines;
};

const cutAt = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
	const borders = [0, ...places.map(place => Math.floor(place * bytes.length)).toSorted((a, b) => a - b), bytes.length];
	return borders.slice(1).map((border, index) => bytes.subarray(borders[index], border));
};

const places = fc.array(fc.double({min: 0, max: 1, noNaN: true}), {maxLength: 40});

const patterns: Patterns = {
	progress: /(?<bytes>[\d.]+\w*)\/(?<total>[\d.]+\w*)|(?<percent>[\d.]+)%/u,
	success: /done/u,
	complete: undefined,
	artefact: undefined,
	failures: [{pattern: /error/iu, code: undefined}],
};

describe('however the output is cut into chunks', () => {
	test.each(transcripts().filter(({stdout, stderr}) => stdout.length + stderr.length > 0))(
		'$name says the same',
		({stdout, stderr}) => {
			const bytes = Buffer.concat([stderr, stdout]);
			const whole = bytes
				.toString()
				.replace(/(?:\r\n|\r|\n)$/, '')
				.split(/\r\n|\r|\n/);
			fc.assert(
				fc.property(places, cuts => {
					expect(linesOf(cutAt(bytes, cuts))).toEqual(whole);
				}),
				{numRuns: 50},
			);
		},
	);

	test('any text gives the lines that a plain split gives', () => {
		const piece = fc.oneof(fc.constantFrom('\r', '\n', '\r\n', '', 'é', '🙂', '漢'), fc.string({unit: 'grapheme'}));
		fc.assert(
			fc.property(fc.array(piece), places, (pieces, cuts) => {
				const text = pieces.join('');
				const expected = text.split(/\r\n|\r|\n/);
				if (expected.at(-1) === '') expected.pop();
				expect(linesOf(cutAt(Buffer.from(text), cuts))).toEqual(expected);
			}),
			{numRuns: 1000},
		);
	});

	test('no line is longer than the limit, and what is cut is cut at the end', () => {
		fc.assert(
			fc.property(
				fc.string({unit: 'binary', maxLength: 60, size: 'max'}),
				places,
				fc.integer({min: 2, max: 20}),
				(text, cuts, longest) => {
					const bytes = Buffer.from(text.replaceAll(/[\uD800-\uDFFF]/g, ''));
					const full = linesOf([bytes]);
					const cut = linesOf(cutAt(bytes, cuts), longest);
					expect(cut).toHaveLength(full.length);
					for (const [index, line] of cut.entries()) {
						expect(line.length).toBeLessThanOrEqual(longest);
						expect(full[index]?.startsWith(line)).toBe(true);
						if ((full[index]?.length ?? 0) < longest) expect(line).toBe(full[index]);
					}
				},
			),
			{numRuns: 500},
		);
		expect(longestLine).toBe(65_536);
	});
});

describe('no bytes make a parser throw', () => {
	const marked = fc.tuple(
		fc.constantFrom('DLM ', 'DLB ', 'DLR ', 'DLF ', 'DLP ', 'ERROR: ', ''),
		fc.oneof(fc.json(), fc.string()),
	);
	const line = fc.oneof(
		marked.map(parts => parts.join('')),
		fc.string({unit: 'binary'}),
		fc.json(),
	);

	test('yt-dlp', () => {
		fc.assert(
			fc.property(fc.array(line), lines => {
				reportOf(lines.flatMap(each => parseYtDlpLine(each) ?? []).reduce(withEvent, noProgress));
				failureFromErrors(lines, 1);
			}),
			{numRuns: 1000},
		);
	});

	test('aria2', () => {
		fc.assert(
			fc.property(line, fc.anything(), (text, value) => {
				parseMessage(text);
				parseStatus(value);
				parseStatuses([value, [value]]);
				failureFromAria2(text, text);
			}),
			{numRuns: 1000},
		);
	});

	test("a tool of one's own", () => {
		fc.assert(
			fc.property(line, text => {
				readLine(text, patterns);
				parseSize(text);
				failureFromWords('tool', [text], patterns, {line: text, rule: 0}, text);
			}),
			{numRuns: 1000},
		);
	});

	test('arbitrary bytes through the splitter', () => {
		fc.assert(
			fc.property(fc.uint8Array({maxLength: 400}), places, (bytes, cuts) => {
				expect(linesOf(cutAt(bytes, cuts))).toEqual(linesOf([bytes]));
			}),
			{numRuns: 500},
		);
	});
});

test('progress of yt-dlp never falls, and never exceeds its total', () => {
	const progress = fc.record({
		status: fc.constantFrom('downloading', 'finished', 'error'),
		downloaded_bytes: fc.option(fc.integer({min: -5, max: 1000}), {nil: null}),
		total_bytes: fc.option(fc.nat(1000), {nil: null}),
		filename: fc.constantFrom('a', 'b'),
	});
	const sizes = fc.array(fc.record({filesize: fc.option(fc.nat(1000), {nil: null})}), {maxLength: 3});
	fc.assert(
		fc.property(sizes, fc.array(progress), (formats, lines) => {
			const events = [`DLR ${JSON.stringify(formats)}`, ...lines.map(each => `DLM ${JSON.stringify(each)}`)];
			let known = noProgress;
			let before = 0;
			for (const event of events.flatMap(each => parseYtDlpLine(each) ?? [])) {
				known = withEvent(known, event);
				const {bytes = -1, total = Infinity} = reportOf(known);
				expect(bytes).toBeGreaterThanOrEqual(before);
				expect(total).toBeGreaterThanOrEqual(bytes);
				before = bytes;
			}

			const tells = (each: (typeof lines)[number]): boolean =>
				each.downloaded_bytes === null
					? each.status === 'finished' && each.total_bytes !== null
					: each.downloaded_bytes >= 0 || (each.status === 'finished' && each.total_bytes !== null);
			const seen = new Set(lines.filter(tells).map(each => each.filename));
			const isAnyUnknown = formats.slice(seen.size).some(each => each.filesize === null);
			if (isAnyUnknown) expect(reportOf(known).total).toBeUndefined();
		}),
		{numRuns: 1000},
	);
});

test('no value becomes an option, a second argument or another field', () => {
	const literal = fc.constantFrom('-o', '--', '--name=', 'x', '');
	const element = fc.array(fc.oneof(literal, fc.constantFrom(...templateFields.map(field => `{${field}}`))), {
		maxLength: 3,
	});
	const value = fc.option(fc.oneof(fc.string(), fc.constantFrom('-rf', '--exec', '{source}', '--')), {nil: undefined});
	const record = Object.fromEntries(templateFields.map(field => [field, value])) as Record<
		keyof TemplateValues,
		typeof value
	>;
	fc.assert(
		fc.property(fc.array(element.map(parts => parts.join(''))), fc.record(record), (template, values) => {
			const filled = fillArguments(template, values);
			if (!filled.ok) return;
			expect(filled.args.length).toBeLessThanOrEqual(template.length);
			const end = template.includes('--') ? filled.args.indexOf('--') : filled.args.length;
			for (const arg of filled.args.slice(0, end < 0 ? filled.args.length : end)) {
				// An argument that looks like an option was written as one by the person who wrote the template.
				if (arg.startsWith('-'))
					expect(template.some(each => each.startsWith('-') && arg.startsWith(each.split('{')[0] ?? ''))).toBe(true);
			}
		}),
		{numRuns: 2000},
	);
});

test('a value arrives as it is, whatever it holds', () => {
	const value = fc.oneof(fc.string({minLength: 1}), fc.constantFrom('{source}', '{title}', '$&', '$1', '%(id)s'));
	fc.assert(
		fc.property(fc.constantFrom(...templateFields), value, value, (field, text, source) => {
			const none = Object.fromEntries(templateFields.map(each => [each, undefined])) as TemplateValues;
			const filled = fillArguments(['--', `{${field}}`], {...none, source, [field]: text});
			expect(filled).toEqual({ok: true, args: ['--', text]});
		}),
		{numRuns: 1000},
	);
});
