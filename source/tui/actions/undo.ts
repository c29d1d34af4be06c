import {takeBack} from '../undoing.ts';
import type {Acts} from './act.ts';

/** Always a way back. */
export const undoActions = {
	undo: screen => void takeBack(screen, 'undo'),
	redo: screen => void takeBack(screen, 'redo'),
} as const satisfies Acts;
