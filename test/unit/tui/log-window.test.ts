import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import type {LogRange} from '../../../source/engine/ports.ts';
import {createLogWindow, logPageLines} from '../../../source/tui/log-window.ts';
import {logLines} from '../../support/log-lines.ts';
import {scriptedEngine} from '../../support/scripted-engine.ts';

const id = 1 as JobId;

/** A log in memory that remembers how it was read. */
const newLog = (count: number) => {
	const lines = Array.from({length: count}, (_, index) => `line ${index}`);
	const ranges: LogRange[] = [];
	const engine = {
		...scriptedEngine(),
		async readLog(_id: JobId, range: LogRange) {
			ranges.push(range);
			return logLines(lines, range);
		},
	};
	const window = createLogWindow(engine);
	window.open(id);
	return {lines, ranges, window};
};

const first = (window: ReturnType<typeof createLogWindow>): string | undefined => window.getState().lines[0];
const last = (window: ReturnType<typeof createLogWindow>): string | undefined => window.getState().lines.at(-1);

describe('a log of any length', () => {
	test('opens at its end with one page', async () => {
		const {window, ranges} = newLog(1_000_000);
		await window.settled();
		expect(last(window)).toBe('line 999999');
		expect(window.getState()).toMatchObject({isAtEnd: true, isAtStart: false, isLoading: false});
		expect(ranges).toEqual([{tail: logPageLines}]);
	});

	test('is read further back where somebody scrolls, each line once, and holds only a few pages', async () => {
		const {window, lines} = newLog(30_000);
		await window.settled();
		const seen = new Map<number, string>();
		let number = window.getState().base + window.getState().lines.length - 1;
		let most = 0;
		for (;;) {
			const {lines: held, base, isAtStart} = window.getState();
			for (const [index, line] of held.entries()) {
				expect(seen.get(base + index) ?? line).toBe(line);
				seen.set(base + index, line);
			}

			most = Math.max(most, held.length);
			if (isAtStart && number <= base) break;
			number = Math.max(base, number - 400);
			window.reach(number, number + 20);
			await window.settled();
		}

		const inOrder = [...seen].toSorted(([a], [b]) => a - b).map(([, line]) => line);
		expect(inOrder).toEqual(lines);
		expect(most).toBeLessThanOrEqual(5 * logPageLines);
	});

	test('is read on again on the way back to its end', async () => {
		const {window} = newLog(30_000);
		await window.settled();
		window.jump('start');
		await window.settled();
		expect(first(window)).toBe('line 0');
		for (let steps = 0; steps < 40 && !window.getState().isAtEnd; steps++) {
			const {base, lines} = window.getState();
			window.reach(base + lines.length - 1, base + lines.length - 1);
			await window.settled();
		}

		expect(last(window)).toBe('line 29999');
	});

	test('a jump to the end and to the start needs no page between', async () => {
		const {window, ranges} = newLog(1_000_000);
		await window.settled();
		window.jump('start');
		await window.settled();
		expect(first(window)).toBe('line 0');
		window.jump('end');
		await window.settled();
		expect(last(window)).toBe('line 999999');
		expect(ranges).toHaveLength(3);
	});
});

describe('a log that grows', () => {
	test('is followed: only what is new is read', async () => {
		const {window, lines, ranges} = newLog(10);
		await window.settled();
		lines.push('new 1', 'new 2');
		window.refresh(true);
		await window.settled();
		expect(window.getState().lines.slice(-3)).toEqual(['line 9', 'new 1', 'new 2']);
		expect(ranges.at(-1)).toEqual({from: 10, limit: logPageLines});
	});

	test('faster than it can be read is followed by leaving lines out, not by falling behind', async () => {
		const {window, lines, ranges} = newLog(10);
		await window.settled();
		lines.push(...Array.from({length: 100_000}, (_, index) => `burst ${index}`));
		window.refresh(true);
		await window.settled();
		expect(last(window)).toBe('burst 99999');
		expect(ranges.length).toBeLessThan(5);
	});

	test('keeps what somebody reads further up, and its numbers', async () => {
		const {window, lines} = newLog(50);
		await window.settled();
		const {base} = window.getState();
		for (let batch = 0; batch < 20; batch++) {
			lines.push(...Array.from({length: 1000}, (_, index) => `more ${batch} ${index}`));
			window.refresh(false);
			await window.settled();
		}

		expect(window.getState().base).toBe(base);
		expect(first(window)).toBe('line 0');
		expect(window.getState().lines.length).toBeLessThanOrEqual(5 * logPageLines);
	});
});

const has = (word: string) => (line: string) => line === word;

describe('a word in a log', () => {
	test('is found among what is held at once', async () => {
		const {window} = newLog(100);
		await window.settled();
		const {base} = window.getState();
		expect(window.findHeld(has('line 40'), base + 99, -1)).toBe(base + 40);
		expect(window.findHeld(has('line 40'), base + 40, -1)).toBeUndefined();
	});

	test('is found far away in either direction, and held then', async () => {
		const {window} = newLog(200_000);
		await window.settled();
		const found = await window.findBeyond(has('line 12345'), -1);
		if (typeof found !== 'number') throw new Error(found);
		const {base, lines} = window.getState();
		expect(lines[found - base]).toBe('line 12345');
		const further = await window.findBeyond(has('line 150000'), 1);
		if (typeof further !== 'number') throw new Error(further);
		expect(further - found).toBe(150_000 - 12_345);
		expect(await window.findBeyond(has('nobody'), 1)).toBe('nowhere');
	});

	test('that is looked for while another one is: the older search gives up', async () => {
		const {window} = newLog(200_000);
		await window.settled();
		const older = window.findBeyond(has('line 5'), -1);
		const newer = window.findBeyond(has('line 7'), -1);
		expect(await older).toBe('superseded');
		expect(typeof (await newer)).toBe('number');
	});
});

test('another job has another log, and an answer that comes too late is not mixed in', async () => {
	const {window} = newLog(10);
	window.open(2 as JobId);
	window.open(undefined);
	await window.settled();
	expect(window.getState().lines).toEqual([]);
});

test('a log that cannot be read says why', async () => {
	const window = createLogWindow({...scriptedEngine(), readLog: () => Promise.reject(new Error('the line is cut'))});
	window.open(id);
	await window.settled();
	expect(window.getState().problem).toBe('the line is cut');
});
