import type {Finding} from '../domain/finding.ts';
import type {Engine} from '../engine/ports.ts';

/** What is known of the machine that the scheduler runs on. */
export type Findings = {
	/** Undefined until the first look has ended. */
	readonly findings: readonly Finding[] | undefined;
	readonly isLooking: boolean;
	/** Why it could not be looked at, where it could not. */
	readonly problem: string | undefined;
};

export type FindingsWatch = {
	getState(): Findings;
	subscribe(onChange: () => void): () => void;
	/** Looks again, unless a look is under way. It starts tools to ask for their versions, so it is done when somebody asks. */
	look(): void;
	/** Looks once, if nobody has looked yet. */
	need(): void;
	close(): void;
};

/** Asks the engine for its findings when they are wanted, and keeps the last ones. */
export const createFindingsWatch = (engine: Engine): FindingsWatch => {
	const listeners = new Set<() => void>();
	let state: Findings = {findings: undefined, isLooking: false, problem: undefined};
	let hasLooked = false;
	let isClosed = false;
	const publish = (next: Findings): void => {
		if (isClosed) return;
		state = next;
		for (const listener of listeners) listener();
	};

	const look = async (): Promise<void> => {
		hasLooked = true;
		publish({...state, isLooking: true});
		try {
			publish({findings: await engine.findings(), isLooking: false, problem: undefined});
		} catch (error) {
			publish({...state, isLooking: false, problem: error instanceof Error ? error.message : String(error)});
		}
	};

	return {
		getState: () => state,
		subscribe(onChange) {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		look() {
			if (!state.isLooking) void look();
		},
		need() {
			if (!hasLooked) void look();
		},
		close() {
			isClosed = true;
			listeners.clear();
		},
	};
};
