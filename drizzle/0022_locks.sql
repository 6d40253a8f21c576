-- A lock of the workers is a lock of one of these tables, which have no rows: any role that connects may take any
-- advisory lock, but a table only with rights on it.
create table winrate.lock_corrections ();
--> statement-breakpoint
create table winrate.lock_retention ();
--> statement-breakpoint
create table winrate.lock_rebuild ();
