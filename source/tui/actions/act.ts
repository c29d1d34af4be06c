import type {ScreenModel} from '../screen.ts';

/** What was given with an action beside its key. */
export type Given = {
	/** How often, where a number was typed before the key: `10j`. */
	readonly count?: number;
	/** What was written behind its name in the palette. */
	readonly argument?: string;
};

/** Carries out an action. Reads the state at the key press, and names jobs by the id that was on the screen. */
export type Act = (screen: ScreenModel, given?: Given) => void;

/** A topic's actions by their names. */
export type Acts = Readonly<Record<string, Act>>;
