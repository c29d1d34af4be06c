import type {Finding} from '../domain/finding.ts';
import type {Resources} from '../domain/snapshot.ts';
import type {AttemptToken, ProviderId} from '../domain/job.ts';
import type {Events} from './events.ts';
import type {Live} from './live.ts';
import type {Catalog, Clock, DiskProbe, Finisher, JobLog, JobStore, Provider} from './ports.ts';
import type {Reread} from './reload.ts';
import type {EngineSettings} from './settings.ts';
import type {Sweeper} from './sweep.ts';
import type {ToolChecks} from './tool-checks.ts';
import type {Turns} from './turns.ts';
import type {Works} from './works.ts';

/** What the engine is given by the one who makes it. */
export type EngineDependencies = {
	readonly clock: Clock;
	readonly store: JobStore;
	/** In the order in which they are asked whether they take a source. */
	readonly providers: readonly Provider[];
	/** In the order in which they are asked whether they take a reference. */
	readonly catalogs?: readonly Catalog[];
	readonly disk: DiskProbe;
	/** Looks at the filesystem of the data folder; without one, it counts as endless. */
	readonly dataDisk?: Pick<DiskProbe, 'path' | 'sample'>;
	readonly finisher: Finisher;
	readonly log: JobLog;
	/** Ends the processes of these attempts, and whatever else dead schedulers of this queue left behind. */
	readonly endSurvivors: (tokens: readonly AttemptToken[]) => Promise<void>;
	readonly resources: () => Resources;
	/** Looks at the machine: folders, configuration, free space. Tools are asked through their providers. */
	readonly examine?: () => Promise<readonly Finding[]>;
	/** Reads the configuration again. */
	readonly reread?: () => Promise<Reread>;
};

/** What the engine's parts share. */
export type Core = EngineDependencies & {
	/** What is in force now: another object after the configuration was read again. */
	readonly settings: EngineSettings;
	readonly live: Live;
	readonly events: Events;
	readonly works: Works;
	readonly toolChecks: ToolChecks;
	/** Acts go on beside each other; taking one back is done alone. */
	readonly turns: Turns;
	readonly sweeper: Sweeper;
	readonly providerOf: (id: ProviderId) => Provider | undefined;
	/** Something changed that may let a job start or make one stop. */
	readonly wake: (what?: 'queue') => void;
	/** Something changed that a screen shows: `state` is told at once, `progress` at most ten times a second. */
	readonly touch: (kind: 'state' | 'progress') => void;
};
