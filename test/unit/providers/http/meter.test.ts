import {expect, test} from 'vitest';
import {createThrottle, type Throttle} from '../../../../source/providers/http/meter.ts';
import {createFakeClock} from '../../../support/fake-clock.ts';

/** Bytes that pass in so many seconds, in pieces of 1000 as soon as the throttle is open. */
const flood = (rate: number | undefined) => {
	const clock = createFakeClock(0);
	let passed = 0;
	const pour = (): void => {
		for (let piece = 0; piece < 1000 && throttle.isOpen; piece++) {
			passed += 1000;
			throttle.take(1000, clock.now());
		}
	};
	const throttle: Throttle = createThrottle(rate, clock, pour);
	return {
		clock,
		throttle,
		async passedIn(seconds: number): Promise<number> {
			passed = 0;
			pour();
			await clock.advance(seconds * 1000);
			return passed;
		},
	};
};

test('lets through what the rate allows', async () => {
	const {passedIn} = flood(100_000);
	expect(Math.abs((await passedIn(10)) - 1_000_000)).toBeLessThan(20_000);
});

test('takes another rate at once, in both directions', async () => {
	const {passedIn, throttle} = flood(100_000);
	await passedIn(2);
	throttle.limit(10_000);
	expect(Math.abs((await passedIn(20)) - 200_000)).toBeLessThan(5000);
	throttle.limit(500_000);
	expect(Math.abs((await passedIn(4)) - 2_000_000)).toBeLessThan(60_000);
});

test('a download that waits goes on when the limit is taken away, and is held again when one comes', async () => {
	const {passedIn, throttle} = flood(1000);
	await passedIn(1);
	expect(throttle.isOpen).toBe(false);
	throttle.limit(undefined);
	expect(throttle.isOpen).toBe(true);
	expect(await passedIn(1)).toBe(1_000_000);
	throttle.limit(1000);
	expect(Math.abs((await passedIn(10)) - 10_000)).toBeLessThan(2500);
});

test('after the end nothing is called any more', async () => {
	const {clock, throttle, passedIn} = flood(1000);
	await passedIn(1);
	throttle.close();
	expect(clock.waiting()).toEqual([]);
});
