import type {LaneHealth, Provider} from './ports.ts';

/** What a provider says of its tool; one that cannot even say that is not well. */
export const healthOf = async (provider: Provider): Promise<LaneHealth> => {
	try {
		return {provider: provider.id, report: await provider.check()};
	} catch (error) {
		const problem = `its check failed: ${error instanceof Error ? error.message : String(error)}`;
		return {
			provider: provider.id,
			report: {name: provider.id, ok: false, version: undefined, problem, fix: undefined},
		};
	}
};
