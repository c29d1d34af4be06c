import {isAudioName} from '../../domain/ranking.ts';
import {isRecord, parseJson} from '../supervision/json.ts';
import {flagsOf, number, records, text} from './fields.ts';

export type SearchState = {
	readonly isComplete: boolean;
	/** `Errored` or `Cancelled`: it came to no end of its own. */
	readonly isBroken: boolean;
	readonly responseCount: number;
};

export const parseSearch = (answer: string): SearchState | undefined => {
	const value = parseJson(answer);
	if (!isRecord(value)) return undefined;
	const flags = flagsOf(text(value['state']) ?? '');
	return {
		isComplete: value['isComplete'] === true || flags.has('Completed'),
		isBroken: flags.has('Errored') || flags.has('Cancelled'),
		responseCount: number(value['responseCount']) ?? 0,
	};
};

/** A piece of music that a peer has answered with. */
export type FoundFile = {
	readonly peer: string;
	readonly file: string;
	readonly size: number;
	readonly length: number | undefined;
	readonly bitRate: number | undefined;
	readonly bitDepth: number | undefined;
	readonly sampleRate: number | undefined;
	readonly hasFreeSlot: boolean;
	readonly queueLength: number;
	readonly speed: number;
};

/** Files of one search that are looked at. */
const mostFiles = 20_000;

/** The music among the responses to a search; what is locked cannot be had and is left out. Undefined: no such list. */
export const parseResponses = (answer: string): readonly FoundFile[] | undefined => {
	const value = parseJson(answer);
	const responses = Array.isArray(value) ? value : isRecord(value) ? value['responses'] : undefined;
	if (!Array.isArray(responses)) return undefined;
	const found: FoundFile[] = [];
	for (const response of records(responses)) {
		const peer = text(response['username']);
		if (peer === undefined || peer === '') continue;
		const about = {
			hasFreeSlot: response['hasFreeUploadSlot'] === true,
			queueLength: number(response['queueLength']) ?? 0,
			speed: number(response['uploadSpeed']) ?? 0,
		};
		for (const file of records(response['files'])) {
			const [name, size] = [text(file['filename']), number(file['size'])];
			if (name === undefined || !(size !== undefined && Number.isSafeInteger(size) && size > 0)) continue;
			if (file['isLocked'] === true || !isAudioName(name)) continue;
			found.push({
				peer,
				file: name,
				size,
				length: number(file['length']),
				bitRate: number(file['bitRate']),
				bitDepth: number(file['bitDepth']),
				sampleRate: number(file['sampleRate']),
				...about,
			});
			if (found.length >= mostFiles) return found;
		}
	}

	return found;
};
