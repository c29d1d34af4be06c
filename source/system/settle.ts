import module from 'node:module';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

/**
 * Once what a long-lived process starts with is there: writes the compiled code to its cache, which Node would do only at a
 * clean end, and gives back the memory that starting took (25 of 135 MB, 30 ms). Node collects nothing in a process that
 * is idle.
 */
export const settleAfterStart = (): void => {
	module.flushCompileCache();
	setFlagsFromString('--expose-gc');
	const collect: unknown = runInNewContext('gc');
	setFlagsFromString('--no-expose-gc');
	if (typeof collect === 'function') collect({type: 'major', execution: 'sync', flavor: 'last-resort'});
};
