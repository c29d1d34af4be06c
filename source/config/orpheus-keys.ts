import {z} from 'zod';
import {count, key, program} from './keys.ts';
import {laneKeys} from './provider-keys.ts';

const folder = z.string().min(1).max(4096);

/** `[providers.orpheus]`: OrpheusDL, where a person has installed it. */
export const orpheus = z.strictObject({
	...laneKeys({maxActive: 1, startInterval: 1, stallTimeout: 300}),
	enabled: key(z.boolean().default(true), {
		about: 'Whether this provider is used: where this section stands, unless it says otherwise.',
	}),
	max_active: key(count(1, 1).default(1), {
		about:
			'Always 1, for each install directory: a run of OrpheusDL takes away the `temp` folder of all others at its end.',
		unit: 'jobs',
	}),
	directory: key(folder.optional(), {
		about: 'Where OrpheusDL is installed. A relative path starts at the folder of config.toml.',
		example: '~/OrpheusDL',
	}),
	directories: key(z.array(folder).max(32).default([]), {
		about:
			'More installations, each with the same modules: each one runs one job at a time, and the jobs are dealt out to them.',
	}),
	python: key(program.default('python3'), {
		about: 'The Python that runs it, by name or path; a path that is relative starts at the install directory.',
	}),
	search_module: key(
		z
			.string()
			.regex(/^[a-z\d_]{1,40}$/, {error: 'must be the name of a module, such as "deezer"'})
			.optional(),
		{
			about:
				'The module that looks for tracks of albums and playlists whose address at a service is not known; without it nothing is looked for.',
			example: 'deezer',
		},
	),
});
