import type {ProviderId} from '../domain/job.ts';
import type {Duration, Instant} from '../domain/time.ts';
import {healthOf} from './health.ts';
import type {Clock, Provider, ToolReport} from './ports.ts';

/** A tool that was looked at is not looked at again for so long: asking one for its version takes up to a second. */
const freshFor: Duration = 60_000;

/** How long an answer waits for tools that nobody has looked at yet. */
const patience: Duration = 200;

export type ToolChecks = {
	/**
	 * What the last look at each of these providers has said; undefined where none has ended yet. Looks that are due go on
	 * behind it.
	 */
	reports(providers: readonly Provider[]): Promise<ReadonlyMap<ProviderId, ToolReport | undefined>>;
};

type Look = {readonly at: Instant; report: ToolReport | undefined; ended: Promise<void>};

/** Remembers which tools are there. */
export const createToolChecks = (clock: Pick<Clock, 'now' | 'at'>): ToolChecks => {
	const looks = new Map<ProviderId, Look>();
	const lookAt = (provider: Provider): Look => {
		const last = looks.get(provider.id);
		if (last !== undefined && clock.now() - last.at < freshFor) return last;
		const look: Look = {at: clock.now(), report: last?.report, ended: Promise.resolve()};
		look.ended = noteReport(provider, look);
		looks.set(provider.id, look);
		return look;
	};

	return {
		async reports(providers) {
			const asked = providers.map(provider => [provider.id, lookAt(provider)] as const);
			const unknown = asked.filter(([, look]) => look.report === undefined).map(([, look]) => look.ended);
			if (unknown.length > 0) await within(Promise.all(unknown), clock);
			return new Map(asked.map(([id, look]) => [id, look.report]));
		},
	};
};

const noteReport = async (provider: Provider, look: Look): Promise<void> => {
	look.report = (await healthOf(provider)).report;
};

const within = async (looks: Promise<unknown>, clock: Pick<Clock, 'now' | 'at'>): Promise<void> => {
	let stop: (() => void) | undefined;
	const late = new Promise<void>(done => {
		stop = clock.at(clock.now() + patience, done);
	});
	await Promise.race([looks, late]);
	stop?.();
};
