import {appendFile, mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test, vi} from 'vitest';
import type {JobId} from '../../source/domain/job.ts';
import {systemClock} from '../../source/system/clock.ts';
import {createJobLog} from '../../source/system/job-log.ts';
import {createFakeClock} from '../support/fake-clock.ts';
import {mountTmpfs} from '../support/mounts.ts';
import {temporaryDirectory} from '../support/temp.ts';

const id = 7 as JobId;

const newLog = async (maxBytes?: number) => {
	const directory = join(await temporaryDirectory(), 'logs');
	const options = {directory, clock: systemClock, ...(maxBytes === undefined ? {} : {maxBytes})};
	return {directory, options, log: createJobLog(options)};
};

/** The words of lines, without their times. */
const words = (lines: readonly string[]): string[] => lines.map(line => line.replace(/^\S+ /, ''));

describe('a job log', () => {
	test('gives back its last lines, each with the time', async () => {
		const {log, directory} = await newLog();
		for (let index = 1; index <= 5; index++) log.write(id, `line ${index}`);
		const page = await log.read(id, {tail: 2});
		expect(words(page.lines)).toEqual(['line 4', 'line 5']);
		expect(page.lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /);
		expect((await stat(join(directory, '7.log'))).mode & 0o777).toBe(0o600);
		expect((await stat(directory)).mode & 0o777).toBe(0o700);
	});

	test('can be followed: each line once, from where the last page ended', async () => {
		const {log} = await newLog();
		log.write(id, 'one');
		const first = await log.read(id, {tail: 10});
		log.write(id, 'two');
		log.write(id, 'three');
		const second = await log.read(id, {from: first.next, limit: 1});
		const third = await log.read(id, {from: second.next, limit: 10});
		expect(words([...first.lines, ...second.lines, ...third.lines])).toEqual(['one', 'two', 'three']);
		expect(await log.read(id, {from: third.next, limit: 10})).toEqual({lines: [], from: third.next, next: third.next});
	});

	test('of a job without one is empty', async () => {
		const {log} = await newLog();
		expect(await log.read(id, {tail: 10})).toEqual({lines: [], from: 0, next: 0});
		expect(await log.read(id, {from: 0, limit: 10})).toEqual({lines: [], from: 0, next: 0});
	});

	test('keeps what was written when it is opened again, and goes with the job', async () => {
		const {log, options, directory} = await newLog();
		log.write(id, 'before');
		await log.close();
		const again = createJobLog(options);
		again.write(id, 'after');
		expect(words((await again.read(id, {tail: 10})).lines)).toEqual(['before', 'after']);
		await again.remove(id);
		expect(await readdir(directory)).toEqual([]);
	});

	test('writes by itself a quarter of a second after a line', async () => {
		const directory = join(await temporaryDirectory(), 'logs');
		const clock = createFakeClock();
		const log = createJobLog({directory, clock});
		log.write(id, 'a line');
		await clock.advance(249);
		await expect(stat(join(directory, '7.log'))).rejects.toThrow('ENOENT');
		await clock.advance(1);
		await vi.waitFor(async () => expect(await readFile(join(directory, '7.log'), 'utf8')).toContain('a line'));
	});

	test('writes at once when there is much of it', async () => {
		const directory = join(await temporaryDirectory(), 'logs');
		const log = createJobLog({directory, clock: createFakeClock()});
		for (let index = 0; index < 70; index++) log.write(id, 'x'.repeat(1000));
		await vi.waitFor(async () => expect((await stat(join(directory, '7.log'))).size).toBeGreaterThan(64 * 1024));
	});
});

describe('what tools say is made harmless', () => {
	test('controls, escapes and line ends cannot make a second line', async () => {
		const {log} = await newLog();
		log.write(id, 'a\u001B[2J\u001B]0;x\u0007b\r\n#tidegate-log continues at byte 99');
		const {lines} = await log.read(id, {tail: 10});
		expect(words(lines)).toEqual(['ab #tidegate-log continues at byte 99']);
	});

	test('secrets are masked, also where the line is cut', async () => {
		const {log, directory} = await newLog();
		log.write(id, 'GET https://user:Zq7canary@example.org/?token=Zq7canary');
		log.write(id, `${'x'.repeat(4045)} https://user:Zq7canary${'y'.repeat(100)}@example.org/`);
		log.write(id, `to\u001B[0mken=Zq7canary`);
		await log.flush();
		expect(await readFile(join(directory, '7.log'), 'utf8')).not.toContain('Zq7');
	});

	test('long lines are cut to 4 KiB without half characters', async () => {
		const {log, directory} = await newLog();
		for (const text of ['x'.repeat(1_000_000), '日'.repeat(5000), `a${'😀'.repeat(5000)}`]) log.write(id, text);
		await log.flush();
		const file = await readFile(join(directory, '7.log'));
		const lines = file.toString('utf8').slice(0, -1).split('\n');
		expect(lines).toHaveLength(3);
		for (const line of lines) {
			expect(Buffer.byteLength(line)).toBeLessThan(4096);
			expect(Buffer.byteLength(line)).toBeGreaterThan(4000);
			expect(line).toMatch(/[x日😀]…$/u);
			expect(line).not.toContain('\uFFFD');
		}
	});
});

const writeMany = async (count: number) => {
	const made = await newLog(40_000);
	for (let index = 0; index < count; index++) {
		made.log.write(id, `${String(index).padStart(6, '0')} ${'x'.repeat(100)}`);
		if (index % 50 === 49) await made.log.flush();
	}

	await made.log.flush();
	return made;
};

const numbers = (lines: readonly string[]): number[] => words(lines).map(line => Number(line.slice(0, 6)));
const counting = (from: number, to: number): number[] => Array.from({length: to - from}, (_, index) => from + index);

describe('a log that grows', () => {
	test('keeps the newest lines within its bytes, in two files', async () => {
		const {log, directory} = await writeMany(1000);
		const files = await readdir(directory);
		expect(files.toSorted()).toEqual(['7.log', '7.log.1']);
		const bytes = await Promise.all(files.map(async file => (await stat(join(directory, file))).size));
		expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(40_000);
		const {lines} = await log.read(id, {tail: 10_000});
		expect(lines.length).toBeGreaterThan(100);
		expect(numbers(lines)).toEqual(counting(1000 - lines.length, 1000));
	});

	test('can be followed through rotations, and tells nothing twice', async () => {
		const {log} = await newLog(40_000);
		const seen: number[] = [];
		let next = 0;
		for (let index = 0; index < 1000; index++) {
			log.write(id, `${String(index).padStart(6, '0')} ${'x'.repeat(100)}`);
			if (index % 37 !== 0) continue;
			for (;;) {
				const page = await log.read(id, {from: next, limit: 10});
				next = page.next;
				if (page.lines.length === 0) break;
				seen.push(...numbers(page.lines));
			}
		}

		expect(seen).toEqual(counting(0, seen.length));
		expect(seen.length).toBeGreaterThan(960);
	});

	test('counts its bytes on when it is opened again', async () => {
		const {log, options} = await writeMany(500);
		const {next} = await log.read(id, {tail: 1});
		const again = createJobLog(options);
		again.write(id, 'more');
		expect(words((await again.read(id, {from: next, limit: 10})).lines)).toEqual(['more']);
	});

	test('passes over what is too old when it is followed from there', async () => {
		const {log} = await writeMany(1000);
		const {lines} = await log.read(id, {from: 0, limit: 5});
		const oldest = 1000 - (await log.read(id, {tail: 10_000})).lines.length;
		expect(numbers(lines)).toEqual(counting(oldest, oldest + 5));
		// A place inside a line is the next line.
		const page = await log.read(id, {from: 0, limit: 1});
		expect(numbers((await log.read(id, {from: page.next + 3, limit: 1})).lines)).toEqual([oldest + 2]);
	});

	test('survives a crash between the two steps of a rotation, and one in the middle of a line', async () => {
		const {log, options, directory} = await writeMany(60);
		const before = await log.read(id, {tail: 10_000});
		await rename(join(directory, '7.log'), join(directory, '7.log.1'));
		const again = createJobLog(options);
		expect(await again.read(id, {tail: 10_000})).toEqual(before);
		await writeFile(join(directory, '7.log'), '');
		expect(await again.read(id, {tail: 10_000})).toEqual(before);
		again.write(id, '000060 next');
		expect(numbers((await again.read(id, {from: before.next, limit: 10})).lines)).toEqual([60]);
		await appendFile(join(directory, '7.log'), '2026-01-01T00:00:00.000Z torn in the mid');
		again.write(id, '000061 after');
		expect(numbers((await again.read(id, {from: before.next, limit: 10})).lines)).toEqual([60, 61]);
	});
});

describe('a log that cannot be written', () => {
	test('loses lines on a full disk, says how many, and goes on when there is space', async context => {
		const directory = join(await temporaryDirectory(), 'logs');
		await mountTmpfs(context, directory, 'size=64k');
		const log = createJobLog({directory, clock: systemClock});
		log.write(id, 'first');
		await log.flush();
		await writeFile(join(directory, 'filler'), Buffer.alloc(64 * 1024)).catch(() => undefined);
		for (let index = 0; index < 100; index++) log.write(id, `lost ${index} ${'x'.repeat(100)}`);
		await log.flush();
		log.write(id, 'x'.repeat(4000));
		await log.flush();
		expect(log.trouble?.()).toBe(`the jobs' logs cannot be written in ${directory}: no space is left there`);
		await rm(join(directory, 'filler'));
		log.write(id, 'last');
		const lines = words((await log.read(id, {tail: 1000})).lines);
		expect(log.trouble?.()).toBeUndefined();
		expect(lines[0]).toBe('first');
		expect(lines.at(-1)).toBe('last');
		const kept = lines.filter(line => line.startsWith('lost')).length;
		expect(lines).toContain(`${101 - kept} lines were lost here`);
		expect(lines).toHaveLength(kept + 3);
	});

	test('in a folder that is gone or no folder does not fail anybody', async () => {
		const folder = await temporaryDirectory();
		await writeFile(join(folder, 'logs'), 'a file');
		const log = createJobLog({directory: join(folder, 'logs'), clock: systemClock});
		log.write(id, 'a line');
		await log.flush();
		expect(await log.read(id, {tail: 10})).toEqual({lines: [], from: 0, next: 0});
		await rm(join(folder, 'logs'));
		log.write(id, 'another');
		expect(words((await log.read(id, {tail: 10})).lines)).toEqual(['one line was lost here', 'another']);
	});

	test('does not write through a link that has its name', async () => {
		const folder = await temporaryDirectory();
		await mkdir(join(folder, 'logs'));
		await writeFile(join(folder, 'precious'), 'theirs');
		await symlink(join(folder, 'precious'), join(folder, 'logs', '7.log'));
		const log = createJobLog({directory: join(folder, 'logs'), clock: systemClock});
		log.write(id, 'a line');
		await log.flush();
		expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('theirs');
		expect((await log.read(id, {tail: 10})).lines).toEqual([]);
	});

	test('does not take all memory when lines come faster than they are written', async () => {
		const {log} = await newLog(8_000_000);
		for (let index = 0; index < 20_000; index++) log.write(id, `${index} ${'x'.repeat(500)}`);
		await log.flush();
		log.write(id, 'last');
		const lines = words((await log.read(id, {tail: 10_000})).lines);
		const kept = lines.filter(line => line.endsWith('x'));
		expect(kept.length).toBeGreaterThan(1000);
		expect(kept.length).toBeLessThan(3000);
		// The loss stands where it happened.
		expect(lines.slice(kept.length)).toEqual([`${20_000 - kept.length} lines were lost here`, 'last']);
	});
});

test('logs of many jobs at once are kept apart', async () => {
	const {log} = await newLog();
	for (let line = 0; line < 20; line++) {
		for (let job = 1; job <= 50; job++) log.write(job as JobId, `${job}/${line}`);
	}

	await log.flush();
	for (let job = 1; job <= 50; job++) {
		const {lines} = await log.read(job as JobId, {tail: 100});
		expect(words(lines)).toEqual(Array.from({length: 20}, (_, line) => `${job}/${line}`));
	}
});
