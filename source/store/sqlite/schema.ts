/** Marks a database file as a queue of tidegate: the letters `tdgt`. */
export const applicationId = 0x74_64_67_74;

/*
 * The first version. Released migrations are never edited: a change of the schema is a new entry of `migrations`.
 *
 * `sort_key` is priority, arrival and manual moves in one integer (see order.ts). `folded` is title and source in lower
 * case where one of them has letters beyond ASCII, because SQLite's own lower() knows ASCII only.
 * Each index serves a query by its name; the unit test on query plans watches over that. One index more is a page or two
 * more that each change of status has to write before it is answered.
 */
const version1 = `
CREATE TABLE batches (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	title TEXT NOT NULL UNIQUE CHECK (title <> ''),
	created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	batch INTEGER REFERENCES batches (id),
	title TEXT NOT NULL,
	provider TEXT NOT NULL CHECK (provider <> ''),
	lane TEXT NOT NULL CHECK (lane <> ''),
	source TEXT NOT NULL,
	identity TEXT NOT NULL CHECK (identity <> ''),
	options TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(options)),
	status TEXT NOT NULL,
	is_sourced INTEGER NOT NULL CHECK (is_sourced IN (0, 1)),
	priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 9),
	sort_key INTEGER NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
	max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),
	attempt TEXT,
	owner TEXT,
	bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
	total INTEGER CHECK (total >= 0),
	expected_size INTEGER CHECK (expected_size >= 0),
	checksum TEXT,
	output TEXT,
	placing TEXT CHECK (json_valid(placing)),
	output_path TEXT,
	size INTEGER CHECK (size >= 0),
	error_code TEXT,
	error_message TEXT,
	error_class TEXT,
	retry_at INTEGER,
	created_at INTEGER NOT NULL,
	started_at INTEGER,
	ended_at INTEGER,
	folded TEXT,
	CONSTRAINT key_in_band_of_priority CHECK (sort_key >= (9 - priority) * 8796093022208 AND sort_key < (10 - priority) * 8796093022208),
	CONSTRAINT attempt_has_owner CHECK ((attempt IS NULL) = (owner IS NULL)),
	CONSTRAINT error_is_whole CHECK ((error_code IS NULL) = (error_message IS NULL) AND (error_code IS NULL) = (error_class IS NULL)),
	CONSTRAINT file_has_path_and_size CHECK ((output_path IS NULL) = (size IS NULL)),
	CONSTRAINT status_is_whole CHECK (CASE status
		WHEN 'queued' THEN attempt IS NULL AND ended_at IS NULL AND size IS NULL AND is_sourced = 1
		WHEN 'waiting' THEN attempt IS NULL AND ended_at IS NULL AND size IS NULL AND is_sourced = 0 AND placing IS NULL
		WHEN 'paused' THEN attempt IS NULL AND ended_at IS NULL AND size IS NULL
		WHEN 'searching' THEN attempt IS NOT NULL AND started_at IS NOT NULL AND retry_at IS NULL AND ended_at IS NULL AND size IS NULL AND is_sourced = 0 AND placing IS NULL
		WHEN 'starting' THEN attempt IS NOT NULL AND started_at IS NOT NULL AND retry_at IS NULL AND ended_at IS NULL AND size IS NULL AND is_sourced = 1
		WHEN 'downloading' THEN attempt IS NOT NULL AND started_at IS NOT NULL AND retry_at IS NULL AND ended_at IS NULL AND size IS NULL AND is_sourced = 1
		WHEN 'finishing' THEN attempt IS NOT NULL AND started_at IS NOT NULL AND retry_at IS NULL AND ended_at IS NULL AND size IS NULL AND is_sourced = 1
		WHEN 'pausing' THEN attempt IS NOT NULL AND started_at IS NOT NULL AND retry_at IS NULL AND ended_at IS NULL AND size IS NULL
		WHEN 'cancelling' THEN attempt IS NOT NULL AND started_at IS NOT NULL AND retry_at IS NULL AND ended_at IS NULL AND size IS NULL
		WHEN 'completed' THEN attempt IS NULL AND retry_at IS NULL AND ended_at IS NOT NULL AND size IS NOT NULL AND placing IS NULL AND error_code IS NULL AND is_sourced = 1
		WHEN 'failed' THEN attempt IS NULL AND retry_at IS NULL AND ended_at IS NOT NULL AND size IS NULL AND placing IS NULL AND error_code IS NOT NULL
		WHEN 'cancelled' THEN attempt IS NULL AND retry_at IS NULL AND ended_at IS NOT NULL AND size IS NULL
		ELSE FALSE END)
) STRICT;

CREATE UNIQUE INDEX jobs_identity ON jobs (identity);
CREATE INDEX jobs_status_key ON jobs (status, sort_key);
CREATE INDEX jobs_status ON jobs (status);
CREATE INDEX jobs_candidates ON jobs (lane, sort_key) WHERE status IN ('waiting', 'queued') AND retry_at IS NULL;
CREATE INDEX jobs_retries ON jobs (retry_at) WHERE status IN ('waiting', 'queued') AND retry_at IS NOT NULL;
CREATE INDEX jobs_batch ON jobs (batch) WHERE batch IS NOT NULL;
CREATE INDEX jobs_batch_key ON jobs (batch, sort_key) WHERE batch IS NOT NULL;
CREATE INDEX jobs_ended ON jobs (status, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX jobs_size ON jobs (size) WHERE size IS NOT NULL;
CREATE INDEX jobs_errors ON jobs (error_code, ended_at) WHERE status = 'failed';

CREATE TABLE attempts (
	job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	number INTEGER NOT NULL CHECK (number >= 1),
	token TEXT NOT NULL,
	owner TEXT NOT NULL,
	started_at INTEGER NOT NULL,
	ended_at INTEGER,
	outcome TEXT,
	error_code TEXT,
	error_message TEXT,
	error_class TEXT,
	bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
	PRIMARY KEY (job, number),
	CONSTRAINT ended_has_outcome CHECK ((ended_at IS NULL) = (outcome IS NULL)),
	CONSTRAINT error_is_whole CHECK ((error_code IS NULL) = (error_message IS NULL) AND (error_code IS NULL) = (error_class IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (
	status TEXT PRIMARY KEY,
	jobs INTEGER NOT NULL DEFAULT 0 CHECK (jobs >= 0),
	bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO totals (status) VALUES ('waiting'), ('searching'), ('queued'), ('starting'), ('downloading'), ('finishing'),
	('pausing'), ('cancelling'), ('paused'), ('completed'), ('failed'), ('cancelled');

CREATE TABLE batch_totals (
	batch INTEGER NOT NULL,
	status TEXT NOT NULL,
	jobs INTEGER NOT NULL CHECK (jobs >= 0),
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	PRIMARY KEY (batch, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE lane_loads (
	lane TEXT NOT NULL,
	provider TEXT NOT NULL,
	startable INTEGER NOT NULL CHECK (startable >= 0),
	PRIMARY KEY (lane, provider)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN
	UPDATE totals SET jobs = jobs + 1, bytes = bytes + coalesce(NEW.size, 0) WHERE status = NEW.status;
END;
CREATE TRIGGER jobs_added_to_batch AFTER INSERT ON jobs WHEN NEW.batch IS NOT NULL BEGIN
	INSERT INTO batch_totals VALUES (NEW.batch, NEW.status, 1, coalesce(NEW.size, 0))
		ON CONFLICT DO UPDATE SET jobs = jobs + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER jobs_added_to_lane AFTER INSERT ON jobs WHEN NEW.status IN ('waiting', 'queued') BEGIN
	INSERT INTO lane_loads VALUES (NEW.lane, NEW.provider, 1) ON CONFLICT DO UPDATE SET startable = startable + 1;
END;

CREATE TRIGGER jobs_moved AFTER UPDATE OF status ON jobs WHEN OLD.status <> NEW.status BEGIN
	UPDATE totals SET jobs = jobs - 1, bytes = bytes - coalesce(OLD.size, 0) WHERE status = OLD.status;
	UPDATE totals SET jobs = jobs + 1, bytes = bytes + coalesce(NEW.size, 0) WHERE status = NEW.status;
END;
CREATE TRIGGER jobs_moved_in_batch AFTER UPDATE OF status ON jobs WHEN OLD.status <> NEW.status AND NEW.batch IS NOT NULL BEGIN
	UPDATE batch_totals SET jobs = jobs - 1, bytes = bytes - coalesce(OLD.size, 0) WHERE batch = OLD.batch AND status = OLD.status;
	INSERT INTO batch_totals VALUES (NEW.batch, NEW.status, 1, coalesce(NEW.size, 0))
		ON CONFLICT DO UPDATE SET jobs = jobs + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER jobs_left_lane AFTER UPDATE OF status ON jobs
WHEN OLD.status IN ('waiting', 'queued') AND NEW.status NOT IN ('waiting', 'queued') BEGIN
	UPDATE lane_loads SET startable = startable - 1 WHERE lane = OLD.lane AND provider = OLD.provider;
	DELETE FROM lane_loads WHERE lane = OLD.lane AND provider = OLD.provider AND startable = 0;
END;
CREATE TRIGGER jobs_entered_lane AFTER UPDATE OF status ON jobs
WHEN NEW.status IN ('waiting', 'queued') AND OLD.status NOT IN ('waiting', 'queued') BEGIN
	INSERT INTO lane_loads VALUES (NEW.lane, NEW.provider, 1) ON CONFLICT DO UPDATE SET startable = startable + 1;
END;

CREATE TRIGGER jobs_removed AFTER DELETE ON jobs BEGIN
	UPDATE totals SET jobs = jobs - 1, bytes = bytes - coalesce(OLD.size, 0) WHERE status = OLD.status;
END;
CREATE TRIGGER jobs_removed_from_batch AFTER DELETE ON jobs WHEN OLD.batch IS NOT NULL BEGIN
	UPDATE batch_totals SET jobs = jobs - 1, bytes = bytes - coalesce(OLD.size, 0) WHERE batch = OLD.batch AND status = OLD.status;
	DELETE FROM batch_totals WHERE batch = OLD.batch AND NOT EXISTS (SELECT 1 FROM jobs WHERE batch = OLD.batch);
	DELETE FROM batches WHERE id = OLD.batch AND NOT EXISTS (SELECT 1 FROM jobs WHERE batch = OLD.batch);
END;
CREATE TRIGGER jobs_removed_from_lane AFTER DELETE ON jobs WHEN OLD.status IN ('waiting', 'queued') BEGIN
	UPDATE lane_loads SET startable = startable - 1 WHERE lane = OLD.lane AND provider = OLD.provider;
	DELETE FROM lane_loads WHERE lane = OLD.lane AND provider = OLD.provider AND startable = 0;
END;

CREATE TRIGGER jobs_keep_what_they_are BEFORE UPDATE OF id, batch, provider, lane, identity, created_at ON jobs BEGIN
	SELECT raise(ABORT, 'what a job is never changes');
END;
`;

/*
 * Where a job's file goes, where that does not depend on the job: unique over open jobs. Jobs of older versions have none,
 * and are numbered when they are placed.
 */
const version2 = `
ALTER TABLE jobs ADD COLUMN destination TEXT CHECK (destination <> '');
CREATE UNIQUE INDEX jobs_destination ON jobs (destination) WHERE destination IS NOT NULL AND ended_at IS NULL;
`;

/*
 * The journal of what can be undone: how jobs were before a step changed them. `step_states` for a cancel or a retry, whole
 * rows with attempts and batches for a removal, `step_keys` for the order, where rows without `is_moved` only made room.
 * `step_bands` says up to which keys of a priority removed or moved jobs stood: until the step is forgotten, no other job
 * gets a place before them by arriving.
 */
const version3 = `
CREATE TABLE steps (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	kind TEXT NOT NULL CHECK (kind IN ('cancel', 'remove', 'retry', 'prioritise', 'reorder')),
	detail TEXT NOT NULL,
	title TEXT,
	jobs INTEGER NOT NULL DEFAULT 0 CHECK (jobs >= 0),
	at INTEGER NOT NULL,
	until INTEGER NOT NULL,
	is_undone INTEGER NOT NULL DEFAULT 0 CHECK (is_undone IN (0, 1))
) STRICT;

CREATE TABLE step_states (
	step INTEGER NOT NULL REFERENCES steps (id),
	job INTEGER NOT NULL,
	status TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	placing TEXT,
	error_code TEXT,
	error_message TEXT,
	error_class TEXT,
	retry_at INTEGER,
	started_at INTEGER,
	ended_at INTEGER,
	PRIMARY KEY (step, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE step_keys (
	step INTEGER NOT NULL REFERENCES steps (id),
	job INTEGER NOT NULL,
	sort_key INTEGER NOT NULL,
	priority INTEGER NOT NULL,
	is_moved INTEGER NOT NULL CHECK (is_moved IN (0, 1)),
	PRIMARY KEY (step, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE step_rows (
	step INTEGER NOT NULL REFERENCES steps (id),
	id INTEGER NOT NULL,
	batch INTEGER,
	title TEXT NOT NULL,
	provider TEXT NOT NULL,
	lane TEXT NOT NULL,
	source TEXT NOT NULL,
	identity TEXT NOT NULL,
	options TEXT NOT NULL,
	status TEXT NOT NULL,
	is_sourced INTEGER NOT NULL,
	priority INTEGER NOT NULL,
	sort_key INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	max_attempts INTEGER NOT NULL,
	attempt TEXT,
	owner TEXT,
	bytes INTEGER NOT NULL,
	total INTEGER,
	expected_size INTEGER,
	checksum TEXT,
	output TEXT,
	placing TEXT,
	output_path TEXT,
	size INTEGER,
	error_code TEXT,
	error_message TEXT,
	error_class TEXT,
	retry_at INTEGER,
	created_at INTEGER NOT NULL,
	started_at INTEGER,
	ended_at INTEGER,
	folded TEXT,
	destination TEXT,
	PRIMARY KEY (step, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE step_attempts (
	step INTEGER NOT NULL REFERENCES steps (id),
	job INTEGER NOT NULL,
	number INTEGER NOT NULL,
	token TEXT NOT NULL,
	owner TEXT NOT NULL,
	started_at INTEGER NOT NULL,
	ended_at INTEGER,
	outcome TEXT,
	error_code TEXT,
	error_message TEXT,
	error_class TEXT,
	bytes INTEGER NOT NULL,
	PRIMARY KEY (step, job, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE step_batches (
	step INTEGER NOT NULL REFERENCES steps (id),
	id INTEGER NOT NULL,
	title TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (step, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE step_bands (
	step INTEGER NOT NULL REFERENCES steps (id),
	priority INTEGER NOT NULL,
	last_key INTEGER NOT NULL,
	PRIMARY KEY (step, priority)
) STRICT, WITHOUT ROWID;
`;

/*
 * What grouped lists read: the jobs of a batch, or those without one, by status in their order, and the batches that have
 * jobs of a status. Measured on 200,000 jobs: the two make a claim 9 to 18 microseconds slower, of about 200.
 */
const groupedLists = `
DROP INDEX jobs_batch_key;
CREATE INDEX jobs_in_batch ON jobs (batch, status, sort_key);
CREATE INDEX batch_totals_listed ON batch_totals (status, batch) WHERE jobs > 0;
`;

/** Rows whose identity may hold an escape that is not needed or in lower case, or a host with the dot of the root. */
const mayDiffer = [
	'%3[0-9]',
	'%[46][1-9A-F]',
	'%[57][0-9A]',
	'%2[DE]',
	'%5F',
	'%7E',
	'%[0-9A-Fa-f][a-f]',
	'%[a-f][0-9A-Fa-f]',
	'://*.[/:]',
]
	.map(pattern => `identity GLOB '*${pattern}*'`)
	.join(' OR ');

/*
 * Addresses are compared by RFC 3986 (see domain/address.ts): the identities that stand here are brought to that form, by a
 * function that `migrate` lends to SQL. Of two jobs that are the same now, one keeps its old identity: both stay.
 */
const comparedAddresses = `
DROP TRIGGER jobs_keep_what_they_are;
UPDATE OR IGNORE jobs SET identity = canonical_identity(identity)
	WHERE (${mayDiffer}) AND canonical_identity(identity) <> identity;
UPDATE step_rows SET identity = canonical_identity(identity) WHERE ${mayDiffer};
CREATE TRIGGER jobs_keep_what_they_are BEFORE UPDATE OF id, batch, provider, lane, identity, created_at ON jobs BEGIN
	SELECT raise(ABORT, 'what a job is never changes');
END;
`;

/*
 * Limits on batches ask for the jobs of some batches, or of all but a few: the line is passed in its index alone, and the
 * jobs of a batch, or those without one, are found wherever in the line they stand.
 */
const limitedBatches = `
DROP INDEX jobs_candidates;
CREATE INDEX jobs_candidates ON jobs (lane, sort_key, batch) WHERE status IN ('waiting', 'queued') AND retry_at IS NULL;
CREATE INDEX jobs_in_line ON jobs (lane, batch, sort_key) WHERE status IN ('waiting', 'queued') AND retry_at IS NULL;
`;

/*
 * What searches have found, and the one change of lane that there is: from the lane in which a source is searched to the one
 * in which it is fetched.
 */
const candidates = `
CREATE TABLE candidates (
	job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	place INTEGER NOT NULL CHECK (place >= 0),
	source TEXT NOT NULL,
	peer TEXT NOT NULL,
	file TEXT NOT NULL,
	size INTEGER NOT NULL CHECK (size >= 0),
	score REAL NOT NULL,
	reasons TEXT NOT NULL CHECK (json_valid(reasons)),
	state TEXT NOT NULL CHECK (state IN ('untried', 'tried', 'failed')),
	failure TEXT,
	PRIMARY KEY (job, place),
	CONSTRAINT failure_has_reason CHECK ((state = 'failed') = (failure IS NOT NULL))
) STRICT, WITHOUT ROWID;
DROP TRIGGER jobs_keep_what_they_are;
CREATE TRIGGER jobs_keep_what_they_are BEFORE UPDATE OF id, batch, provider, identity, created_at ON jobs BEGIN
	SELECT raise(ABORT, 'what a job is never changes');
END;
CREATE TRIGGER jobs_keep_their_lane BEFORE UPDATE OF lane ON jobs WHEN OLD.status <> 'searching' OR NEW.status <> 'searching' BEGIN
	SELECT raise(ABORT, 'a lane never changes but where a search has found the source');
END;
`;

/** What brings a database from each version to the next; the first entry makes version 1 from an empty file. */
export const migrations: readonly string[] = [
	version1,
	version2,
	version3,
	groupedLists,
	comparedAddresses,
	limitedBatches,
	candidates,
];
