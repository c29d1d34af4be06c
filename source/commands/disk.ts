import type {VolumeView} from '../domain/snapshot.ts';
import {printJson} from './answer.ts';
import {duration, facts, plain, size} from './format.ts';
import {volumeJson} from './json.ts';
import {breakdownOf} from './json-state.ts';
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

const describe = ({path, level, marks, gate, reserved, timeToFull, breakdown}: VolumeView): string =>
	facts([
		['volume', plain(path)],
		['state', gate.state],
		['why', 'detail' in gate ? gate.detail : undefined],
		['free', level === undefined ? 'not there; is it mounted?' : `${size(level.free)} of ${size(level.total)}`],
		['pauses', `below ${size(marks.free.pause)} free: nothing new starts`],
		['resumes', `above ${size(marks.free.resume)} free`],
		['stops', `below ${size(marks.free.stop)} free: what runs is stopped with its bytes kept`],
		['used', level?.used === undefined ? undefined : size(level.used)],
		['pauses', marks.used === undefined ? undefined : `above ${size(marks.used.pause)} used: nothing new starts`],
		['resumes', marks.used === undefined ? undefined : `below ${size(marks.used.resume)} used`],
		[
			'stops',
			marks.used === undefined
				? undefined
				: `at ${size(marks.used.hard)} used: what runs is stopped with its bytes kept`,
		],
		['reserved', reserved > 0 ? `${size(reserved)} that running jobs still have to write` : undefined],
		['full in', duration(timeToFull)],
		...Object.entries(breakdown ?? {})
			.filter(([, bytes]) => bytes > 0)
			.map(([name, bytes]) => [`  ${plain(name)}`, size(bytes)] as const),
	]);
