import {z} from 'zod';
import {noticeKinds} from '../domain/notices.ts';
import {amount, count, key, program} from './keys.ts';
import type {ConfigProblem} from './rules.ts';
import {isReference, isSecretName} from './secrets.ts';

/*
 * `[notify.NAME]`: who is told of what. Nobody, unless a section says so.
 */

const common = {
	enabled: key(z.boolean().default(true), {about: 'Whether this target is told anything.'}),
	events: key(
		z.array(z.enum(noticeKinds)).max(noticeKinds.length).default(['batch-done', 'needs-person', 'disk-paused']),
		{
			about:
				'What it is told of: "batch-done" (every job of a batch has ended), "queue-idle" (nothing is left that could run), "needs-person" (a job has failed until somebody does something, such as a login), "job-failed" (any job that was set aside, those too), "disk-paused", "disk-resumed", "lane-broken" (a provider or server that failed repeatedly, or whose tool is missing).',
		},
	),
	most_per_minute: key(count(1, 60).default(6), {
		about: 'What is more than this comes as one notification that ends with "and 12 more".',
		unit: 'notifications',
	}),
};

const timeout = (usual: number) =>
	key(amount(1, 300).default(usual), {about: 'After so long an attempt is given up.', unit: 'seconds'});

const address = z
	.string()
	.max(2000)
	.refine(text => isReference(text) || isPlainAddress(text), {
		error:
			'must be an http or https address without a login in it, or where it is to be found, as "env:NAME" or "file:PATH"',
	});

const isPlainAddress = (text: string): boolean => {
	const url = URL.parse(text);
	return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
};

const secret = z.string().regex(/^(?:env|file):./, {
	error: 'must say where the secret is, as "env:NAME" or "file:PATH"; the secret itself does not belong here',
});

export const commandTargetSchema = z.strictObject({
	type: key(z.literal('command'), {
		about: 'Always "command": a program is started for each notification.',
		example: 'command',
	}),
	command: key(program, {
		about:
			'The program, by name or path. No shell is involved; what has happened stands in its environment: TIDEGATE_EVENT, TIDEGATE_TITLE, TIDEGATE_MESSAGE, TIDEGATE_JOB_ID and so on.',
		example: '/home/me/bin/tell-me',
	}),
	args: key(z.array(z.string().max(10_000)).max(100).default([]), {about: 'Its arguments, as they are.'}),
	...common,
	timeout_seconds: key(amount(1, 3600).default(30), {about: 'After so long it is ended.', unit: 'seconds'}),
});

export const webhookTargetSchema = z.strictObject({
	type: key(z.literal('webhook'), {about: 'Always "webhook": JSON by HTTP POST.', example: 'webhook'}),
	url: key(address, {
		about: 'Where it is posted to; an address that is a secret itself is written as "env:NAME" or "file:PATH".',
		example: 'https://example.org/hook',
	}),
	headers: key(z.record(z.string().regex(/^[!#$%&'*+.^`|~\w-]{1,100}$/), z.string().max(2000)).default({}), {
		about:
			'Further headers, such as {Authorization = "env:HOOK_AUTH"}; a secret is written as "env:NAME" or "file:PATH".',
	}),
	...common,
	timeout_seconds: timeout(10),
});

export const ntfyTargetSchema = z.strictObject({
	type: key(z.literal('ntfy'), {about: 'Always "ntfy": https://ntfy.sh or a server of your own.', example: 'ntfy'}),
	server: key(address.default('https://ntfy.sh'), {about: 'The server.'}),
	topic: key(
		z.string().refine(text => isReference(text) || /^[-\w]{1,64}$/.test(text), {
			error: 'must have 1 to 64 letters, digits, - or _, or say where it is, as "env:NAME" or "file:PATH"',
		}),
		{
			about: 'The topic. Who knows it can read it: one that is a secret is written as "env:NAME" or "file:PATH".',
			example: 'env:NTFY_TOPIC',
		},
	),
	token: key(secret.optional(), {about: 'An access token, where the server asks for one.', example: 'env:NTFY_TOKEN'}),
	priority: key(count(1, 5).optional(), {
		about: '1 (least urgent) to 5; default: 2 to 4, by what has happened.',
		example: 3,
	}),
	tags: key(
		z
			.array(z.string().regex(/^[-\w]{1,50}$/))
			.max(10)
			.default([]),
		{
			about: 'Further tags; those that name an emoji are shown as one.',
		},
	),
	click: key(
		z
			.string()
			.max(2000)
			.refine(text => URL.parse(text) !== null, {error: 'must be an address'})
			.optional(),
		{about: 'What opens when the notification is touched.', example: 'https://example.org/'},
	),
	...common,
	timeout_seconds: timeout(10),
});

export const desktopTargetSchema = z.strictObject({
	type: key(z.literal('desktop'), {
		about: 'Always "desktop": every terminal on which a screen of this queue is open.',
		example: 'desktop',
	}),
	bell: key(z.boolean().default(true), {about: 'Ring the bell of the terminal.'}),
	title: key(z.boolean().default(true), {
		about: 'Show it in the title of the terminal, which gets its own one back when the screen ends.',
	}),
	popup: key(z.enum(['off', 'osc9', 'osc777']).default('off'), {
		about:
			'Ask the terminal to show a notification: "osc9" (iTerm2, WezTerm, kitty, Windows Terminal, Ghostty), "osc777" (urxvt, foot, VTE, WezTerm, Ghostty).',
	}),
	in_reader: key(z.boolean().default(false), {
		about: 'Ring also where plain lines for screen readers take the place of the screen.',
	}),
	...common,
});

/** What kinds of target there are, by the word of `type`. */
export const notifySchemas = {
	desktop: desktopTargetSchema,
	command: commandTargetSchema,
	webhook: webhookTargetSchema,
	ntfy: ntfyTargetSchema,
} as const;

export const notifySchema = z.record(
	z.string(),
	z.discriminatedUnion('type', [desktopTargetSchema, commandTargetSchema, webhookTargetSchema, ntfyTargetSchema], {
		error: `must be ${Object.keys(notifySchemas)
			.map(type => `"${type}"`)
			.join(' or ')}`,
	}),
);

export type NotifyKeys = z.infer<typeof notifySchema>;

/** The keys that may stand in the section of a target: those of its type, where it says which it is. */
export const notifyKeys = (notify: unknown, name: string): readonly string[] => {
	const target = (notify as Readonly<Record<string, {readonly type?: unknown} | undefined>> | undefined)?.[name];
	const own = (notifySchemas as Readonly<Record<string, {readonly shape: object} | undefined>>)[String(target?.type)];
	return own === undefined
		? [...new Set(Object.values(notifySchemas).flatMap(each => Object.keys(each.shape)))]
		: Object.keys(own.shape);
};

/** Secrets that stand where everybody can read them, and names that cannot be told on one line. */
export const problemsOfNotify = (notify: NotifyKeys): readonly ConfigProblem[] =>
	Object.entries(notify).flatMap(([name, target]) => [
		...(/^[\w-]{1,40}$/.test(name)
			? []
			: [{path: ['notify', name], message: 'is no name; use 1 to 40 letters, digits, - or _'}]),
		...(target.type === 'webhook' ? openSecrets(name, target.headers) : []),
	]);

const openSecrets = (name: string, headers: Readonly<Record<string, string>>): readonly ConfigProblem[] =>
	Object.entries(headers).flatMap(([header, value]): readonly ConfigProblem[] => {
		const path = ['notify', name, 'headers'];
		if (/[\0-\u001F\u007F]/.test(value)) return [{path, message: `holds ${header} with a control character`}];
		if (isReference(value) || !isSecretHeader(header)) return [];
		return [{path, message: `holds ${header} itself; write where it is to be found, as "env:NAME" or "file:PATH"`}];
	});

const isSecretHeader = (header: string): boolean =>
	/authorization|cookie|[-_]key$|[-_]auth$/i.test(header) || isSecretName(header);
