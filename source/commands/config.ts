import {printJson} from './answer.ts';
import {exitCodes, usageError, type Verb} from './verb.ts';

const check: Verb = {
	name: 'check',
	summary: 'Check the configuration; says what is wrong, where, and what would be right',
	run: async context => {
		const {file, notes} = await context.setup();
		for (const note of notes) context.io.err(`${note}\n`);
		if (context.globals.isJson) printJson(context, {ok: true, file: file ?? null, notes});
		else context.io.out(`${file ?? 'no config.toml: the defaults hold'}${file === undefined ? '' : ' is fine'}\n`);
		return exitCodes.done;
	},
};

const print: Verb = {
	name: 'print',
	summary: 'Print the whole configuration as it holds, with comments, secrets masked',
	run: async context => {
		const {config, file} = await context.setup();
		if (context.globals.isJson) {
			const {withoutSecrets} = await import('../config/describe.ts');
			printJson(context, withoutSecrets(config));
			return exitCodes.done;
		}

		const {renderToml} = await import('../config/describe.ts');
		const from =
			file === undefined ? 'the defaults; there is no config.toml' : `${file}, and defaults where it is silent`;
		context.io.out(renderToml(config, `tidegate: ${from}`));
		return exitCodes.done;
	},
};

const path: Verb = {
	name: 'path',
	summary: 'Print where the configuration and the data are',
	run: async context => {
		const {file, paths} = await context.setup();
		if (context.globals.isJson) {
			printJson(context, {config: file ?? null, data: paths.root, storage: paths.storage, database: paths.database});
		} else {
			context.io.out(`config   ${file ?? '(none)'}\ndata     ${paths.root}\nstorage  ${paths.storage}\n`);
		}

		return exitCodes.done;
	},
};

export const config: Verb = {
	name: 'config',
	summary: 'Check or print the configuration, or say where it is',
	verbs: [check, print, path],
	run: async (_context, [word]) => {
		if (word === undefined) throw usageError('say what to do with the configuration: check, print or path');
		throw usageError(`there is no \`config ${word}\`; there are check, print and path`);
	},
};
