import {expectDone, printJson} from './answer.ts';
import {plain} from './format.ts';
import {exitCodes, type CommandContext, type ExitCode, type Verb} from './verb.ts';

export const undo: Verb = {
	name: 'undo',
	summary: 'Take the last cancel, removal, retry, move or priority back',
	help: 'Possible for five minutes; partial files are kept aside until then. Exit code 4 where there is nothing to undo, or where some jobs have moved on since.',
	run: async context => takeBack(context, 'undo'),
};

export const redo: Verb = {
	name: 'redo',
	summary: 'Do again what was taken back last',
	run: async context => takeBack(context, 'redo'),
};

const pastWords = {undo: 'undone', redo: 'done again'} as const;

const takeBack = (context: CommandContext, type: 'undo' | 'redo'): Promise<ExitCode> =>
	context.withEngine(async engine => {
		if (context.globals.isDryRun) {
			const step = engine.getSnapshot()[type];
			const label = step === undefined ? undefined : plain(step.label);
			if (context.globals.isJson) printJson(context, {changed: [], refused: [], label: label ?? null});
			else
				context.io.out(
					label === undefined ? `nothing would be ${pastWords[type]}\n` : `would be ${pastWords[type]}: ${label}\n`,
				);
			return label === undefined ? exitCodes.refused : exitCodes.done;
		}

		const {changed, refused, label = ''} = expectDone(await engine.send({type}));
		if (context.globals.isJson) printJson(context, {changed, refused, label});
		else {
			const jobs = changed.length === 1 ? '1 job' : `${changed.length} jobs`;
			context.io.out(`${pastWords[type]}: ${plain(label)} (${jobs})\n`);
			for (const {id, reason} of refused.slice(0, mostReasons)) context.io.err(`job ${id}: ${plain(reason)}\n`);
			if (refused.length > mostReasons) context.io.err(`… and ${refused.length - mostReasons} more\n`);
		}

		return refused.length > 0 ? exitCodes.refused : exitCodes.done;
	});

const mostReasons = 20;
