import type {Duration} from '../../domain/time.ts';
import type {RunContext} from '../../engine/ports.ts';
import {runTool, type ToolExit, type ToolRun} from '../../system/run-tool.ts';
import {createWatchdog, type Watchdog} from '../../system/watchdog.ts';

export type Limits = {
	/** Silence after which the tool is ended. What counts as a sign of life is the provider's to say. */
	readonly stallTimeout: Duration;
	/** The longest that it may take in all. */
	readonly timeout?: Duration | undefined;
	/** Ends the tool because of what it said. */
	readonly refusal?: AbortSignal;
};

export type Supervised =
	| {readonly type: 'stopped'}
	| {readonly type: 'stalled'}
	| {readonly type: 'timed-out'}
	| {readonly type: 'refused'}
	| Extract<ToolExit, {type: 'not-started'}>
	| Extract<ToolExit, {type: 'ended'}>;

/**
 * Runs a tool for a job until it ends by itself or is ended: by a person or the scheduler, for its silence, for taking too
 * long, or for what it said. Of several reasons the first in this order counts.
 */
export const supervise = async (
	context: RunContext,
	limits: Limits,
	toolFor: (watchdog: Watchdog) => Omit<ToolRun, 'token' | 'signal' | 'cwd'> & {readonly cwd?: string},
): Promise<Supervised> => {
	const watchdog = createWatchdog(limits.stallTimeout);
	const deadline = limits.timeout === undefined ? undefined : createWatchdog(limits.timeout);
	const signals = [context.signal, watchdog.signal, deadline?.signal, limits.refusal];
	const exit = await runTool({
		// The job's own folder, unless the tool has to be started in another one.
		cwd: context.directory,
		...toolFor(watchdog),
		token: context.token,
		signal: AbortSignal.any(signals.filter(signal => signal !== undefined)),
	});
	watchdog.stop();
	deadline?.stop();
	if (context.signal.aborted) return {type: 'stopped'};
	// Something may have been said in the last moment; an end of its own is what it is then.
	if (exit.type === 'not-started' || !exit.isStopped) return exit;
	if (limits.refusal?.aborted === true) return {type: 'refused'};
	return watchdog.signal.aborted ? {type: 'stalled'} : {type: 'timed-out'};
};
