import {existsSync} from 'node:fs';
import {jobStatuses} from '../domain/job.ts';
import {jobEvents, isLegal, type JobEvent} from '../domain/transitions.ts';
import {cleanText, shorten} from '../domain/text.ts';
import {sortKeys, type JobFilter} from '../engine/ports.ts';
import {fitting, type Completion, type Fitting} from './completions.ts';
import {completionScripts, shells, type Shell} from './completion-scripts.ts';
import {exitCodes, usageError, type CommandContext, type Verb} from './verb.ts';

/** Jobs that are offered at most. */
const mostJobs = 100;

export const completion: Verb = {
	name: 'completion',
	summary: 'Print what lets a shell complete commands, options, job ids and batches: bash, zsh or fish',
	arguments: [['<shell>', 'bash, zsh or fish']],
	help: 'For bash: put `eval "$(tidegate completion bash)"` into ~/.bashrc. For zsh the same with zsh into ~/.zshrc, after compinit. For fish: `tidegate completion fish | source` in ~/.config/fish/config.fish.',
	run: async ({io}, [shell = '']) => {
		if (!isShell(shell))
			throw usageError(`there is no completion for \`${shell}\`; there is one for ${shells.join(', ')}`);
		io.out(completionScripts[shell]);
		return exitCodes.done;
	},
};

const isShell = (text: string): text is Shell => (shells as readonly string[]).includes(text);

/** What the scripts of `completion` call at each TAB; no person types it. */
export const complete: Verb = {
	name: 'complete',
	summary: 'Answer a shell that completes a word',
	arguments: [['[word...]', 'the words up to the cursor']],
	isHidden: true,
	run: async (context, words) => {
		// Here, because the program of all commands holds this one.
		const {buildProgram} = await import('./program.ts');
		const found = fitting(
			buildProgram('', () => undefined),
			words,
		);
		if (found.kind === 'file') {
			context.io.out('files\n');
			return exitCodes.done;
		}

		const offered = found.kind === 'words' ? found.words : await valuesOf(context, found).catch(() => []);
		const lines = offered.map(({value, about}) => `${value}\t${shorten(cleanText(about), 60)}\n`);
		context.io.out(`words\n${lines.join('')}`);
		return exitCodes.done;
	},
};

type Wanted = Exclude<Fitting, {kind: 'words'}>;

const valuesOf = async (context: CommandContext, wanted: Wanted): Promise<readonly Completion[]> => {
	const {typed} = wanted;
	// Of `queued,fa` the last part is what is being typed.
	const [, before = '', part = ''] = /^(.*,)?(.*)$/s.exec(typed) ?? [];
	if (wanted.kind === 'status') return words(jobStatuses, part).map(one => ({...one, value: before + one.value}));
	const all = await candidates(context, wanted);
	return all.filter(({value}) => value.startsWith(typed));
};

const candidates = async (context: CommandContext, wanted: Wanted): Promise<readonly Completion[]> => {
	switch (wanted.kind) {
		case 'sort':
			return words(sortKeys, '');
		case 'shell':
			return words(shells, '');
		case 'provider': {
			const {config} = await context.setup();
			return words(
				Object.entries(config.providers).flatMap(([name, {enabled}]) => (enabled ? [name] : [])),
				'',
			);
		}

		case 'job':
			return jobs(context, {...filterFor(wanted.verb)});
		case 'batch':
			return batches(context);
		default:
			return [];
	}
};

const words = (list: readonly string[], typed: string): readonly Completion[] =>
	list.filter(value => value.startsWith(typed)).map(value => ({value, about: ''}));

/** Only jobs that the verb can do something with. */
const filterFor = (verb: string): JobFilter => {
	const event = (jobEvents as readonly string[]).includes(verb) ? (verb as JobEvent) : undefined;
	return event === undefined ? {} : {statuses: jobStatuses.filter(status => isLegal(status, event))};
};

const jobs = async (context: CommandContext, filter: JobFilter): Promise<readonly Completion[]> => {
	if (!(await hasQueue(context))) return [];
	return context.withEngine(async engine => {
		const {rows} = await engine.list({...filter, limit: mostJobs});
		return rows.map(({id, title}) => ({value: String(id), about: title}));
	});
};

const batches = async (context: CommandContext): Promise<readonly Completion[]> => {
	if (!(await hasQueue(context))) return [];
	return context.withEngine(async engine => {
		const {rows} = await engine.listGrouped({statuses: jobStatuses, open: [], isDescending: true, limit: mostJobs});
		return rows.flatMap(row => (row.kind === 'batch' ? [{value: row.batch.title, about: ''}] : []));
	});
};

/** To look for a word must not make a queue. */
const hasQueue = async (context: CommandContext): Promise<boolean> =>
	existsSync((await context.setup()).paths.database);
