import {z} from 'zod';
import {amount, key} from './keys.ts';
import {laneKeys} from './provider-keys.ts';

const address = z
	.string()
	.max(2000)
	.refine(
		text => {
			const url = URL.parse(text);
			return (
				url !== null &&
				(url.protocol === 'http:' || url.protocol === 'https:') &&
				`${url.username}${url.password}${url.search}${url.hash}` === ''
			);
		},
		{error: 'must be an address such as "http://localhost:5030", without a login and without anything behind ? or #'},
	);

const secret = z.string().regex(/^(?:env|file):./, {
	error: 'must say where the key is, as "env:NAME" or "file:PATH"; the key itself does not belong here',
});

const folder = z.string().min(1).max(4096);

/** `[providers.slskd]`: Soulseek, by a slskd that a person runs. */
export const slskd = z.strictObject({
	...laneKeys({maxActive: 8, startInterval: 0, stallTimeout: 180}),
	enabled: key(z.boolean().default(true), {
		about: 'Whether this provider is used: where this section stands, unless it says otherwise.',
	}),
	max_active: key(z.int().min(1).max(32).default(8), {
		about: 'Downloads of slskd at once, within the workers; searches are counted apart.',
		unit: 'jobs',
	}),
	breaker_open_seconds: key(amount(1, 86_400).default(60), {
		about:
			'How long nothing starts after those failures; then one job tries, and again after the same while until it succeeds.',
		unit: 'seconds',
	}),
	stall_timeout_seconds: key(amount(1, 86_400).default(180), {
		about: 'A peer that sends nothing for so long is left for the next one.',
		unit: 'seconds',
	}),
	url: key(address.default('http://localhost:5030'), {
		about:
			'Where slskd answers, with the base path that it has been given, if any. Over plain http the key can be read on the way.',
	}),
	api_key: key(secret.optional(), {
		about: 'An API key of slskd with the role ReadWrite, as "env:NAME" or "file:PATH"; it travels in a header only.',
		example: 'env:SLSKD_API_KEY',
	}),
	quality: key(z.string().min(1).max(100).default('best'), {
		about: 'The profile of quality that jobs get which ask for none.',
	}),
	path_map: key(z.record(folder, folder).default({}), {
		about:
			'Where the folders of slskd are on this machine, such as {"/app/downloads" = "/srv/slskd/downloads"}, where slskd runs in a container.',
	}),
	keep_in_slskd: key(z.boolean().default(false), {
		about:
			'Whether slskd keeps its own copy of what was fetched, and its record; else the file is moved and the record goes.',
	}),
	search_timeout_seconds: key(amount(1, 300).default(15), {
		about: 'A search is complete when no response has come for so long.',
		unit: 'seconds',
	}),
	search_interval_seconds: key(amount(0, 3600).default(10), {
		about: 'The least time between two searches: the network bans who searches too often. Never more than one runs.',
		unit: 'seconds',
	}),
	queue_patience_minutes: key(amount(0.05, 10_080).default(30), {
		about: 'A peer whose queue has not moved for so long is left for the next one.',
		unit: 'minutes',
	}),
});
