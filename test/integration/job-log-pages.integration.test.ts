import * as fc from 'fast-check';
import {mkdir, open, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import type {JobId} from '../../source/domain/job.ts';
import {createJobLog} from '../../source/system/job-log.ts';
import {createFakeClock} from '../support/fake-clock.ts';
import {temporaryDirectory} from '../support/temp.ts';

const id = 7 as JobId;

/** What the two files hold, without the headers that say where they stand. */
const linesOnDisk = async (directory: string): Promise<string[]> => {
	const texts = ['7.log.1', '7.log'].map(name => readFile(join(directory, name), 'utf8').catch(() => ''));
	return (await Promise.all(texts))
		.flatMap(text => text.split('\n'))
		.filter(line => line !== '' && !line.startsWith('#'));
};

test('a log read backwards in pages is the whole log, whatever the pages and however often it was rotated', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.nat(3000), {minLength: 1, maxLength: 60}),
			fc.integer({min: 1, max: 9}),
			async (lengths, limit) => {
				const directory = join(await temporaryDirectory(), 'logs');
				const log = createJobLog({directory, clock: createFakeClock(), maxBytes: 40_000});
				for (const [index, length] of lengths.entries()) {
					log.write(id, `${index} ${'ü'.repeat(length)}`);
					if (index % 7 === 6) await log.flush();
				}

				await log.flush();
				const whole = await linesOnDisk(directory);
				expect(whole.at(-1)).toContain(` ${lengths.length - 1}`);
				const back: string[] = [];
				let page = await log.read(id, {tail: limit});
				while (page.lines.length > 0) {
					back.unshift(...page.lines);
					// Each page can be read again by the place that it names.
					expect(await log.read(id, {from: page.from, limit: page.lines.length})).toEqual(page);
					page = await log.read(id, {before: page.from, limit});
				}

				expect(back).toEqual(whole);
			},
		),
		{numRuns: 40},
	);
});

test('a place inside a line is taken for the start of that line when reading backwards', async () => {
	const log = createJobLog({directory: join(await temporaryDirectory(), 'logs'), clock: createFakeClock()});
	for (const word of ['one', 'two', 'three']) log.write(id, word);
	const {from, lines} = await log.read(id, {tail: 1});
	expect(lines[0]).toContain('three');
	const page = await log.read(id, {before: from + 3, limit: 1});
	expect(page.lines[0]).toContain('two');
	expect(page.next).toBe(from);
});

test('only the part that is asked for is read, so that a log of any size opens', async () => {
	const directory = join(await temporaryDirectory(), 'logs');
	await mkdir(directory);
	// Holes and no bytes: it takes no room, but reading all of it would need 3 GiB and Node refuses that.
	const size = 3 * 1024 ** 3;
	const file = await open(join(directory, '7.log'), 'w');
	await file.truncate(size);
	const last = Buffer.from('\n2026-03-14T20:15:00.000Z the last line\n');
	await file.write(last, 0, last.length, size);
	await file.close();
	const log = createJobLog({directory, clock: createFakeClock()});
	const page = await log.read(id, {tail: 1});
	expect(page.lines).toEqual(['2026-03-14T20:15:00.000Z the last line']);
	expect(await log.read(id, {from: page.from, limit: 5})).toEqual(page);
});
