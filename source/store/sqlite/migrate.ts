import type {Database} from 'better-sqlite3';
import {canonicalIdentity} from '../../domain/address.ts';
import {applicationId} from './schema.ts';

/**
 * Brings a database to the newest version, all steps in one transaction.
 *
 * @throws Error when the file was written by a newer tidegate, or belongs to another program
 */
export const migrate = (database: Database, migrations: readonly string[]): void => {
	if (checkVersion(database, migrations.length) === migrations.length) return;
	database.function('canonical_identity', {deterministic: true}, identity => canonicalIdentity(String(identity)));
	// Another process may be migrating the same file: whoever comes second finds the work done.
	database
		.transaction(() => {
			const version = checkVersion(database, migrations.length);
			for (const step of migrations.slice(version)) database.exec(step);
			database.pragma(`application_id = ${applicationId}`);
			database.pragma(`user_version = ${migrations.length}`);
		})
		.immediate();
};

/** The version of the database, when this program may use it. */
export const checkVersion = (database: Database, known: number): number => {
	const version = database.pragma('user_version', {simple: true}) as number;
	const owner = database.pragma('application_id', {simple: true}) as number;
	const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
	if (owner !== applicationId && !isEmpty) {
		throw new Error(`${database.name} is a database of another program; name another file`);
	}

	if (version > known) {
		throw new Error(
			`${database.name} has version ${version} of the queue's database, and this tidegate knows versions up to ${known}: update tidegate, or use another data directory`,
		);
	}

	return version;
};
