import type {Track} from '../domain/track.ts';

/**
 * The tracks of one whole album with how many there are on each disc, and how many discs, where every track says its place
 * and no place is missing.
 */
export const withCounts = (tracks: readonly Track[]): readonly Track[] => {
	const onDisc = new Map<number, number>();
	for (const {number, disc = 1} of tracks) {
		if (number === undefined) return tracks;
		onDisc.set(disc, (onDisc.get(disc) ?? 0) + 1);
	}

	const isWhole = tracks.every(({number = 0, disc = 1}) => number <= (onDisc.get(disc) ?? 0) && disc <= onDisc.size);
	return isWhole
		? tracks.map(track => ({...track, numberOf: onDisc.get(track.disc ?? 1) ?? 0, discOf: onDisc.size}))
		: tracks;
};
