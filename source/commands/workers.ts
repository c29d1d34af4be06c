import {leastWorkers, mostWorkers} from '../engine/settings.ts';
import {expectDone, printJson} from './answer.ts';
import {parseCount} from './arguments.ts';
import {CommandError, exitCodes, type Verb} from './verb.ts';

export const workers: Verb = {
	name: 'workers',
	summary: 'Change how many jobs run at once, 1 to 32, while the scheduler runs',
	arguments: [['<n>', 'workers']],
	run: async (context, [text = '']) => {
		const count = parseCount('workers', text, leastWorkers, mostWorkers);
		return context.withEngine(async (engine, isAttached) => {
			if (!isAttached) {
				throw new CommandError(
					exitCodes.noScheduler,
					`no scheduler is running; start it with \`tidegate --workers ${count} run\`, or set max_concurrent_downloads in config.toml`,
				);
			}

			if (!context.globals.isDryRun) expectDone(await engine.send({type: 'set-workers', count}));
			if (context.globals.isJson) printJson(context, {workers: count});
			else
				context.io.out(
					`${context.globals.isDryRun ? 'would be ' : ''}${count === 1 ? '1 worker' : `${count} workers`}\n`,
				);
			return exitCodes.done;
		});
	},
};
