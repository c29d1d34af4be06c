import {z} from 'zod';
import {amount, count, key} from './keys.ts';

/*
 * The keys of the catalogs: where they are, how fast they may be asked, what is remembered of them.
 */

const base = z
	.string()
	.max(500)
	.refine(text => /^https?:\/\/[^\s?#@]+$/.test(text) && URL.canParse(text), {
		error: 'must be an http or https address without login, ? or #',
	})
	.transform(text => text.replace(/\/+$/, ''));

const secret = z.string().regex(/^(?:env|file):./, {
	error: 'must say where the secret is, as "env:NAME" or "file:PATH"; the secret itself does not belong here',
});

const enabled = (isEnabled: boolean) => key(z.boolean().default(isEnabled), {about: 'Whether this catalog is asked.'});

const deezer = z.strictObject({
	enabled: enabled(true),
	url: key(base.default('https://api.deezer.com'), {about: 'Where its API is.'}),
	requests_per_second: key(amount(0.1, 10).default(8), {
		about: 'Requests begin no faster than this.',
		unit: 'requests a second',
	}),
});

const musicbrainz = z.strictObject({
	enabled: enabled(true),
	url: key(base.default('https://musicbrainz.org/ws/2'), {
		about: 'Where its API is. It is asked once in 1.1 seconds, as its rules say.',
	}),
	contact: key(
		z
			.string()
			.min(3)
			.max(200)
			.regex(/^[\x20-\x7E]+$/, {error: 'must be plain ASCII'})
			.regex(/^[^()]+$/, {error: 'must not hold brackets'})
			.optional(),
		{
			about:
				'Your mail address or web page, which MusicBrainz wants to be told with each request; without it, it is not asked.',
			example: 'me@example.org',
		},
	),
});

const spotify = z.strictObject({
	enabled: enabled(false),
	url: key(base.default('https://api.spotify.com/v1'), {about: 'Where its API is.'}),
	token_url: key(base.default('https://accounts.spotify.com/api/token'), {about: 'Where its tokens come from.'}),
	client_id: key(
		z
			.string()
			.regex(/^(?:env|file):.|^[\dA-Za-z]{8,64}$/)
			.optional(),
		{
			about:
				'The id of your own client (https://developer.spotify.com/dashboard), as it is or as "env:NAME" or "file:PATH".',
			example: 'env:SPOTIFY_CLIENT_ID',
		},
	),
	client_secret: key(secret.optional(), {
		about: 'Its secret, as "env:NAME" or "file:PATH".',
		example: 'env:SPOTIFY_CLIENT_SECRET',
	}),
	market: key(
		z
			.string()
			.regex(/^[A-Z]{2}$/)
			.optional(),
		{
			about: 'The country whose offer counts, by its two letters.',
			example: 'DE',
		},
	),
});

/** `[catalogs]`; the sections of the single catalogs stand below it. */
export const catalogs = z.strictObject({
	provider: key(z.string().min(1).max(100).optional(), {
		about: 'Who fetches what catalogs name; default: the first enabled provider that can look for music.',
		example: 'slskd',
	}),
	max_concurrent: key(count(1, 32).default(4), {
		about: 'Requests to catalogs that go on at once, over all of them.',
		unit: 'requests',
	}),
	cache_hours: key(amount(0, 8760).default(24), {
		about: 'How long what was read of albums and tracks is used again; 0: never.',
		unit: 'hours',
	}),
	playlist_cache_minutes: key(amount(0, 525_600).default(10), {
		about: 'The same of playlists and of lists of albums, which change.',
		unit: 'minutes',
	}),
	cache_mb: key(amount(1, 10_000).default(32), {
		about: 'The most that is kept of catalogs below root_dir.',
		unit: 'MB (10^6 bytes)',
	}),
	deezer: key(deezer.prefault({}), {about: 'A section of its own.', isForeign: true}),
	musicbrainz: key(musicbrainz.prefault({}), {about: 'A section of its own.', isForeign: true}),
	spotify: key(spotify.prefault({}), {about: 'A section of its own.', isForeign: true}),
});

export const catalogSections = {
	'catalogs.deezer': deezer,
	'catalogs.musicbrainz': musicbrainz,
	'catalogs.spotify': spotify,
} as const;

export const catalogNotes = {
	catalogs: 'Where albums, playlists and lists are read: `tidegate album REF`, `tidegate playlist REF`.',
	'catalogs.deezer': 'What Deezer tells everybody about music (https://developers.deezer.com): no login, no music.',
	'catalogs.musicbrainz': 'What MusicBrainz knows about music (https://musicbrainz.org).',
	'catalogs.spotify':
		'What Spotify tells your own client about music: names alone, never the music. Mind its terms, which forbid to facilitate downloads of its content.',
} as const;
