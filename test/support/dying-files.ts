import type {FileHandle} from 'node:fs/promises';
import {realFiles, type FileOperations} from '../../source/system/files.ts';

/** The process "died": every operation after it is refused with this too. */
export class Death extends Error {}

export type DyingFiles = {
	readonly files: FileOperations;
	readonly isDead: () => boolean;
	/** Names of the operations that were carried out, in order. */
	readonly done: readonly string[];
};

/**
 * File operations of a process that dies before, or right after, the n-th of them (from 1). Writing and syncing an open
 * file count too.
 */
export const createDyingFiles = (
	step: number,
	when: 'before' | 'after',
	under: FileOperations = realFiles,
): DyingFiles => {
	const done: string[] = [];
	let count = 0;
	let isDead = false;
	const dyingCall = async (name: string, call: () => Promise<unknown>): Promise<unknown> => {
		if (isDead) throw new Death(name);
		count++;
		if (count === step && when === 'before') {
			isDead = true;
			throw new Death(name);
		}

		const isLast = count === step;
		try {
			const result = await call();
			done.push(name);
			// The system closes the files of a dead process.
			if (isLast && name === 'open') await (result as FileHandle).close();
			if (!isLast) return result;
		} catch (error) {
			if (!isLast) throw error;
		}

		isDead = true;
		throw new Death(name);
	};

	/** The same object with its functions counted, except closing. */
	const dying = <Target extends object>(target: Target, names: (name: string) => boolean): Target =>
		new Proxy(target, {
			get(_target, name) {
				const value: unknown = Reflect.get(target, name);
				if (typeof value !== 'function' || typeof name !== 'string') return value;
				const call = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
				if (!names(name)) return call;
				return async (...args: unknown[]) => {
					const result = await dyingCall(name, () => call(...args));
					return name === 'open' ? dying(result as FileHandle, inner => inner !== 'close') : result;
				};
			},
		});

	return {files: dying({...under}, () => true), isDead: () => isDead, done};
};
