import {readFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join, resolve} from 'node:path';
import {maskSecrets} from '../domain/text.ts';
import type {Surroundings} from './load.ts';

export type Secret = {readonly ok: true; readonly value: string} | {readonly ok: false; readonly problem: string};

/** The path that a `file:PATH` reference names; a relative one starts at the folder of config.toml. */
export const pathOfReference = (reference: string, directory: string, {env}: Pick<Surroundings, 'env'>): string => {
	const path = reference.slice('file:'.length);
	return path.startsWith('~/') ? join(env['HOME'] ?? homedir(), path.slice(2)) : resolve(directory, path);
};

/** What an `env:NAME` or `file:PATH` reference stands for. Problems never hold the secret. */
export const resolveSecret = (reference: string, directory: string, where: Pick<Surroundings, 'env'>): Secret => {
	if (reference.startsWith('env:')) {
		const name = reference.slice('env:'.length);
		const value = where.env[name];
		return value === undefined || value === ''
			? {ok: false, problem: `the environment has no ${name}`}
			: {ok: true, value};
	}

	const path = pathOfReference(reference, directory, where);
	try {
		return {ok: true, value: readFileSync(path, 'utf8').replace(/\r?\n$/, '')};
	} catch (error) {
		return {ok: false, problem: `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`};
	}
};

/** Whether a variable of this name is likely to hold a secret, such as `API_TOKEN`. */
export const isSecretName = (name: string): boolean => maskSecrets(`${name}=x1`) !== `${name}=x1`;

export const isReference = (text: string): boolean => /^(?:env|file):./.test(text);

/** The values in a file of cookies in Netscape format (seven fields, the last is the value); none where it cannot be read. */
export const cookieValues = (path: string): readonly string[] => {
	try {
		return readFileSync(path, 'utf8')
			.split(/\r?\n/)
			.map(line => line.split('\t')[6] ?? '')
			.filter(value => value !== '');
	} catch {
		return [];
	}
};

const credential = /pass|secret|token|arl|key|mail|cookie|bearer|session|client_id|app_id/i;

/** The credentials in the settings of OrpheusDL (`config/settings.json`, below `modules`); none where it cannot be read. */
export const orpheusCredentials = (path: string): readonly string[] => {
	try {
		const {modules} = JSON.parse(readFileSync(path, 'utf8')) as {modules?: Readonly<Record<string, unknown>>};
		return Object.values(modules ?? {})
			.flatMap(own => (typeof own === 'object' && own !== null ? Object.entries(own) : []))
			.flatMap(([name, value]) => (typeof value === 'string' && credential.test(name) && value !== '' ? [value] : []));
	} catch {
		return [];
	}
};
