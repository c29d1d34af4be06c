import {homedir} from 'node:os';
import {resolve} from 'node:path';
import type {Io} from './verb.ts';

/** A path as it is anywhere: relative ones start at the person's folder, `~/` at their home. `file:` stays as it is. */
export const absolutePath = (path: string, {cwd, env}: Pick<Io, 'cwd' | 'env'>): string =>
	/^file:/i.test(path)
		? path
		: resolve(cwd, path.startsWith('~/') ? `${env['HOME'] ?? homedir()}${path.slice(1)}` : path);
