import {createContext, useContext, useSyncExternalStore} from 'react';
import type {ScreenModel} from '../screen.ts';

export const ScreenContext = createContext<ScreenModel | undefined>(undefined);

/** The model behind the screen; components read from it what they draw. */
export const useScreen = (): ScreenModel => {
	const screen = useContext(ScreenContext);
	if (screen === undefined) throw new Error('a part of the screen was mounted outside of it');
	return screen;
};

/** Draws again whenever anything on the screen changed. One subscription for the whole tree, so that no frame is half new. */
export const useChanges = (screen: ScreenModel): void => {
	useSyncExternalStore(screen.subscribe, screen.version);
};
