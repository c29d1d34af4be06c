import {printJson} from './answer.ts';
import {plain} from './format.ts';
import {CommandError, exitCodes, type Verb} from './verb.ts';

export const reload: Verb = {
	name: 'reload',
	summary: 'Let the scheduler read config.toml again; says what changed and what needs a restart',
	help: 'Workers, disk marks, bandwidth, attempts, limits of providers and the level of the log change while jobs run. SIGHUP does the same where the scheduler has no terminal. A configuration that is wrong changes nothing.',
	run: async context => {
		const engine = await context.attach();
		if (engine === undefined) {
			throw new CommandError(
				exitCodes.noScheduler,
				'no scheduler is running; the next one reads config.toml at its start',
			);
		}

		try {
			if (context.globals.isDryRun) {
				context.io.err('would let the scheduler read its configuration again\n');
				return exitCodes.done;
			}

			const result = await engine.send({type: 'reload'});
			const lines = (result.ok ? (result.told ?? []) : result.message.split('\n')).map(line => plain(line));
			if (!result.ok) {
				const code = result.code === 'no-scheduler' ? exitCodes.noScheduler : exitCodes.usage;
				throw new CommandError(code, ['the configuration stays as it was:', ...lines].join('\n'));
			}

			if (context.globals.isJson) printJson(context, {told: lines});
			else for (const line of lines) context.io.out(`${line}\n`);
			return exitCodes.done;
		} finally {
			await engine.close();
		}
	},
};
