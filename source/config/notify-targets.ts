import type {BrokenTarget, Target} from '../notify/target.ts';
import type {Config} from './load.ts';
import {isReference, resolveSecret} from './secrets.ts';

const second = 1000;

export type Targets = {
	readonly targets: readonly Target[];
	/** Those whose secrets are not there. */
	readonly broken: readonly BrokenTarget[];
	/** Values that must not be told. */
	readonly secrets: readonly string[];
};

/** Where secrets are looked for: the folder of config.toml and the environment. */
export type Whereabouts = {readonly directory: string; readonly env: Readonly<Record<string, string | undefined>>};

/** The targets that are enabled, with their secrets. One that cannot have them is told as broken and keeps nobody from it. */
export const toTargets = (notify: Config['notify'], where: Whereabouts): Targets => {
	const targets: Target[] = [];
	const broken: BrokenTarget[] = [];
	const secrets: string[] = [];
	for (const [name, keys] of Object.entries(notify)) {
		if (!keys.enabled) continue;
		try {
			targets.push(toTarget(name, keys, text => valueOf(text, where, secrets)));
		} catch (error) {
			broken.push({name, problem: error instanceof Error ? error.message : String(error)});
		}
	}

	return {targets, broken, secrets};
};

type Keys = Config['notify'][string];

const toTarget = (name: string, keys: Keys, value: (text: string) => string): Target => {
	const common = {name, kinds: keys.events, mostPerMinute: keys.most_per_minute};
	switch (keys.type) {
		case 'desktop':
			return {
				...common,
				type: 'desktop',
				hasBell: keys.bell,
				hasTitle: keys.title,
				popup: keys.popup,
				inReader: keys.in_reader,
			};
		case 'command':
			return {
				...common,
				type: 'command',
				command: keys.command,
				args: keys.args,
				timeout: keys.timeout_seconds * second,
			};
		case 'webhook':
			return {
				...common,
				type: 'webhook',
				url: addressOf(value(keys.url)),
				headers: Object.fromEntries(
					Object.entries(keys.headers).map(([header, text]) => [header, headerOf(value(text))]),
				),
				timeout: keys.timeout_seconds * second,
			};
		case 'ntfy':
			return {
				...common,
				type: 'ntfy',
				server: addressOf(value(keys.server)),
				topic: value(keys.topic),
				token: keys.token === undefined ? undefined : headerOf(value(keys.token)),
				priority: keys.priority,
				tags: keys.tags,
				click: keys.click,
				timeout: keys.timeout_seconds * second,
			};
	}
};

const valueOf = (text: string, {directory, env}: Whereabouts, secrets: string[]): string => {
	if (!isReference(text)) return text;
	const secret = resolveSecret(text, directory, {env});
	if (!secret.ok) throw new Error(secret.problem);
	secrets.push(secret.value);
	return secret.value;
};

/** Throws without telling what it was: it may be a secret. */
const addressOf = (text: string): string => {
	const url = URL.parse(text);
	if (url === null || !/^https?:$/.test(url.protocol)) throw new Error('what its reference stands for is no address');
	if (url.username !== '' || url.password !== '') throw new Error('its address holds a login; use headers for that');
	return text;
};

const headerOf = (text: string): string => {
	if (/[\0-\u001F\u007F]/.test(text)) throw new Error('what a reference stands for has more than one line');
	return text;
};
