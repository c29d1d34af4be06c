import type {Alert} from '../domain/notices.ts';
import {cleanText, shorten} from '../domain/text.ts';
import type {Engine} from '../engine/ports.ts';
import {toAscii} from './ascii.ts';

/** What an alert writes on the terminal, none of which draws anything. */
export type Signals = {
	/** The bell, and the request for a notification; may be empty. */
	readonly ring: string;
	/** Sets the title; undefined where it stays as it is. */
	readonly title: string | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Keeps the title of the terminal for later, and gives it back (xterm; also tmux, VTE, kitty, konsole). */
export const keepTitle = '\u001B[22;0t';
export const giveTitleBack = '\u001B[23;0t';

const bell = '\u0007';
const escape = '\u001B';
const end = `${escape}\\`;

/** What an alert is on a terminal of this kind. Its texts are cleaned once more: whatever they hold, they end where they end. */
export const signalsOf = (alert: Alert, env: Environment, isAscii: boolean): Signals => {
	const text = (words: string): string => {
		const clean = shorten(cleanText(words), 200);
		return isAscii ? toAscii(clean) : clean;
	};
	// The console of Linux takes what follows an unknown sequence for text.
	const isPlain = ['', 'dumb', 'linux'].includes(env['TERM'] ?? '');
	const ring = alert.hasBell ? bell : '';
	if (isPlain) return {ring, title: undefined};
	return {
		ring: ring + popupOf(alert, text, env),
		title: alert.hasTitle ? `${escape}]0;${text(alert.title)} - tidegate${end}` : undefined,
	};
};

const popupOf = ({popup, title, message}: Alert, text: (words: string) => string, env: Environment): string => {
	switch (popup) {
		case 'off':
			return '';
		case 'osc9':
			// With a number and a semicolon it would be something else (ConEmu, Windows Terminal).
			return through(`${escape}]9;${text(`tidegate: ${title}, ${message}`)}${end}`, env);
		case 'osc777':
			return through(`${escape}]777;notify;${text(title).replaceAll(';', ',')};${text(message)}${end}`, env);
	}
};

/** tmux hands on what stands in such an envelope, where its option `allow-passthrough` lets it, and nothing otherwise. */
const through = (sequence: string, env: Environment): string =>
	(env['TMUX'] ?? '') === '' ? sequence : `${escape}Ptmux;${sequence.replaceAll(escape, escape + escape)}${end}`;

/** Calls for each alert that comes from now on, once; what was there before is old. */
export const followAlerts = (engine: Engine, onAlert: (alert: Alert) => void): (() => void) => {
	let last = engine.getSnapshot().alert?.id;
	return engine.subscribe(() => {
		const {alert} = engine.getSnapshot();
		if (alert === undefined || alert.id === last) return;
		last = alert.id;
		onAlert(alert);
	});
};
