import type {KeymapRow} from '../keymap.ts';
import type {ScreenModel} from '../screen.ts';

/** What was given with an action beside its key. */
export type Given = {
	/** How often, where a number was typed before the key: `10j`. */
	readonly count?: number;
	/** What was written behind its name in the palette. */
	readonly argument?: string;
	/** The key itself, for rows that have several. */
	readonly key?: string;
};

/** Another action that is to be carried out in its place: what was chosen in the palette. */
export type Chosen = {readonly type: 'chosen'; readonly row: KeymapRow; readonly given: Given};

/**
 * Carries out an action. Reads the state at the key press, and names jobs by the id that was on the screen. What it returns
 * is of no matter, unless it is `Chosen`.
 */
export type Act = (screen: ScreenModel, given: Given) => unknown;

export const isChosen = (answer: unknown): answer is Chosen =>
	typeof answer === 'object' && answer !== null && 'type' in answer && answer.type === 'chosen';

/** A topic's actions by their names. */
export type Acts = Readonly<Record<string, Act>>;
