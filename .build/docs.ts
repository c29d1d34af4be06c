/*
 * Writes what the sources know into README.md (keys, configuration, commands, between their markers) and config.toml.
 * With `--check` it writes nothing and fails where something is stale.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {buildProgram} from '../source/commands/program.ts';
import {
	commandRows,
	configRows,
	notifyRows,
	profileRows,
	renderToml,
	tomlValue,
	type KeyRow,
} from '../source/config/describe.ts';
import {parseConfig} from '../source/config/load.ts';
import {keymapTable, scopeNames} from '../source/tui/keymap.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');

const table = (titles: readonly string[], rows: ReadonlyArray<readonly string[]>): string =>
	[titles, titles.map(() => '---'), ...rows.map(row => row.map(text => cell(text)))]
		.map(row => `| ${row.join(' | ')} |`)
		.join('\n');

const keyRows = (rows: readonly KeyRow[]): string =>
	table(
		['key', 'default', 'unit', 'what it does'],
		rows.map(row => [
			`\`${row.key}\``,
			row.default === undefined ? '' : `\`${tomlValue(row.default)}\``,
			row.unit ?? '',
			row.about,
		]),
	);

const configTables = (): string => {
	const rows = configRows();
	const names = [...new Set(rows.map(row => row.section))];
	return [
		...names.flatMap(name => [`**\`[${name}]\`**`, '', keyRows(rows.filter(row => row.section === name)), '']),
		'**`[keys]`**: keys of the screen',
		'',
		table(
			['key', 'what it does'],
			[
				['`ACTION`', 'The key or keys of an action wherever it is to be found, such as `retry = "t"`; `[]` for none.'],
				[
					'`PLACE.ACTION`',
					'The same in one place, such as `panes.remove = ["x", "delete"]`. Names are in the table of keys.',
				],
			],
		),
		'',
		'**`[quality.NAME]`**: what `--quality NAME` prefers, step by step',
		'',
		keyRows(profileRows()),
		'',
		...notifyRows().flatMap(({type, rows: keys}) => [
			`**\`[notify.NAME]\`**, \`type = "${type}"\``,
			'',
			keyRows(keys),
			'',
		]),
		'**`[providers.NAME]`**: a tool of your own',
		'',
		keyRows(commandRows()),
	].join('\n');
};

const keysTable = (): string =>
	table(
		['where', 'key', 'name', 'what it does', 'the same as'],
		keymapTable().map(row => [
			scopeNames[row.scope],
			row.action === 'count' ? '`0` to `9`' : row.keys.map(key => `\`${key === ' ' ? 'space' : key}\``).join(' '),
			`\`${row.action}\``,
			row.label,
			row.command === undefined ? '' : `\`${row.command}\``,
		]),
	);

const commandsTable = (): string => {
	const program = buildProgram('', () => undefined);
	const rows = program
		.createHelp()
		.visibleCommands(program)
		.filter(command => command.name() !== 'help')
		.map(command => [
			`\`${command.name()} ${command
				.usage()
				.replaceAll(/\[(?:options|command)\] ?/g, '')
				.replaceAll('...', '…')}`
				.trim()
				.concat('`'),
			`${command.description()}${command.commands.length === 0 ? '' : `: ${command.commands.map(inner => `\`${inner.name()}\``).join(', ')}`}`,
			command.options.map(option => `\`${option.flags}\``).join(' '),
		]);
	return [
		table(['command', 'does', 'options'], rows),
		'',
		'Every command also takes:',
		'',
		table(
			['option', 'does'],
			program.options.map(option => [`\`${option.flags}\``, option.description]),
		),
	].join('\n');
};

const fill = (text: string, name: string, content: string): string => {
	const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
	const [from, to] = [text.indexOf(begin), text.indexOf(end)];
	if (from === -1 || to < from) throw new Error(`README.md has no ${begin} … ${end}`);
	return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
};

const read = (path: string): string => {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
};

const defaults = parseConfig('', 'config.toml');
if (!defaults.ok) throw new Error('the defaults are no configuration');
const readme =
	read(`${root}README.md`) ||
	'# tidegate\n\n<!-- config:begin -->\n<!-- config:end -->\n\n<!-- keys:begin -->\n<!-- keys:end -->\n\n<!-- commands:begin -->\n<!-- commands:end -->\n';
const heading =
	'The configuration of tidegate with every key and its default. Copy it to $XDG_CONFIG_HOME/tidegate/config.toml, or name it with --config, and keep what you change. Generated from source/config/schema.ts.';
const wanted: Readonly<Record<string, string>> = {
	'README.md': fill(fill(fill(readme, 'config', configTables()), 'keys', keysTable()), 'commands', commandsTable()),
	'config.toml': renderToml(defaults.config, heading),
};

let isStale = false;
for (const [name, text] of Object.entries(wanted)) {
	if (read(root + name) === text) continue;
	isStale = true;
	if (process.argv.includes('--check')) process.stderr.write(`${name} is stale: run \`npm run docs\`\n`);
	else writeFileSync(root + name, text);
}

if (isStale && process.argv.includes('--check')) process.exitCode = 1;
