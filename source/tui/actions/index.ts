import {addingActions} from '../adding/actions.ts';
import type {ActionName} from '../keymap.ts';
import type {Act} from './act.ts';
import {arrangeActions} from './arrange.ts';
import {jobActions} from './jobs.ts';
import {leavingActions} from './leaving.ts';
import {lookActions} from './looks.ts';
import {markActions} from './marks.ts';
import {movingActions} from './moving.ts';
import {paletteActions} from './palette.ts';
import {pageActions} from './pages.ts';
import {queueActions} from './queue.ts';
import {textActions} from './text.ts';
import {undoActions} from './undo.ts';
import {workActions} from './works.ts';

export {isChosen, type Act, type Given} from './act.ts';

/** What each action of the keymap does; the topics stand in files of their own. One that is missing is a type error here. */
export const actions: Readonly<Record<ActionName, Act>> = {
	...movingActions,
	...arrangeActions,
	...markActions,
	...jobActions,
	...queueActions,
	...pageActions,
	...paletteActions,
	...textActions,
	...addingActions,
	...undoActions,
	...workActions,
	...lookActions,
	...leavingActions,
};
