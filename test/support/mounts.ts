import {execFile} from 'node:child_process';
import {mkdir} from 'node:fs/promises';
import {promisify} from 'node:util';
import {onTestFinished, type TestContext} from 'vitest';

const run = promisify(execFile);

/** A small filesystem of its own at a path, gone when the test has ended; the test is skipped where that is not allowed. */
export const mountTmpfs = async (context: TestContext, path: string, options: string): Promise<void> => {
	await mkdir(path, {recursive: true});
	await mount(context, ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
	onTestFinished(() => unmount(path));
};

/** Shows a directory at another path as well, as plugging a disk in does; returns what unplugs it. */
export const bindMount = async (context: TestContext, from: string, path: string): Promise<() => Promise<void>> => {
	await mount(context, ['--bind', from, path]);
	onTestFinished(() => unmount(path));
	return () => unmount(path);
};

const mount = async (context: TestContext, args: readonly string[]): Promise<void> => {
	if (!(await tryMount(args))) context.skip('needs the right to mount filesystems');
};

/** Outside of a test: whether `mount` with these arguments was allowed. Who mounts unmounts. */
export const tryMount = async (args: readonly string[]): Promise<boolean> => {
	try {
		await run('mount', args);
		return true;
	} catch {
		return false;
	}
};

/** What is not mounted any more is no problem; what is still in use goes when its last file is closed. */
export const unmount = async (path: string): Promise<void> => {
	await run('umount', ['--lazy', path]).catch(() => undefined);
};
