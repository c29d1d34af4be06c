import {cleanText} from '../../../domain/text.ts';
import type {EngineSnapshot, LaneView} from '../../../domain/snapshot.ts';
import {holdSentence} from '../../../domain/hold.ts';
import type {Instant} from '../../../domain/time.ts';
import {clockTime, size} from '../../format.ts';

/**
 * Lanes as the rows of a table: short words of seven bits, because ink-table measures by length and cuts nothing. `until` is
 * the instant when a lane that is shut opens again.
 */
export const laneRows = (snapshot: EngineSnapshot, width: number): ReadonlyArray<Readonly<Record<string, string>>> => {
	const at = (instant: Instant | undefined): string => (instant === undefined ? '-' : clockTime(instant, snapshot.at));
	return shownLanes(snapshot.lanes).map(lane => {
		const {hold, breaker} = lane;
		const until = at(hold !== undefined && 'until' in hold ? hold.until : undefined);
		if (width < 60) return {lane: ascii(lane.id, 10), breaker, until};
		const runs = lane.limit === 0 ? String(lane.running) : `${lane.running}/${lane.limit}`;
		const fails = String(lane.failures);
		const base = {lane: ascii(lane.id, width < 110 ? 16 : 30), runs, breaker, fails, until};
		if (width < 80) return base;
		const success = {...base, 'last success': at(lane.lastSuccessAt)};
		return width < 110 ? success : {...success, 'last failure': at(lane.lastFailureAt)};
	});
};

/** Why lanes start nothing, a line each; none where all may. */
export const laneReasons = (lanes: readonly LaneView[]): readonly string[] =>
	shownLanes(lanes).flatMap(({id, hold}) =>
		hold === undefined || hold.reason === 'lane-busy' || hold.reason === 'lane-paced'
			? []
			: [`${id}: ${'detail' in hold ? hold.detail : holdSentence(hold, size)}`],
	);

/** A provider with more lanes than this is shown as one: it may have one for each server. */
const mostLanes = 4;

const badness = {closed: 0, 'half-open': 1, open: 2} as const;

const shownLanes = (lanes: readonly LaneView[]): readonly LaneView[] =>
	[...Map.groupBy(lanes, lane => lane.provider)].flatMap(([provider, own]) =>
		own.length <= mostLanes ? own : [summaryOf(provider, own)],
	);

/** As well as the worst of them; without a limit, because each has its own. */
const summaryOf = (provider: string, lanes: readonly LaneView[]): LaneView => {
	const [worst] = lanes.toSorted((a, b) => badness[b.breaker] - badness[a.breaker]);
	const times = lanes.map(lane => lane.lastSuccessAt).filter(at => at !== undefined);
	return {
		id: `${provider} (${lanes.length} lanes)`,
		provider,
		running: lanes.reduce((sum, lane) => sum + lane.running, 0),
		limit: 0,
		breaker: worst?.breaker ?? 'closed',
		failures: Math.max(...lanes.map(lane => lane.failures)),
		lastSuccessAt: times.length === 0 ? undefined : Math.max(...times),
		lastFailureAt: undefined,
		hold: worst?.hold,
	};
};

/** Cut at its start: lanes of one provider differ in their ends, such as the server's port. */
const ascii = (value: string, most: number): string => {
	const clean = cleanText(value).replaceAll(/[^ -~]/gu, '?');
	return clean.length > most ? `~${clean.slice(1 - most)}` : clean;
};
