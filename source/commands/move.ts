import type {Job} from '../domain/job.ts';
import {refusal} from '../domain/transitions.ts';
import type {Place} from '../engine/ports.ts';
import {expectDone, foresee, reportChange} from './answer.ts';
import {isSet, parseId, textOf} from './arguments.ts';
import {noSuchJob, usageError, type Options, type Verb} from './verb.ts';

export const move: Verb = {
	name: 'move',
	summary: 'Move jobs to another place in line; they keep their order among themselves',
	arguments: [['<id...>', 'job ids']],
	options: [
		['--top', 'before all others'],
		['--bottom', 'behind all others'],
		['--before <id>', 'before this job'],
	],
	run: async (context, args, options) =>
		context.withEngine(async engine => {
			const place = placeOf(options);
			const ids = args.map(text => parseId(text));
			if ('before' in place && (await engine.show(place.before)) === undefined) throw noSuchJob(place.before);
			if (context.globals.isDryRun) {
				return reportChange(context, engine, await foresee(engine, ids, whyNotMoved), 'would be moved');
			}

			return reportChange(context, engine, expectDone(await engine.send({type: 'reorder', ids, place})), 'moved');
		}),
};

/** Why a job keeps its place in line: it has none. */
export const whyNotMoved = ({status}: Pick<Job, 'status'>): string | undefined =>
	status === 'completed' ? refusal(status, 'retry') : undefined;

const placeOf = (options: Options): Place => {
	const before = textOf(options, 'before');
	const places: Place[] = [
		...(isSet(options, 'top') ? [{at: 'top'} as const] : []),
		...(isSet(options, 'bottom') ? [{at: 'bottom'} as const] : []),
		...(before === undefined ? [] : [{before: parseId(before)}]),
	];
	const [place] = places;
	if (place === undefined || places.length > 1) throw usageError('give one of --top, --bottom, --before ID');
	return place;
};
