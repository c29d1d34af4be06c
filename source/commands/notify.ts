import {setTimeout as delay} from 'node:timers/promises';
import type {Target} from '../notify/target.ts';
import type {Result} from '../notify/line.ts';
import type {Notice} from '../notify/notice.ts';
import {printJson} from './answer.ts';
import {plain} from './format.ts';
import {exitCodes, usageError, type CommandContext, type Verb} from './verb.ts';

type Tried = {readonly name: string; readonly ok: boolean; readonly detail: string; readonly seconds: number};

const test: Verb = {
	name: 'test',
	summary: 'Send a test notification to one target, or to all, and say what became of it',
	arguments: [['[name]', 'a section [notify.NAME]; default: all that are enabled']],
	help: 'It is sent once, from here, whether a scheduler runs or not.',
	run: async (context, [name]) => {
		const tried = await tryAll(context, name);
		if (context.globals.isJson) printJson(context, {targets: tried});
		else for (const one of tried) context.io.out(`${sentence(one)}\n`);
		return tried.every(({ok}) => ok) ? exitCodes.done : exitCodes.someFailed;
	},
};

const sentence = ({name, ok, detail, seconds}: Tried): string =>
	`${ok ? 'ok      ' : 'problem '}${name}: ${plain(detail)}${seconds < 0.001 ? '' : `, ${seconds.toFixed(2)} s`}`;

const tryAll = async (context: CommandContext, name: string | undefined): Promise<readonly Tried[]> => {
	const {config, paths} = await context.setup();
	const [{toTargets}, {suggestion}] = await Promise.all([
		import('../config/notify-targets.ts'),
		import('../config/nearest.ts'),
	]);
	const names = Object.keys(config.notify);
	if (names.length === 0)
		throw usageError('config.toml names nobody who is told; add a section such as [notify.phone]');
	if (name !== undefined && !names.includes(name)) {
		throw usageError(`there is no [notify.${name}]; ${suggestion(name, names)}`);
	}

	const wanted = Object.fromEntries(
		Object.entries(config.notify)
			.filter(([one, {enabled}]) => (name === undefined ? enabled : one === name))
			.map(([one, keys]) => [one, {...keys, enabled: true}]),
	);
	const {targets, broken, secrets} = toTargets(wanted, {directory: paths.configDirectory, env: context.io.env});
	if (context.globals.isDryRun) {
		return targets.map(target => ({name: target.name, ok: true, detail: `would be sent ${wayOf(target)}`, seconds: 0}));
	}

	const tried = await Promise.all(targets.map(target => tryOne(context, target, secrets)));
	return [...broken.map(one => ({name: one.name, ok: false, detail: one.problem, seconds: 0})), ...tried];
};

const wayOf = (target: Target): string => {
	switch (target.type) {
		case 'desktop':
			return 'to this terminal';
		case 'command':
			return `to ${target.command}`;
		case 'webhook':
			return `to ${new URL(target.url).host}`;
		case 'ntfy':
			return `to ${new URL(target.server).host}`;
	}
};

const tryOne = async (context: CommandContext, target: Target, secrets: readonly string[]): Promise<Tried> => {
	const [{createApi}, {deliver}, {systemClock}, {hideValues, longFirst}] = await Promise.all([
		import('../system/api.ts'),
		import('../notify/deliver.ts'),
		import('../system/clock.ts'),
		import('../domain/text.ts'),
	]);
	const now = (): number => systemClock.now();
	const notice: Notice = {
		id: `test-${systemClock.uniqueName()}`,
		kind: 'test',
		at: now(),
		title: 'tidegate can reach you',
		message: `A test of [notify.${target.name}].`,
		more: 0,
	};
	const begun = performance.now();
	const api = createApi({connectTimeout: 5000});
	try {
		const result =
			target.type === 'desktop'
				? await ringHere(context, target, notice)
				: await deliver(target, notice, {
						api,
						userAgent: `tidegate/${context.version}`,
						signal: new AbortController().signal,
						now,
					});
		const words = result.type === 'delivered' ? result.detail : result.problem;
		return {
			name: target.name,
			ok: result.type === 'delivered',
			detail: hideValues(words, longFirst(secrets)),
			seconds: Math.round(performance.now() - begun) / 1000,
		};
	} finally {
		await api.close();
	}
};

/** How long the title is shown that is given back afterwards. */
const shownFor = 2000;

/** No screen is open in this process: the terminal is this command's own. */
const ringHere = async (
	{io, globals}: CommandContext,
	target: Extract<Target, {type: 'desktop'}>,
	notice: Notice,
): Promise<Result> => {
	if (!io.isInteractive || globals.isJson) {
		return {
			type: 'refused',
			problem: 'it rings on terminals with an open screen; there is no terminal here to try it on',
		};
	}

	const {giveTitleBack, keepTitle, signalsOf} = await import('../tui/alerts.ts');
	const {ring, title} = signalsOf(
		{...target, id: notice.id, title: notice.title, message: notice.message},
		io.env,
		false,
	);
	io.err(`${title === undefined ? '' : keepTitle + title}${ring}`);
	if (title !== undefined) {
		await delay(shownFor);
		io.err(giveTitleBack);
	}

	return {
		type: 'delivered',
		detail: `this terminal was asked to ${title === undefined ? 'ring' : 'ring and to show it in its title for a moment'}`,
	};
};

export const notify: Verb = {
	name: 'notify',
	summary: 'Try the notifications',
	verbs: [test],
	help: [
		'A webhook is posted {version: 1, id, event, at, title, message, more, job, batch, queue, volume, lane}; what does not',
		'apply is null. `id` is the same however often the same thing is sent, `more` says for how many further ones it stands.',
		'job: {id, title, provider, error: {code, message}}; batch: {id, title, completed, failed, cancelled, bytes};',
		'queue: {completed, failed, cancelled}; volume: {path, state}; lane: {name, provider}.',
		'A command finds TIDEGATE_EVENT, TIDEGATE_EVENT_ID, TIDEGATE_AT, TIDEGATE_TITLE, TIDEGATE_MESSAGE and TIDEGATE_MORE,',
		'and where they apply TIDEGATE_JOB_ID, TIDEGATE_JOB_TITLE, TIDEGATE_PROVIDER, TIDEGATE_ERROR, TIDEGATE_ERROR_CODE,',
		'TIDEGATE_BATCH_ID, TIDEGATE_BATCH, TIDEGATE_BYTES, TIDEGATE_COMPLETED, TIDEGATE_FAILED, TIDEGATE_CANCELLED,',
		'TIDEGATE_PATH, TIDEGATE_DISK_STATE and TIDEGATE_LANE.',
	].join(' '),
	run: async (_context, [word]) => {
		if (word === undefined) throw usageError('say what to do with the notifications: test');
		throw usageError(`there is no \`notify ${word}\`; there is test`);
	},
};
