export {openScreen, type ScreenOptions} from './open-screen.ts';
export type {ScreenEnd} from './screen.ts';
export {keymapTable, scopeNames, type KeymapRow} from './keymap.ts';
