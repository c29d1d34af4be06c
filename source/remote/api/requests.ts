import {z} from 'zod';
import {isJobStatus, jobStatuses, type JobStatus} from '../../domain/job.ts';
import {sortKeys} from '../../engine/ports.ts';

/*
 * What the API is asked. Unknown fields are refused: a misspelt filter must not become every job.
 */

const text = z.string().max(2000);
const source = z.string().min(1).max(16_384);
const priority = z.int().min(0).max(9).describe('9 goes first');
const jobId = z.int().min(1);
const ids = z.array(jobId).min(1).max(10_000);

/** `queued,failed`. */
const statusList = z
	.string()
	.max(500)
	.transform((list, context) => {
		const names = list.split(',').map(name => name.trim());
		const strange = names.find(name => !isJobStatus(name));
		if (strange === undefined) return names as readonly JobStatus[];
		context.addIssue({code: 'custom', message: `there is no such status; there are ${jobStatuses.join(', ')}`});
		return z.NEVER;
	});

const bounded = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const number = bounded(0, Number.MAX_SAFE_INTEGER);
const flag = z.enum(['true', 'false']).transform(value => value === 'true');

export const idPath = z.strictObject({id: bounded(1, Number.MAX_SAFE_INTEGER)});
export const refPath = z.strictObject({ref: z.string().min(1).max(500).describe('id or title')});
export const nothing = z.strictObject({});

const filterFields = {
	provider: text.optional(),
	batch: text.min(1).optional().describe('id or title'),
	filter: text.min(1).optional().describe('text in title or source'),
};

export const listQuery = z.strictObject({
	status: statusList.optional().describe('such as queued,failed'),
	...filterFields,
	sort: z.enum(sortKeys).optional(),
	order: z.enum(['asc', 'desc']).optional(),
	limit: bounded(1, 1000).optional().describe('1 to 1000, default 100'),
	after: text.optional().describe('`next` of the page before'),
});

export const batchQuery = z.strictObject({
	status: statusList.optional().describe('batches that have such jobs'),
	order: z.enum(['asc', 'desc']).optional(),
	limit: bounded(1, 1000).optional(),
	after: text.optional(),
});

export const logQuery = z.strictObject({
	tail: bounded(0, 10_000).optional().describe('lines from the end, default 100'),
	from: number.optional().describe('lines from this byte on'),
	before: number.optional().describe('lines that end at this byte or earlier'),
	limit: bounded(1, 10_000).optional().describe('lines at most, with from and before'),
});

export const diskQuery = z.strictObject({measure: flag.optional().describe('walk the storage first')});
export const eventsQuery = z.strictObject({
	last_event_id: text.optional().describe('for clients that cannot send Last-Event-ID'),
});

const wishes = {
	language: text.optional().describe('in the words of the provider'),
	quality: text.optional().describe('a word of the provider, or a profile'),
	priority: priority.optional(),
	paused: z.boolean().optional(),
	output: text
		.optional()
		.describe('where the file goes below the storage folder, such as `{batch}/{episode:03}.{ext}`'),
};

const many = z.array(source).min(1).max(10_000);

/** In the words of AniWorld-Downloader, 3.x and 4.x. */
export const downloadBody = z
	.strictObject({
		episode_urls: many.optional(),
		episode_url: source.optional(),
		episodes: many.optional().describe('the same as episode_urls'),
		anime_title: text.optional(),
		title: text.optional().describe('the same as anime_title'),
		provider: text.optional().describe('a provider of tidegate, or a hoster such as VOE'),
		...wishes,
		batch: text.optional().describe('default: the title, where there is one'),
		skip_bad: z.boolean().optional().describe('add the good ones even when others cannot be added'),
		series_url: text.nullable().optional().describe('is not needed'),
		custom_path_id: z.null().optional().describe('use `output`'),
	})
	.refine(
		body => [body.episode_urls, body.episode_url, body.episodes].filter(given => given !== undefined).length === 1,
		{
			error: 'give one of episode_urls, episode_url and episodes',
		},
	);

const trackText = z.string().min(1).max(500);

export const track = z.strictObject({
	title: trackText,
	artists: z.array(trackText).min(1).max(50),
	album: trackText.optional(),
	album_artist: trackText.optional(),
	number: z.int().min(1).max(9999).optional(),
	disc: z.int().min(1).max(999).optional(),
	date: z
		.string()
		.regex(/^\d{4}(?:-\d\d(?:-\d\d)?)?$/)
		.optional(),
	duration: z.number().min(0).max(1_000_000).optional().describe('seconds'),
	isrc: trackText.optional(),
	genre: trackText.optional(),
});

const musicId = z.union([z.string().min(1).max(100), z.int().min(1)]);

/** One thing, as 001 queues it. */
export const oneBody = z
	.strictObject({
		source: source.optional().describe('an address'),
		track: track.optional().describe('what the source is, for its tags and its name'),
		deezer_id: musicId.optional(),
		spotify_id: musicId.optional(),
		provider: text.optional(),
		title: text.optional(),
		hoster: text.optional(),
		episode: z.number().min(0).max(100_000).optional(),
		...wishes,
		batch: text.optional(),
		expected_size: z.int().min(1).optional(),
		checksum: text.optional().describe('such as sha256:HEX'),
		max_attempts: z.int().min(1).max(100).optional(),
	})
	.refine(body => [body.source, body.deezer_id, body.spotify_id].filter(given => given !== undefined).length === 1, {
		error: 'give one of source, deezer_id and spotify_id',
	});

/** A whole album or list; `album_id` and `source` are the words of 001. */
export const albumBody = z
	.strictObject({
		reference: text.min(1).optional().describe('such as deezer:123, or the address of an album or a playlist'),
		album_id: musicId.optional(),
		source: z.enum(['deezer', 'spotify', 'musicbrainz']).optional(),
		kind: z.enum(['album', 'playlist']).optional(),
		provider: text.optional(),
		...wishes,
		batch: text.min(1).optional(),
		skip_bad: z.boolean().optional(),
	})
	.refine(body => (body.reference === undefined) !== (body.album_id === undefined), {
		error: 'give reference, or album_id with source',
	})
	.refine(body => (body.album_id === undefined) === (body.source === undefined), {
		error: 'album_id and source belong together',
	});

export const actions = ['pause', 'resume', 'retry', 'cancel', 'remove'] as const;
export const actionPath = z.strictObject({...idPath.shape, action: z.enum(actions)});

const placed = {
	ids,
	to: z.enum(['top', 'bottom']).optional(),
	before: jobId.optional(),
};

const chosen = {
	ids: ids.optional(),
	all: z.literal(true).optional().describe('every job'),
	status: z.array(z.enum(jobStatuses)).min(1).optional(),
	...filterFields,
	except: ids.optional().describe('jobs that are not meant although they match'),
};

/** Many jobs at once: by their ids, or by what they have in common. */
export const actionsBody = z.discriminatedUnion('action', [
	z
		.strictObject({action: z.enum(actions), ...chosen})
		.refine(
			({ids: some, all, status, provider, batch, filter}) =>
				[some, all, status ?? provider ?? batch ?? filter].filter(given => given !== undefined).length === 1,
			{error: 'say which jobs: ids, or all, or a filter of status, provider, batch and filter'},
		),
	z.strictObject({action: z.literal('priority'), ids, priority}),
	z
		.strictObject({action: z.literal('move'), ...placed})
		.refine(({to, before}) => (to === undefined) !== (before === undefined), {
			error: 'say where: to or before',
		}),
]);

export const priorityBody = z.strictObject({priority});
export const workersBody = z.strictObject({count: z.int().min(1).max(32)});
export const limitBody = z.strictObject({
	rate: z
		.union([z.number().min(0).max(1e15), z.string().max(50), z.null()])
		.describe('bytes per second, or such as "2MB"; null or "off": none; "auto": what config.toml says'),
});
