import {z} from 'zod';
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
	breaker_failures: key(count(1, 100).default(5), {
		about: 'After so many failures in a row that speak against the server or the tool, nothing starts for a while.',
		unit: 'failures',
	}),
	breaker_open_seconds: key(amount(1, 86_400).default(60), {
		about: 'How long that while is; then one job tries.',
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
		try {
			// eslint-disable-next-line no-new
			new RegExp(text, 'u');
		} catch (error) {
			context.addIssue({code: 'custom', message: `is no regular expression: ${String(error)}`});
		}
	});

/** `[providers.NAME]` with `type = "command"`: any tool. */
export const commandProviderSchema = z.strictObject({
	type: key(z.literal('command'), {about: 'Says that this section describes a tool of your own.'}),
	...laneKeys({maxActive: 2, startInterval: 0, stallTimeout: 300}),
	command: key(z.array(z.string()).min(1).max(200), {
		about: 'The program and its arguments; {source}, {directory} and other fields are filled in. No shell is involved.',
	}),
	accepts: key(pattern.optional(), {
		about: 'Sources that match this regular expression go to this tool by themselves.',
	}),
	version: key(z.array(z.string()).max(20).optional(), {about: 'Arguments that make the tool print its version.'}),
	progress: key(pattern.optional(), {about: 'Finds progress in a line of output.'}),
	success: key(pattern.optional(), {about: 'A line that has to appear for the run to count as a success.'}),
	failure: key(pattern.optional(), {about: 'A line that tells of a failure even where the exit code does not.'}),
	artefact: key(pattern.optional(), {about: 'Which of the files in the folder is the result.'}),
});

export const commandProgram = program;
