import {createHash} from 'node:crypto';
import {basename} from 'node:path';

/** An install directory and the lane that stands for it: one job at a time. */
export type Place = {readonly directory: string; readonly lane: string};

/** A lane for each install directory: `orpheus` where there is one, else `orpheus:NAME`, with a number where names are the same. */
export const placesOf = (id: string, directories: readonly string[]): readonly Place[] => {
	const unique = [...new Set(directories)];
	const names = unique.map(directory => basename(directory));
	return unique.map((directory, index) => {
		const own = names[index] ?? '';
		const isShared = names.indexOf(own) !== names.lastIndexOf(own);
		return {directory, lane: unique.length === 1 ? id : `${id}:${own}${isShared ? `-${index + 1}` : ''}`};
	});
};

/** The place that a source is dealt to: always the same one, and about as many sources to each. At least one place. */
export const placeOf = (places: readonly Place[], source: string): Place | undefined => {
	const number = createHash('sha256').update(source).digest().readUInt32BE(0);
	return places[number % Math.max(1, places.length)];
};
