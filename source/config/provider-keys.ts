import {z} from 'zod';
import {failureKinds} from '../domain/failure.ts';
import {templateProblem} from '../providers/command/arguments.ts';
import {amount, count, key, program} from './keys.ts';

/** The keys that every provider has: whether it is used, and the limits of its lane. */
export const laneKeys = (defaults: {
	readonly maxActive: number;
	readonly startInterval: number;
	readonly stallTimeout: number;
}) => ({
	enabled: key(z.boolean().default(true), {about: 'Whether this provider is used.'}),
	max_active: key(count(1, 32).default(defaults.maxActive), {
		about: 'Jobs of this provider at once, within the workers.',
		unit: 'jobs',
	}),
	start_interval_seconds: key(amount(0, 3600).default(defaults.startInterval), {
		about: 'The least time between two starts.',
		unit: 'seconds',
	}),
	breaker_failures: key(count(1, 100).default(3), {
		about:
			'After so many failures in a row that speak against the server or the tool, nothing starts for a while; a ban or a 429 is enough alone.',
		unit: 'failures',
	}),
	breaker_open_seconds: key(amount(1, 86_400).default(60), {
		about:
			'How long that while is; then one job tries. Each time that it fails the pause doubles, up to 30 minutes; a success ends it.',
		unit: 'seconds',
	}),
	stall_timeout_seconds: key(amount(1, 86_400).default(defaults.stallTimeout), {
		about: 'An attempt without a new byte for so long is ended and tried again.',
		unit: 'seconds',
	}),
});

const pattern = z
	.string()
	.min(1)
	.max(1000)
	.superRefine((text, context) => {
		const problem = problemOfPattern(text);
		if (problem !== undefined) context.addIssue({code: 'custom', message: `is no regular expression: ${problem}`});
	});

const problemOfPattern = (text: string): string | undefined => {
	try {
		return new RegExp(text, 'u') instanceof RegExp ? undefined : 'it is none';
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
};

const templateArguments = z
	.array(z.string().max(10_000))
	.max(200)
	.superRefine((args, context) => {
		const problem = templateProblem(args);
		if (problem !== undefined) context.addIssue({code: 'custom', message: `holds an unknown field: ${problem}`});
		else if (!args.some(argument => argument.includes('{source}') || argument.includes('{source_file}'))) {
			context.addIssue({
				code: 'custom',
				message: 'must hold {source} or {source_file} somewhere, or the tool would not know what to fetch',
			});
		}
	});

const failureRule = z.strictObject({
	pattern,
	code: z.enum(Object.keys(failureKinds) as [keyof typeof failureKinds]).optional(),
});

/** `[providers.NAME]` with `type = "command"`: any tool. */
export const commandProviderSchema = z.strictObject({
	type: key(z.literal('command'), {about: 'Always "command": a tool of your own.', example: 'command'}),
	...laneKeys({maxActive: 2, startInterval: 0, stallTimeout: 300}),
	command: key(program, {about: 'The program, by name or path. No shell is involved.', example: 'wget'}),
	args: key(templateArguments, {
		about:
			'Its arguments. Fields: {source}, {source_file} (a private file that holds the source and a line end: arguments can be read by every user of the machine), {directory}, {title}, {episode}, {language}, {hoster}, {quality}, {rate}; it has to write into {directory}, where it is started.',
		example: ['--continue', '--', '{source}'],
	}),
	accepts: key(pattern.optional(), {
		about: 'Sources that match this regular expression go to this tool; default: http and https addresses.',
		example: '^https://media[.]example/',
	}),
	version_args: key(z.array(z.string()).max(20).default(['--version']), {
		about: 'Arguments that make it print its version.',
	}),
	progress: key(pattern.optional(), {
		about: 'Finds progress in a line, by the named groups percent, bytes and total.',
		example: '(?<percent>[0-9.]+)%',
	}),
	success: key(pattern.optional(), {
		about: 'A line that has to appear for the run to count as a success.',
		example: '^saved ',
	}),
	complete: key(pattern.optional(), {
		about:
			'A line that means that the file which an earlier attempt left is whole already; then the exit code does not count. For curl with --fail and --continue-at: "error: 416".',
		example: 'error: 416',
	}),
	artefact: key(pattern.optional(), {
		about:
			'Which file is the result: a regular expression for its path in the directory; default: the only one there is.',
		example: '[.]mkv$',
	}),
	failures: key(z.array(failureRule).max(100).default([]), {
		about: 'Lines that tell of a failure, as {pattern = "…", code = "…"}; without a code the words decide.',
	}),
	env: key(z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string()).default({}), {
		about: 'More environment; a secret is written as "env:NAME" or "file:PATH".',
	}),
	stop_signal: key(z.enum(['SIGTERM', 'SIGINT']).default('SIGTERM'), {about: 'What asks it to stop.'}),
	timeout_seconds: key(amount(1, 31_536_000).optional(), {
		about: 'The longest that a run may take; default: as long as it likes.',
		unit: 'seconds',
		example: 86_400,
	}),
	install: key(z.string().min(1).max(300).optional(), {
		about: 'What `tidegate doctor` and the held jobs tell to do where it is missing.',
		example: 'apt install wget',
	}),
});
