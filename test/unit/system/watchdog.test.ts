import {setImmediate as turn} from 'node:timers/promises';
import {expect, test, vi} from 'vitest';
import {createWatchdog} from '../../../source/system/watchdog.ts';

/** What Ctrl-Z does to a process: nothing happens in it for a while. */
const standStill = (milliseconds: number): void => {
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};

const turns = async (): Promise<void> => {
	for (let index = 0; index < 5; index++) await turn();
};

test('silence is told', async () => {
	const watchdog = createWatchdog(20);
	await vi.waitFor(() => expect(watchdog.signal.aborted).toBe(true));
});

test('a process that was itself stopped hears first what was said meanwhile', async () => {
	const watchdog = createWatchdog(200);
	standStill(1300);
	await turns();
	expect(watchdog.signal.aborted).toBe(false);
	watchdog.feed();
	await turns();
	expect(watchdog.signal.aborted).toBe(false);
	await vi.waitFor(() => expect(watchdog.signal.aborted).toBe(true), {timeout: 5000});
});

test('a process that was itself stopped still finds silence', async () => {
	const watchdog = createWatchdog(50);
	standStill(1200);
	await vi.waitFor(() => expect(watchdog.signal.aborted).toBe(true), {timeout: 5000});
});
