import type {VolumeView} from '../domain/snapshot.ts';
import {printJson} from './answer.ts';
import {duration, facts, plain, size} from './format.ts';
import {volumeJson} from './json.ts';
import {exitCodes, type Verb} from './verb.ts';

export const disk: Verb = {
	name: 'disk',
	summary: 'Show the volumes: marks, used, free, reserved, state, time to full, breakdown',
	run: async context =>
		context.withEngine(async engine => {
			await engine.send({type: 'measure-disk'});
			const {volumes} = engine.getSnapshot();
			if (context.globals.isJson) {
				printJson(context, {volumes: volumes.map(volume => volumeJson(volume)), breakdown: breakdownOf(volumes)});
			} else {
				context.io.out(`${volumes.map(volume => describe(volume)).join('\n\n')}\n`);
			}

			return exitCodes.done;
		}),
};

const breakdownOf = (volumes: readonly VolumeView[]): Readonly<Record<string, number>> => {
	const sums: Record<string, number> = {};
	for (const {breakdown} of volumes) {
		for (const [name, bytes] of Object.entries(breakdown ?? {})) sums[name] = (sums[name] ?? 0) + bytes;
	}

	return sums;
};

const describe = ({path, level, marks, gate, reserved, timeToFull, breakdown}: VolumeView): string =>
	facts([
		['volume', plain(path)],
		['state', gate.state],
		['why', 'detail' in gate ? gate.detail : undefined],
		['free', level === undefined ? 'not there; is it mounted?' : `${size(level.free)} of ${size(level.total)}`],
		['starts pause', `below ${size(marks.free.pause)} free`],
		['go on', `above ${size(marks.free.resume)} free`],
		['all stops', `below ${size(marks.free.stop)} free`],
		['used', level?.used === undefined ? undefined : size(level.used)],
		['starts pause', marks.used === undefined ? undefined : `above ${size(marks.used.pause)} used`],
		['go on', marks.used === undefined ? undefined : `below ${size(marks.used.resume)} used`],
		['hard limit', marks.used === undefined ? undefined : `${size(marks.used.hard)} used`],
		['promised', reserved > 0 ? size(reserved) : undefined],
		['full in', duration(timeToFull)],
		...Object.entries(breakdown ?? {})
			.filter(([, bytes]) => bytes > 0)
			.map(([name, bytes]) => [`  ${plain(name)}`, size(bytes)] as const),
	]);
