import type {Argument, Command, Option} from 'commander';

/*
 * What a shell offers for the word at the cursor. Our own lines: of the libraries, `@bomb.sh/tab` 0.0.22 evaluates the words
 * that were typed, so that TAB behind `$(…)` would run it, and offers no files; `omelette` and `tabtab` know no commander.
 */

export type Completion = {readonly value: string; readonly about: string};

/** Words that fit, or the kind of thing that belongs there, which the caller knows. */
export type Fitting =
	| {readonly kind: 'words'; readonly words: readonly Completion[]}
	| {readonly kind: ValueKind; readonly typed: string; readonly verb: string};

export type ValueKind = 'file' | 'job' | 'batch' | 'provider' | 'status' | 'sort' | 'shell' | 'nothing';

/** What values an option takes, by its name. */
const optionKinds: Readonly<Record<string, ValueKind>> = {
	'--config': 'file',
	'--data': 'file',
	'--storage': 'file',
	'--status': 'status',
	'--provider': 'provider',
	'--batch': 'batch',
	'--sort': 'sort',
	'--before': 'job',
};

/** The same for arguments, by their placeholder. */
const argumentKinds: ReadonlyMap<string, ValueKind> = new Map([
	['id', 'job'],
	['file', 'file'],
	['kind', 'file'],
	['reference', 'file'],
	['shell', 'shell'],
]);

/**
 * What fits at the cursor.
 *
 * @param program the whole command line, as help and README know it
 * @param typed the words after the program's name up to the cursor; the last is the one that is being typed, maybe empty
 */
export const fitting = (program: Command, typed: readonly string[]): Fitting => {
	const words = joinedAtEquals(typed);
	const last = words.at(-1) ?? '';
	const {command, rest, open} = walk(program, words.slice(0, -1));
	const nothing = {kind: 'nothing', typed: last, verb: command.name()} as const;
	if (open !== undefined) return {...nothing, kind: kindOf(open)};
	const isOver = rest.includes('--');
	const [flag = '', value] = split(last);
	if (!isOver && value !== undefined) {
		const option = optionOf(program, command, flag);
		return {...nothing, kind: option === undefined ? 'nothing' : kindOf(option), typed: value};
	}

	if (!isOver && last.startsWith('-')) return {kind: 'words', words: flags(program, command, last)};
	const inner = command.createHelp().visibleCommands(command);
	if (inner.length > 0 && rest.length === 0) {
		const named = inner.map(one => ({value: one.name(), about: one.description()}));
		return {kind: 'words', words: named.filter(({value: name}) => name.startsWith(last))};
	}

	const argument = argumentAt(command, rest.filter(word => word !== '--').length);
	return {...nothing, kind: argumentKinds.get(argument?.name() ?? '') ?? 'nothing'};
};

/** Bash gives `--status=failed` as three words, and `https://host` as three as well; only the former matters here. */
const joinedAtEquals = (words: readonly string[]): readonly string[] => {
	const joined: string[] = [];
	for (const [index, word] of words.entries()) {
		const before = words[index - 1];
		const isValue = before === '=' && (words[index - 2] ?? '').startsWith('--');
		if ((word === '=' && before?.startsWith('--') === true) || isValue) joined.push((joined.pop() ?? '') + word);
		else joined.push(word);
	}

	return joined;
};

const split = (word: string): readonly [flag: string, value: string | undefined] => {
	const at = word.startsWith('--') ? word.indexOf('=') : -1;
	return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
};

/** The command that the words before the cursor name, its arguments so far, and an option that still waits for its value. */
const walk = (
	program: Command,
	words: readonly string[],
): {readonly command: Command; readonly rest: readonly string[]; readonly open: Option | undefined} => {
	let command = program;
	let rest: string[] = [];
	let open: Option | undefined;
	for (const word of words) {
		if (open !== undefined) open = undefined;
		else if (rest.includes('--')) rest.push(word);
		else if (word.startsWith('-') && word !== '--' && word !== '-') {
			const [flag, value] = split(word);
			const option = optionOf(program, command, flag);
			open = option !== undefined && value === undefined && (option.required || option.optional) ? option : undefined;
		} else {
			const inner = rest.length === 0 ? command.commands.find(one => one.name() === word) : undefined;
			if (inner === undefined) rest = [...rest, word];
			else command = inner;
		}
	}

	return {command, rest, open};
};

const optionOf = (program: Command, command: Command, flag: string): Option | undefined =>
	[...command.options, ...program.options].find(({short, long}) => short === flag || long === flag);

const kindOf = ({long}: Option): ValueKind => optionKinds[long ?? ''] ?? 'nothing';

const flags = (program: Command, command: Command, typed: string): readonly Completion[] =>
	[...new Set([...command.options, ...program.options])]
		.flatMap(({long, description}) => (long === undefined || long === null ? [] : [{value: long, about: description}]))
		.concat({value: '--help', about: 'print help'})
		.filter(({value}) => value.startsWith(typed === '-' ? '--' : typed));

const argumentAt = (command: Command, index: number): Argument | undefined => {
	const {registeredArguments: all} = command;
	const last = all.at(-1);
	return all[index] ?? (last?.variadic === true ? last : undefined);
};
