import {closeSync, existsSync, fstatSync, openSync, readFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import {boundLog, generations} from '../../../source/system/bounded-log.ts';
import {isJournal, withPriority} from '../../../source/system/journal.ts';
import {watchdogOf} from '../../../source/system/sd-notify.ts';
import {temporaryDirectory} from '../../support/temp.ts';

const openLog = async () => {
	const path = join(await temporaryDirectory(), 'scheduler.log');
	const descriptor = openSync(path, 'a');
	onTestFinished(() => closeSync(descriptor));
	return {path, descriptor};
};

describe('the log of a scheduler in the background', () => {
	test('is bounded, with a few older ones beside it, and no line is lost between two of them', async () => {
		const {path, descriptor} = await openLog();
		const log = boundLog(path, descriptor, 1000);
		for (let line = 1; line <= 300; line++) {
			writeSync(descriptor, `${String(line).padStart(9, '0')}\n`);
			log.look();
		}

		const files = [...Array.from({length: generations}, (_, age) => `${path}.${generations - age}`), path];
		const lines = files.flatMap(file => readFileSync(file, 'utf8').split('\n').slice(0, -1)).map(Number);
		expect(lines.at(-1)).toBe(300);
		expect(lines).toEqual(Array.from({length: lines.length}, (_, index) => 301 - lines.length + index));
		for (const file of files) expect(readFileSync(file).length).toBeLessThanOrEqual(1000);
		expect(existsSync(`${path}.${generations + 1}`)).toBe(false);
	});

	test('is left alone where it is somebody else who writes it', async () => {
		const [{path, descriptor}, other] = [await openLog(), await openLog()];
		writeSync(descriptor, 'x'.repeat(2000));
		boundLog(path, other.descriptor, 1000).look();
		expect(readFileSync(path).length).toBe(2000);
	});
});

describe('the journal', () => {
	test('is known by the file that stderr is, not by a variable that was inherited', async () => {
		const [{descriptor}, other] = [await openLog(), await openLog()];
		const {dev, ino} = fstatSync(descriptor);
		expect(isJournal(descriptor, `${dev}:${ino}`)).toBe(true);
		expect(isJournal(other.descriptor, `${dev}:${ino}`)).toBe(false);
		expect(isJournal(descriptor, undefined)).toBe(false);
		expect(isJournal(descriptor, '1:2:3')).toBe(false);
	});

	test('gets a priority before each line', () => {
		expect(withPriority('one\ntwo\n', 'warn')).toBe('<4>one\n<4>two\n');
	});
});

test.each([
	[{WATCHDOG_USEC: '3000000'}, 3000],
	[{WATCHDOG_USEC: '3000000', WATCHDOG_PID: '7'}, 3000],
	[{WATCHDOG_USEC: '3000000', WATCHDOG_PID: '8'}, undefined],
	[{WATCHDOG_USEC: '0'}, undefined],
	[{WATCHDOG_USEC: 'soon'}, undefined],
	[{}, undefined],
])('the watchdog of process 7 with %j', (env, expected) => {
	expect(watchdogOf(env, 7)).toBe(expected);
});
