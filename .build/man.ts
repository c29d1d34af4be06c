/*
 * The man page, from the same tables as help, README and config.toml. Roff is written here: of the libraries, marked-man
 * 2.1.1 makes bullets of option lists, and there is none from commander to roff that is kept up.
 */
import {buildProgram} from '../source/commands/program.ts';
import {commandRows, configRows, notifyRows, profileRows, tomlValue, type KeyRow} from '../source/config/describe.ts';
import {sectionNotes} from '../source/config/schema.ts';
import {keymapTable, scopeNames} from '../source/tui/keymap.ts';

/** Text as roff takes it: nothing of it is a request, an escape or a hyphen that might be broken. */
const roff = (text: string): string =>
	text
		.replaceAll('\\', String.raw`\e`)
		.replaceAll('-', String.raw`\-`)
		.replaceAll(/^([.'])/gm, String.raw`\&$1`);

const bold = (text: string): string => `\\fB${roff(text)}\\fR`;

/** Sentences of ours with their `code` in bold. */
const prose = (text: string): string =>
	text
		.trim()
		.split(/`([^`]*)`/)
		.map((part, index) => (index % 2 === 1 ? bold(part) : roff(part)))
		.join('')
		.replaceAll(/\s*\n\s*/g, '\n');

const item = (term: string, about: string): string => `.TP\n${term}\n${prose(about)}`;

const keyItem = ({key, unit, about, default: standard}: KeyRow): string =>
	item(
		bold(key) + (standard === undefined ? '' : roff(` = ${tomlValue(standard)}`)),
		unit === undefined ? about : `${about} Unit: ${unit}.`,
	);

const commandText = (program: ReturnType<typeof buildProgram>): string =>
	program
		.createHelp()
		.visibleCommands(program)
		.map(command => {
			const inner = command.commands.map(one => item(bold(`${command.name()} ${one.name()}`), `${one.description()}.`));
			return [
				`.SS ${roff(`"tidegate ${command.name()} ${command.usage().replaceAll(/\[(?:options|command)\] ?/g, '')}`.trimEnd())}"`,
				prose(`${command.description()}.`),
				...command.registeredArguments.map(one => item(`\\fI${roff(one.name())}\\fR`, one.description)),
				...command.options.map(one => item(bold(one.flags), one.description)),
				...inner,
			].join('\n');
		})
		.join('\n');

/** Sections whose names are a person's own. */
const ownNotes: Readonly<Record<string, string>> = {
	'quality.NAME': 'What `--quality NAME` prefers, step by step.',
	'notify.NAME': 'Who is told of what.',
	'providers.NAME': 'A tool of your own.',
};

const configText = (): string => {
	const told = notifyRows().flatMap(({rows: keys}) => keys);
	// What all kinds of targets have is said once.
	const targets = told.filter(
		({key, about}, index) => index === told.findIndex(one => one.key === key && one.about === about),
	);
	const rows = [...configRows(), ...profileRows(), ...targets, ...commandRows()];
	return [...new Set(rows.map(({section}) => section))]
		.map(section =>
			[
				`.SS "[${roff(section)}]"`,
				prose(sectionNotes[section] ?? ownNotes[section] ?? ''),
				...rows.filter(row => row.section === section).map(row => keyItem(row)),
			].join('\n'),
		)
		.join('\n');
};

const keysText = (): string => {
	const rows = keymapTable();
	return (['panes', 'quit', 'global'] as const)
		.map(scope =>
			[
				`.SS ${roff(`"${scopeNames[scope]}"`)}`,
				...rows
					.filter(row => row.scope === scope && row.keys.length > 0)
					.map(({action, keys, label}) =>
						item(
							action === 'count' ? bold('0 to 9') : keys.map(key => bold(key === ' ' ? 'space' : key)).join(', '),
							`${label}.`,
						),
					),
			].join('\n'),
		)
		.join('\n');
};

const exitCodes: ReadonlyArray<readonly [code: string, meaning: string]> = [
	['0', 'Done.'],
	['1', 'Something failed; for `run --until-idle` and `wait`: some job failed.'],
	['2', 'Wrong usage or configuration; stderr names the place and the remedy.'],
	['3', 'No such job or batch.'],
	['4', 'Refused in this state.'],
	['5', 'No scheduler could be reached or started.'],
	['130', 'Interrupted.'],
];

/** `tidegate.1` for this version. */
export const manPage = (version: string): string => {
	const program = buildProgram('', () => undefined);
	return [
		`.TH TIDEGATE 1 "" "tidegate ${version}" "User Commands"`,
		'.SH NAME',
		String.raw`tidegate \- a download queue for the terminal`,
		'.SH SYNOPSIS',
		String.raw`.B tidegate`,
		String.raw`[\fIoptions\fR] [\fIcommand\fR]`,
		'.SH DESCRIPTION',
		prose(
			'A queue that fills a disk up to a mark, waits until something has emptied it, and goes on, for weeks, without a person. It drives tools such as yt-dlp and aria2. Without a command it shows the screen; where stdin or stdout is no terminal, it does what `status` does.',
		),
		'.SH OPTIONS',
		...program.options.map(({flags, description}) => item(bold(flags), `${description}.`)),
		item(bold('-h, --help'), 'print help, of a command too.'),
		'.SH COMMANDS',
		commandText(program),
		'.SH EXIT STATUS',
		...exitCodes.map(([code, meaning]) => item(bold(code), meaning)),
		'.SH CONFIGURATION',
		prose(
			'`config.toml` is looked for in the working directory, then in `$XDG_CONFIG_HOME/tidegate`. `tidegate config print` shows what holds. Secrets are references, `env:NAME` or `file:PATH`, never values.',
		),
		configText(),
		'.SH KEYS OF THE SCREEN',
		prose('`?` shows those of where you are; all of them are in the README.'),
		keysText(),
		'.SH SEE ALSO',
		String.raw`.BR yt\-dlp (1),`,
		'.BR aria2c (1)',
		'',
	].join('\n');
};
