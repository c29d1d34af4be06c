import {byUrgency, unwell, well, type Finding} from '../domain/finding.ts';
import type {LaneHealth, LaneLoad} from './ports.ts';

/**
 * What providers say of their tools, as findings, with the number of jobs that wait for each. A tool that is missing is a
 * problem of its provider alone, and none where the provider is switched off.
 */
export const toolFindings = (reports: readonly LaneHealth[], loads: readonly LaneLoad[]): readonly Finding[] =>
	reports.map(({provider, report}) => {
		if (report.ok) return {...well(provider, `${report.name} ${report.version ?? 'is built in'}`), provider};
		const waiting = loads.reduce((sum, load) => (load.provider === provider ? sum + load.startable : sum), 0);
		const problem = report.problem ?? `${report.name} cannot be used`;
		const fix = `${report.fix ?? 'install it'}, or set enabled = false under [providers.${provider}]`;
		return {...unwell(provider, problem, fix), provider, ...(waiting > 0 ? {waiting} : {})};
	});

/** The machine and the tools in one list, what has to be seen to first on top. */
export const orderedFindings = (
	machine: readonly Finding[],
	reports: readonly LaneHealth[],
	loads: readonly LaneLoad[],
): readonly Finding[] => [...machine, ...toolFindings(reports, loads)].toSorted(byUrgency);
