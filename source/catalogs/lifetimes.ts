import type {Duration} from '../domain/time.ts';

/** How long what catalogs answered may be used again. */
export type Lifetimes = {
	/** Of what hardly ever changes: albums, tracks. */
	readonly lasting: Duration;
	/** Of what people change: playlists, the albums that an artist has so far. */
	readonly changing: Duration;
};
