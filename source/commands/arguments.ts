import {episodesIn} from '../domain/episodes.ts';
import {isJobStatus, jobStatuses, type JobId, type JobStatus} from '../domain/job.ts';
import {sortKeys, type SortKey} from '../engine/ports.ts';
import {parseSize} from '../domain/size.ts';
import {usageError, type Options} from './verb.ts';

/*
 * Arguments as text become values, or a CommandError with exit code 2 that says what would be right.
 */

/** The text of an option, or undefined. */
export const textOf = (options: Options, name: string): string | undefined => {
	const value = options[name];
	return typeof value === 'string' ? value : undefined;
};

export const isSet = (options: Options, name: string): boolean => options[name] === true;

/** A whole number within bounds. */
export const parseCount = (what: string, text: string, least: number, most: number): number => {
	const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
	if (!Number.isSafeInteger(value) || value < least || value > most) {
		throw usageError(`${what} must be a whole number from ${least} to ${most}, not \`${text}\``);
	}

	return value;
};

export const parsePriority = (text: string): number => parseCount('the priority', text, 0, 9);

export const parseId = (text: string): JobId => {
	const digits = text.replace(/^#/, '');
	const id = /^\d+$/.test(digits) ? Number(digits) : 0;
	if (id < 1 || !Number.isSafeInteger(id)) throw usageError(`\`${text}\` is no job id; ids are numbers such as 7`);
	return id as JobId;
};

/** `queued,failed`. */
export const parseStatuses = (text: string): readonly JobStatus[] =>
	text.split(',').map(part => {
		const name = part.trim();
		if (!isJobStatus(name)) throw usageError(`there is no status \`${name}\`; there are ${jobStatuses.join(', ')}`);
		return name;
	});

export const parseSortKey = (text: string): SortKey => {
	const found = sortKeys.find(name => name === text);
	if (found === undefined) throw usageError(`cannot sort by \`${text}\`; sort by ${sortKeys.join(', ')}`);
	return found;
};

/** A number of bytes, such as `1048576`, `700MB` or `4GiB`. */
export const parseBytes = (what: string, text: string): number => {
	const bytes = parseSize(text);
	if (bytes === undefined || bytes < 1) {
		throw usageError(`${what} must be a size in bytes such as 1048576, 700MB or 4GiB, not \`${text}\``);
	}

	return bytes;
};

/** `1-12,15`: every number once, in the order given. */
export const parseEpisodes = (text: string): readonly number[] => {
	const found = episodesIn(text, '--episodes');
	if ('problem' in found) throw usageError(found.problem);
	return found.episodes;
};
