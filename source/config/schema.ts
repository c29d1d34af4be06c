import {z} from 'zod';
import {allAniworldHosters, aniworldLanguages, named} from '../domain/aniworld-choices.ts';
import {parseTemplate} from '../domain/organise.ts';
import {tagFields} from '../domain/track.ts';
import {catalogNotes, catalogs, catalogSections} from './catalog-keys.ts';
import {keyBindings} from './key-bindings.ts';
import {amount, count, foreign, key, program, rate, secretFile} from './keys.ts';
import {orpheus} from './orpheus-keys.ts';
import {commandProviderSchema, laneKeys} from './provider-keys.ts';
import {serverSchema} from './server-keys.ts';
import {slskd} from './slskd-keys.ts';
import {parseSize} from '../domain/size.ts';
import {parseWindow} from './windows.ts';
import {notifySchema} from './notify-keys.ts';
import {qualitySchema} from './quality.ts';

/*
 * Every key of config.toml with its default, its unit and one sentence. The README's table, config.toml itself and
 * `tidegate config print` are generated from here.
 */

const data = z.strictObject({
	root_dir: key(z.string().min(1).optional(), {
		about:
			'Where the queue, the logs and the socket live. A relative path starts at the folder of config.toml; default: $XDG_DATA_HOME/tidegate.',
		example: 'data',
	}),
	storage_dir: key(z.string().min(1).default('downloads'), {
		about: 'Where finished files go. A relative path starts at root_dir.',
	}),
});

const gigabytes = amount(0, 10_000_000);

/** Other programs of the pipeline have keys of their own here. */
const cleanup = z.looseObject({
	delete_video_after_transcription: key(z.boolean().default(false), {
		about:
			'Whether tidegate deletes a video once its row has left the transcription behind: only one that it put there itself, as its own queue and the row both say, path and size.',
	}),
	delete_audio_after_transcription: foreign(),
});

const diskManagement = z.strictObject({
	hard_limit_gb: key(gigabytes.optional(), {
		about: 'The trees never hold more than this: running downloads are stopped with their bytes kept.',
		unit: 'GB (10^9 bytes)',
		example: 300,
	}),
	pause_threshold_gb: key(gigabytes.optional(), {
		about: 'Above this many used bytes nothing new starts; what runs finishes.',
		unit: 'GB',
		example: 280,
	}),
	resume_threshold_gb: key(gigabytes.optional(), {
		about: 'Below this many used bytes downloads start again. Give all three marks or none.',
		unit: 'GB',
		example: 250,
	}),
	pause_below_free_gb: key(gigabytes.default(2), {
		about: 'With less free space on the filesystem nothing new starts.',
		unit: 'GB',
	}),
	resume_above_free_gb: key(gigabytes.default(4), {
		about: 'With more free space than this downloads start again.',
		unit: 'GB',
	}),
	stop_below_free_gb: key(gigabytes.default(0.5), {
		about: 'With less free space running downloads are stopped with their bytes kept.',
		unit: 'GB',
	}),
	check_interval_seconds: key(amount(1, 86_400).default(30), {
		about: 'How often the trees are measured again in the background.',
		unit: 'seconds',
	}),
	cache_duration_seconds: key(amount(0.1, 3600).default(5), {
		about: 'How old a look at the free space may get while something runs or waits for space.',
		unit: 'seconds',
	}),
	resume_dwell_seconds: key(amount(0, 86_400).default(10), {
		about: 'How long there has to be space without a break before downloads start again.',
		unit: 'seconds',
	}),
	max_concurrent_downloads: key(count(1, 32).default(5), {
		about: 'Workers: jobs that run at once, 1 to 32. `--workers` and `tidegate workers N` change it.',
		unit: 'jobs',
	}),
	max_concurrent_transcriptions: foreign(),
	trees: key(z.array(z.string().min(1)).max(64).default([]), {
		about:
			'Folders whose bytes count as used, relative to storage_dir; empty: storage_dir itself. Folders below them named videos, audio, transcripts, tokens, analysis, cache or database are told apart in the breakdown.',
	}),
	cleanup: key(cleanup.prefault({}), {about: 'A section of its own.', isForeign: true}),
});

const template = z.string().superRefine((text, context) => {
	const parsed = parseTemplate(text);
	if ('problem' in parsed) context.addIssue({code: 'custom', message: `is no output template: ${parsed.problem}`});
});

const queue = z.strictObject({
	max_attempts: key(count(1, 100).default(4), {
		about: 'Attempts a job may spend before it is set aside as failed.',
		unit: 'attempts',
	}),
	retry_base_seconds: key(amount(0.1, 86_400).default(15), {
		about:
			'The longest wait before the second attempt; it doubles with every further one, and chance takes a part of it.',
		unit: 'seconds',
	}),
	retry_cap_seconds: key(amount(0.1, 604_800).default(1800), {
		about: 'No wait between attempts is longer, unless the server asks for it.',
		unit: 'seconds',
	}),
	max_active_batches: key(count(1, 1000).optional(), {
		about:
			'Batches (albums, seasons, lists) that are under way at once; one that was begun goes before a new one. Default: no limit. Jobs that were added alone count for none.',
		unit: 'batches',
		example: 2,
	}),
	max_active_per_batch: key(count(1, 32).optional(), {
		about: 'Jobs of one batch at once, within the workers and the limits of providers. Default: no limit.',
		unit: 'jobs',
		example: 3,
	}),
	output: key(template.default('{batch}/{name}.{ext}'), {
		about:
			'Where a finished file goes below storage_dir. Fields: batch, name, ext, title, provider, id, episode, language, quality; of music also artist, artists, album, album_artist, track, disc, year, date, genre, isrc; {episode:03} pads with zeros.',
	}),
});

const pipeline = z.strictObject({
	database: key(z.string().min(1).optional(), {
		about:
			'The SQLite file of the anime pipeline (GDA2025). Rows of its table jobs that are queued and selected become jobs of ani-cli, which has to be enabled; what becomes of them is told to the rows. A relative path starts at root_dir.',
		example: 'jobs.db',
	}),
	output: key(template.default('videos/{mal_id}/episodes/ep{episode:03}.{ext}'), {
		about:
			'Where files of the pipeline go below storage_dir. Fields beside those of [queue] output: mal_id, anime, season, year. metadata.json is written into the folder above `episodes`.',
	}),
	poll_seconds: key(amount(0.2, 3600).default(5), {
		about: 'How often new rows are looked for while there is room in the line.',
		unit: 'seconds',
	}),
	stale_after_seconds: key(amount(60, 2_592_000).default(3600), {
		about:
			'A row that another program downloads is given back when neither the row nor its worker has changed for so long.',
		unit: 'seconds',
	}),
});

const http = z.strictObject({
	...laneKeys({maxActive: 16, startInterval: 0, stallTimeout: 60}),
	segments: key(count(1, 16).default(4), {
		about: 'Connections for one large file, where the server allows ranges.',
		unit: 'connections',
	}),
	segment_threshold_mb: key(amount(1, 1_000_000).default(32), {
		about: 'Files smaller than this are fetched over one connection.',
		unit: 'MB (10^6 bytes)',
	}),
	user_agent: key(z.string().min(1).max(200).optional(), {
		about: 'What the servers are told; default: tidegate and its version.',
		example: 'tidegate',
	}),
});

const ytDlp = z.strictObject({
	...laneKeys({maxActive: 3, startInterval: 1, stallTimeout: 300}),
	command: key(program.default('yt-dlp'), {about: 'The program, by name or path.'}),
	format: key(z.string().min(1).max(500).optional(), {
		about: 'Which formats to take (`yt-dlp -f`), unless a job asks for a quality.',
		example: 'bv*[height<=1080]+ba/b',
	}),
	track_search: key(
		z
			.string()
			.regex(/^[a-z]{2,20}search1?:$/)
			.optional(),
		{
			about:
				'Lets catalogs have music fetched by yt-dlp: the search whose first result is taken for what a track is called. What it finds may be another piece; `--quality audio` takes the sound alone.',
			example: 'ytsearch1:',
		},
	),
	cookies: key(secretFile.optional(), {
		about: 'A cookies file in Netscape format, for sites that need a login.',
		example: 'file:cookies.txt',
	}),
	extra_args: key(z.array(z.string()).max(100).default([]), {
		about: 'More arguments for yt-dlp. Logins do not belong here: every user of the machine could read them.',
	}),
});

const aria2 = z.strictObject({
	...laneKeys({maxActive: 8, startInterval: 0, stallTimeout: 60}),
	command: key(program.default('aria2c'), {about: 'The program, by name or path.'}),
	connections: key(count(1, 16).default(4), {about: 'Connections to one server for one file.', unit: 'connections'}),
	extra_args: key(z.array(z.string()).max(100).default([]), {
		about: 'More arguments for aria2c. Logins do not belong here: every user of the machine could read them.',
	}),
});

const aniCli = z.strictObject({
	...laneKeys({maxActive: 2, startInterval: 2, stallTimeout: 300}),
	enabled: key(z.boolean().default(true), {
		about: 'Whether this provider is used: where this section stands, unless it says otherwise.',
	}),
	command: key(program.default('ani-cli'), {about: 'The program, by name or path; 4.8 to 5.x.'}),
	language: key(z.enum(['sub', 'dub']).default('sub'), {about: 'What jobs get that ask for no language.'}),
	quality: key(
		z
			.string()
			.regex(/^(?:best|worst|\d{3,4}p?)$/)
			.default('best'),
		{
			about: 'What jobs get that ask for no quality: "best", "worst" or a height such as "720".',
		},
	),
	unreleased_wait_hours: key(amount(0.01, 720).default(6), {
		about: 'How long an episode that is not out yet is left alone before it is tried again; that spends an attempt.',
		unit: 'hours',
	}),
});

const oneOf = (names: readonly string[]) =>
	z.string().refine(text => named(text, names) !== undefined, {
		error: `must be one of ${names.map(one => `"${one}"`).join(', ')}`,
	});

const aniworld = z.strictObject({
	...laneKeys({maxActive: 3, startInterval: 2, stallTimeout: 300}),
	enabled: key(z.boolean().default(true), {
		about: 'Whether this provider is used: where this section stands, unless it says otherwise.',
	}),
	command: key(program.default('aniworld'), {about: 'The program, by name or path; 3.x and 4.x.'}),
	language: key(oneOf(aniworldLanguages('aniworld', undefined)).default('German Dub'), {
		about: 'What jobs get that ask for no language: "German Dub", "German Sub", "English Sub" or "English Dub".',
	}),
	hosters: key(z.array(oneOf(allAniworldHosters)).min(1).max(20).default(['VOE', 'Vidmoly', 'Vidoza', 'Filemoon']), {
		about:
			'Hosters in the order in which they are tried, each as an attempt of its own, so that [queue] max_attempts should be as many; those that the installed version does not know are passed over. The one that a job asks for comes first.',
	}),
	private_home: key(z.boolean().default(true), {
		about:
			'Whether each run gets a home of its own with a copy of ~/.aniworld/.env: aniworld writes that file anew at each start. false where it is only found or works with the real home.',
	}),
	extra_args: key(z.array(z.string()).max(100).default([]), {
		about: 'More arguments for aniworld, of the version that is installed.',
	}),
});

const finish = z.strictObject({
	ffprobe: key(z.enum(['auto', 'on', 'off']).default('auto'), {
		about:
			'Whether ffprobe has to read a media file before it counts as whole: "auto" where the provider announced how long it plays, "on" for every media file, "off" never. Without ffprobe nothing is checked. Unless "off", it also tells how long films of the pipeline play, and their languages.',
	}),
	container: key(z.enum(['keep', 'mkv']).default('keep'), {
		about:
			'"keep": films stay in the container in which they came; "mkv": ffmpeg puts them into Matroska, no stream changed, which needs their size a second time on the disk for a moment. Music and files with a given size or sum stay as they are.',
	}),
});

const volume = z.string().refine(text => text === 'off' || (parseSize(text) ?? 0) > 0, {
	error: 'must be `off` or a size such as "50GB"',
});

const bandwidthWindow = z.string().superRefine((text, context) => {
	const window = parseWindow(text);
	if ('problem' in window) context.addIssue({code: 'custom', message: window.problem});
});

const tags = z.strictObject({
	enabled: key(z.boolean().default(true), {
		about:
			'Whether music gets the tags that its catalog knows: MP3, FLAC, Ogg Vorbis, Opus, MP4, WAV and AIFF. The sound stays bit for bit the same; it needs the size of the file a second time on the disk for a moment.',
	}),
	fields: key(
		z
			.array(z.enum(tagFields))
			.max(20)
			.default([...tagFields]),
		{
			about: 'What is written, where it is known.',
		},
	),
	overwrite: key(z.boolean().default(true), {
		about: 'Whether what a file says already gives way; false: only what it does not say is added.',
	}),
	cover: key(z.boolean().default(true), {about: 'Whether the cover is fetched and put into the file, JPEG or PNG.'}),
	cover_max_mb: key(amount(0.01, 100).default(5), {
		about: 'Larger covers are left out.',
		unit: 'MB (10^6 bytes)',
	}),
});

const bandwidth = z.strictObject({
	limit: key(rate.default('off'), {
		about:
			'The most that all downloads may take together, such as "2MB", or "off". `tidegate limit` and the key `L` change it while the queue runs.',
		unit: 'bytes a second',
	}),
	windows: key(z.array(bandwidthWindow).max(100).default([]), {
		about:
			'Other limits at certain hours of the local clock, such as ["mon-fri 08:00-18:00 2MB", "daily 22:00-06:00 off"]; the first that is open counts.',
	}),
	daily_quota: key(volume.default('off'), {
		about:
			'What may be fetched in a day of the local calendar, such as "50GB", or "off"; then everything waits for the next day, with its bytes kept.',
		unit: 'bytes',
	}),
	monthly_quota: key(volume.default('off'), {
		about: 'The same for a month; it begins anew on the first.',
		unit: 'bytes',
	}),
});

const logging = z.strictObject({
	level: key(z.enum(['error', 'warn', 'info', 'debug']).default('info'), {
		about:
			'How much `tidegate run` tells: "error": failures; "warn": also retries and the disk; "info": also starts and ends; "debug": every change.',
	}),
	log_dir: foreign(),
	default_level: foreign(),
	console: foreign(),
	file: foreign(),
	json_format: foreign(),
});

const screen = z.strictObject({
	theme: key(z.enum(['terminal', 'dark', 'light', 'colour-blind', 'colour-blind-light', 'mono']).optional(), {
		about:
			'Colours of the screen: "terminal": those of the terminal; "dark" and "light": exact ones for such backgrounds; "colour-blind" and "colour-blind-light": the same, safe for deuteranopia, protanopia and tritanopia; "mono": none. Without it: the one chosen last with `T`, at first "terminal".',
		example: 'dark',
	}),
	colours: key(z.enum(['auto', 'truecolour', '256', '16', 'none']).default('auto'), {
		about:
			'How many colours the terminal shows; "auto": what TERM, COLORTERM, NO_COLOR and FORCE_COLOR say. Exact colours of a theme become the nearest of what there is.',
	}),
	ascii: key(z.boolean().default(false), {about: 'Draw with plain characters only, for terminals without Unicode.'}),
	reader: key(z.boolean().optional(), {
		about:
			'Plain numbered lines for screen readers in the place of the screen; TIDEGATE_SCREEN_READER=1 does the same. Without it: what was chosen last with `A`, at first the screen.',
		example: true,
	}),
});

/** Sections of the pipeline whose config.toml loads unchanged; they are none of ours. */
export const foreignSections = [
	'database',
	'mal_scraper',
	'anime_selector',
	'anthropic',
	'transcriber',
	'tokenizer',
	'analyzer',
	'analysis',
] as const;

/** The providers that are built in, by the name of their section. */
export const providerSections = {http, 'yt-dlp': ytDlp, aria2, 'ani-cli': aniCli, aniworld, orpheus, slskd} as const;

/** The sections of config.toml in the order in which they are shown; `providers` holds sections of its own. */
export const sections = {
	data,
	disk_management: diskManagement,
	queue,
	pipeline,
	finish,
	tags,
	bandwidth,
	logging,
	screen,
	server: serverSchema,
	catalogs,
} as const;

/** Sections below those, by their full name. */
export const innerSections = {'disk_management.cleanup': cleanup, ...catalogSections} as const;

/** One sentence over each section. */
export const sectionNotes: Readonly<Record<string, string>> = {
	data: 'Folders.',
	disk_management: 'When downloads wait for space. 1 GB is 10^9 bytes, fractions are fine.',
	queue: 'Attempts, and where finished files go.',
	'disk_management.cleanup': 'What may be deleted after a later stage of the pipeline; nothing unless it is said here.',
	pipeline: 'The anime pipeline whose database names what is to be downloaded.',
	finish:
		'What is looked at before a file counts as whole, beside its size, its sum and its kind; what is made of it then.',
	tags: 'What is written into the files of music whose track is known.',
	bandwidth: 'Speed.',
	logging: 'What `tidegate run` tells on stderr.',
	screen: 'The screen.',
	server: 'The API of `tidegate serve`.',
	...catalogNotes,
	'providers.http': 'Plain downloads over HTTP and HTTPS, built in.',
	'providers.yt-dlp': 'Videos from many sites, by yt-dlp (https://github.com/yt-dlp/yt-dlp).',
	'providers.aria2': 'Downloads by aria2c (https://aria2.github.io).',
	'providers.aniworld':
		'Episodes by AniWorld-Downloader (https://github.com/phoenixthrush/AniWorld-Downloader), only where this section stands: `tidegate add URL-OF-A-SEASON --episodes 1-12`. Where it finds them is its own matter; ask for what you may have.',
	'providers.orpheus':
		'Music by OrpheusDL (https://github.com/OrfiTeam/OrpheusDL), only where this section stands: `tidegate add --provider orpheus https://SERVICE/track/ID`, `orpheus:MODULE/track/ID` or `orpheus:MODULE/search/WORDS`. Its modules and your accounts are in its own folder; its settings are never changed.',
	'providers.slskd':
		'Music from Soulseek by slskd (https://github.com/slskd/slskd), 0.22 to 0.26, only where this section stands: `tidegate add "slskd:ARTIST - TITLE"`. What is shared there is a matter of those who share it; ask for what you may have, and share something.',
	'providers.ani-cli':
		'Episodes by ani-cli (https://github.com/pystardust/ani-cli), only where this section stands: `tidegate add "ani-cli:TITLE" --episodes 1-12`. Where it finds them is its own matter; ask for what you may have.',
};

const providers = z
	.object({
		http: http.prefault({}),
		'yt-dlp': ytDlp.prefault({}),
		aria2: aria2.prefault({}),
		// Nobody has it who has not asked for it.
		'ani-cli': aniCli.prefault({enabled: false}),
		aniworld: aniworld.prefault({enabled: false}),
		orpheus: orpheus.prefault({enabled: false}),
		slskd: slskd.prefault({enabled: false}),
	})
	.catchall(commandProviderSchema);

/** The whole of config.toml. Rules between keys are in `rules.ts`. */
export const configSchema = z.object({
	data: data.prefault({}),
	disk_management: diskManagement.prefault({}),
	queue: queue.prefault({}),
	pipeline: pipeline.prefault({}),
	finish: finish.prefault({}),
	tags: tags.prefault({}),
	bandwidth: bandwidth.prefault({}),
	logging: logging.prefault({}),
	screen: screen.prefault({}),
	server: serverSchema.prefault({}),
	catalogs: catalogs.prefault({}),
	keys: keyBindings.prefault({}),
	quality: qualitySchema.prefault({}),
	notify: notifySchema.prefault({}),
	providers: providers.prefault({}),
});

export type Config = z.infer<typeof configSchema>;
