import {addTraffic, noTraffic, quotaUsedUp, type Traffic} from '../domain/quota.ts';
import type {World} from '../domain/plan.ts';
import type {Core} from './core.ts';

/** What the queue remembers of its traffic from the last time; nothing where that cannot be read. */
export const readTraffic = async ({store}: Pick<Core, 'store'>): Promise<Traffic> => {
	try {
		const {day, today, month} = JSON.parse((await store.readSetting('traffic')) ?? '{}') as Partial<Traffic>;
		return typeof day === 'string' && isBytes(today) && isBytes(month) ? {day, today, month} : noTraffic;
	} catch {
		return noTraffic;
	}
};

const isBytes = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** Counts what has arrived; where that uses a quota up, the plan looks again. */
export const countTraffic = (core: Core, bytes: number): void => {
	const {live, clock} = core;
	if (core.settings.quota === undefined || bytes <= 0) return;
	const was = quotaHold(core);
	live.traffic = addTraffic(live.traffic, bytes, clock.localTime(clock.now()));
	if (was === undefined && quotaHold(core) !== undefined) core.wake();
};

/** What the plan has to know: a quota that is used up. */
export const quotaHold = ({live, settings, clock}: Core): World['quota'] => {
	if (settings.quota === undefined) return undefined;
	const now = clock.now();
	return quotaUsedUp(settings.quota, live.traffic, clock.localTime(now), now);
};

/** Writes the traffic down. A crash costs what came since the last time. Never rejects. */
export const saveTraffic = async (core: Core): Promise<void> => {
	if (core.settings.quota === undefined) return;
	try {
		await core.store.writeSetting('traffic', JSON.stringify(core.live.traffic));
	} catch {
		// The notice about the store says it; it is written the next time.
	}
};
