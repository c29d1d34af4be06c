import {ReadStream, WriteStream} from 'node:tty';
import type {PreferenceStore} from '../config/prefs.ts';
import type {Engine} from '../engine/ports.ts';
import type {ScreenOptions} from '../tui/open-screen.ts';
import {absolutePath} from './list-path.ts';
import type {CommandContext} from './verb.ts';

type AnyEnd = Awaited<ReturnType<typeof import('../tui/open-screen.ts').openScreen>>;
type ScreenEnd = Exclude<AnyEnd, {readonly reason: 'switch'}>;

type Owner = Pick<ScreenOptions, 'isAttached' | 'canDetach' | 'signal' | 'onShown'>;
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Opens the screen over an engine, or plain lines for screen readers; a person may go from one to the other. Resolves when
 * it has ended and the terminal is as it was.
 */
export const openOn = async (context: CommandContext, engine: Engine, owner: Owner): Promise<ScreenEnd> => {
	const preferences = await preferencesOf(context);
	let isReader = await wantsReader(context);
	try {
		for (;;) {
			const end = await (isReader ? openLines(context, engine, owner) : openFull(context, engine, owner, preferences));
			if (end.reason !== 'switch') return end;
			isReader = !isReader;
			preferences.keep({reader: isReader});
		}
	} finally {
		await preferences.flush();
	}
};

/** Whether plain lines are wanted in the place of the screen: by the environment, by config.toml, or as it was chosen last. */
export const wantsReader = async (context: CommandContext): Promise<boolean> => {
	const {env} = context.io;
	const asked = env['TIDEGATE_SCREEN_READER'] ?? env['INK_SCREEN_READER'] ?? '';
	if (asked !== '') return !/^(?:0|false|no|off)$/i.test(asked);
	const {config} = await context.setup();
	return config.screen.reader ?? (await preferencesOf(context)).read()['reader'] === true;
};

/** Whether the terminal knows no control sequences. */
export const isDumb = ({io}: CommandContext): boolean => (io.env['TERM'] ?? 'dumb') === 'dumb';

const preferencesOf = async (context: CommandContext): Promise<PreferenceStore> => {
	const [{openPreferences}, {paths}] = await Promise.all([import('../config/prefs.ts'), context.setup()]);
	return openPreferences(paths.state);
};

const openFull = async (
	context: CommandContext,
	engine: Engine,
	owner: Owner,
	preferences: PreferenceStore,
): Promise<AnyEnd> => {
	const [{openScreen}, {config}] = await Promise.all([import('../tui/open-screen.ts'), context.setup()]);
	return openScreen(engine, {
		...terminal(),
		...(config.screen.theme === undefined ? {} : {theme: config.screen.theme}),
		colours: config.screen.colours,
		env: context.io.env,
		preferences: {kept: preferences.read(), keep: preferences.keep},
		ascii: config.screen.ascii || !hasUnicode(context.io.env),
		suspend: () => suspend(context, owner.isAttached),
		keys: config.keys,
		absolutePath: path => absolutePath(path, context.io),
		...owner,
	});
};

const openLines = async (context: CommandContext, engine: Engine, owner: Owner): Promise<AnyEnd> => {
	const [{openReader}, {config}] = await Promise.all([import('../tui/reader/open-reader.ts'), context.setup()]);
	return openReader(engine, {
		...terminal(),
		// Without drawings, also the console of Linux shows what its font has.
		ascii: config.screen.ascii || !isUtf8(context.io.env),
		isDumb: isDumb(context),
		env: context.io.env,
		suspend: () => suspend(context, owner.isAttached),
		...owner,
	});
};

const terminal = (): {readonly stdin: ReadStream; readonly stdout: WriteStream} => {
	const {stdin, stdout} = process;
	if (!(stdin instanceof ReadStream) || !(stdout instanceof WriteStream))
		throw new Error('the screen needs a terminal');
	return {stdin, stdout};
};

/** Ctrl-Z. With the scheduler in this process, the downloads stop with it, which has to be said. */
const suspend = async (context: CommandContext, isAttached: boolean): Promise<void> => {
	const {stopUntilForeground} = await import('../system/job-control.ts');
	context.io.err(
		isAttached
			? '`fg` comes back to the queue\n'
			: 'the queue and its downloads stop; `fg` comes back, `bg` lets them go on without the screen\n',
	);
	await stopUntilForeground();
};

/** Whether the terminal shows more than ASCII, by the locale and the kind of terminal. */
export const hasUnicode = (env: Environment): boolean => env['TERM'] !== 'linux' && isUtf8(env);

const isUtf8 = (env: Environment): boolean => {
	const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
	return locale === '' || /utf-?8/i.test(locale);
};
