import {assertNever} from '../domain/assert-never.ts';
import type {EngineEvent} from '../engine/index.ts';
import type {Config} from '../config/load.ts';
import {duration, plain, size} from './format.ts';

export type LogLevel = Config['logging']['level'];

const levels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** Whether what is told at one level is wanted at another. */
export const isWanted = (level: LogLevel, wanted: LogLevel): boolean => levels.indexOf(level) <= levels.indexOf(wanted);

/** An event as a line without line end, with its level; `untimed` is for who notes the time itself. */
export const eventLine = (
	event: EngineEvent,
): {readonly level: LogLevel; readonly text: string; readonly untimed: string} => {
	const {level, text} = words(event);
	return {level, text: `${new Date(event.at).toISOString()} ${text}`, untimed: text};
};

const words = (event: EngineEvent): {readonly level: LogLevel; readonly text: string} => {
	switch (event.type) {
		case 'job':
			return jobWords(event);
		case 'added':
			return {level: 'info', text: `added ${event.count === 1 ? '1 job' : `${event.count} jobs`}`};
		case 'gate':
			return {
				level: 'warn',
				text: `disk ${event.gate.state}${'detail' in event.gate ? `: ${event.gate.detail}` : ''} (${plain(event.path)})`,
			};
		case 'queue':
			return {level: 'info', text: event.isPaused ? 'the queue is paused' : 'the queue goes on'};
		case 'undone':
		case 'redone':
			return {level: 'info', text: `${event.type}: ${plain(event.label)}`};
		case 'notice':
			return {level: 'warn', text: plain(event.text)};
		default:
			return assertNever(event);
	}
};

type JobEvent = Extract<EngineEvent, {type: 'job'}>;

const jobWords = ({job, from, to, error, at, ranFor}: JobEvent): {readonly level: LogLevel; readonly text: string} => {
	const name = `job ${job.id} ${plain(job.title)}`;
	const why = error === undefined ? '' : `: ${plain(error.message)}`;
	if (to === 'failed') return {level: 'error', text: `failed ${name}${why}`};
	if (to === 'completed') {
		const span = ranFor === undefined ? '' : ` in ${duration(ranFor)}`;
		return {level: 'info', text: `completed ${name}, ${size(job.size ?? 0)}${span}`};
	}

	if (to === 'starting' || to === 'searching') return {level: 'info', text: `started ${name} with ${job.provider}`};
	if (error !== undefined && (to === 'queued' || to === 'waiting')) {
		const next = job.retryAt === undefined ? '' : `; again in ${duration(job.retryAt - at)}`;
		return {level: 'warn', text: `put back ${name}${why}${next}`};
	}

	const isEnd = to === 'cancelled' || to === 'paused' || to === 'removed';
	return {level: isEnd ? 'info' : 'debug', text: isEnd ? `${to} ${name}` : `${name}: ${from} → ${to}`};
};
