import {assertNever} from '../../domain/assert-never.ts';
import {approaches, toBeFreed, type Approach} from '../../domain/forecast.ts';
import type {VolumeView} from '../../domain/snapshot.ts';
import {cleanText} from '../../domain/text.ts';
import type {Duration, Instant} from '../../domain/time.ts';
import {clockTime, duration, size} from '../format.ts';
import type {Tone} from '../theme.ts';

/** What a volume is doing, in words of several lengths: the longest that fits is shown. */
export type StateWords = {readonly tone: Tone; readonly forms: readonly string[]};

/** The last part of the volume's path: what people call it. */
export const volumeName = ({path}: Pick<VolumeView, 'path'>): string =>
	cleanText(path.split('/').findLast(part => part !== '') ?? path);

/** Whether the volume is open, and if not, since when, why, and what would have to happen. */
export const stateWords = (volume: VolumeView, now: Instant): StateWords => {
	const {gate, level, opensAt} = volume;
	switch (gate.state) {
		case 'open':
			return level === undefined ? {tone: 'dim', forms: ['being measured', 'measuring']} : openWords(volume);
		case 'missing':
			return {
				tone: 'bad',
				forms: [`NOT MOUNTED since ${clockTime(gate.since, now)}: jobs wait until it is back`, 'NOT MOUNTED'],
			};
		case 'paused':
		case 'stopped': {
			const since = clockTime(gate.since, now);
			const word = gate.state === 'paused' ? 'PAUSED' : 'FULL';
			const tone: Tone = gate.state === 'paused' ? 'warning' : 'bad';
			if (opensAt !== undefined) {
				const at = clockTime(opensAt, now);
				return {
					tone,
					forms: [
						`${word} since ${since}: space is back, opens at ${at}`,
						`${word}, opens ${at}`,
						`${word} to ${at}`,
						word,
					],
				};
			}

			const needed = level === undefined ? 0 : toBeFreed(level, volume.marks);
			if (needed <= 0)
				return {tone, forms: [`${word} since ${since}: ${gate.detail}`, `${word}: ${gate.detail}`, word]};
			return {
				tone,
				forms: [
					`${word} since ${since}: waits for ${size(needed)} to be freed`,
					`${word}: waits for ${size(needed)} to be freed`,
					`${word}: free ${size(needed)}`,
					`free ${size(needed)}`,
				],
			};
		}

		default:
			return assertNever(gate);
	}
};

const openWords = (volume: VolumeView): StateWords => {
	const [next] = pauseMarks(volume);
	if (next?.in === undefined) return {tone: 'good', forms: ['open']};
	const left = roughly(next.in);
	return {
		tone: 'good',
		forms: [`open, closes at ${markWords(next)} in ${left}`, `open, closes in ${left}`, `closes in ${left}`, 'open'],
	};
};

/** A time to go, no finer than minutes: it is an estimate, and seconds would be drawn anew each second. */
export const roughly = (span: Duration): string => {
	if (span < 60_000) return 'under 1m';
	return span < 3_600_000 ? `${Math.floor(span / 60_000)}m` : duration(span);
};

const pauseMarks = ({level, marks, fillRate}: VolumeView): readonly Approach[] =>
	level === undefined ? [] : approaches(level, marks, fillRate ?? 0).filter(one => one.mark === 'pause');

/** A mark as people say it: `450.0 GB used`, `10.0 GB free`. */
export const markWords = ({at, kind}: Pick<Approach, 'at' | 'kind'>): string => `${size(at)} ${kind}`;

/** What else is known of a volume, the most useful first; whole facts, so that those that do not fit can be left out. */
export const volumeFacts = (volume: VolumeView): readonly string[] => {
	const {level, marks, gate, reserved} = volume;
	if (level === undefined) return [];
	const [near, far] = pauseMarks(volume);
	const facts: string[] = [];
	if (gate.state === 'open') {
		if (near !== undefined && near.in === undefined) facts.push(`closes at ${markWords(near)}`);
		if (far !== undefined) facts.push(`or at ${markWords(far)}${far.in === undefined ? '' : ` in ${roughly(far.in)}`}`);
	} else {
		if (marks.used !== undefined && level.used !== undefined && level.used >= marks.used.resume)
			facts.push(`opens below ${size(marks.used.resume)} used`);
		if (level.free <= marks.free.resume) facts.push(`opens above ${size(marks.free.resume)} free`);
	}

	if (reserved > 0) facts.push(`${size(reserved)} reserved`);
	facts.push(`${size(level.free)} free`);
	return facts;
};
