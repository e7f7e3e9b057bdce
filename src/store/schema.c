#include "store/schema.h"

/* The first cut: whatever a party was told to keep, one after another, under a name. */
static const char journal_of_the_first_cut[] = "CREATE TABLE IF NOT EXISTS journal ("
                                               "  number INTEGER PRIMARY KEY AUTOINCREMENT,"
                                               "  kind TEXT NOT NULL,"
                                               "  bytes BLOB NOT NULL) STRICT;";

/* Typed tables. What the first cut has kept stays, unread: its contracts were those of a demonstration. */
static const char typed_tables[] =
    "ALTER TABLE journal RENAME TO note;"

    "CREATE TABLE meta ("
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"
    "  genesis BLOB NOT NULL CHECK (length(genesis) = 32),"
    "  generation INTEGER NOT NULL CHECK (generation >= 1),"           /* one more with every restore */
    "  epoch INTEGER NOT NULL CHECK (epoch BETWEEN 1 AND 2147483646)," /* drawn anew with every restore */
    "  channels INTEGER NOT NULL,"                                     /* that were numbered */
    "  own_tip INTEGER NOT NULL,"
    "  settled INTEGER NOT NULL) STRICT;" /* counted up when a commit has failed, see prom_store_commit */

    "CREATE TABLE channel ("
    "  number INTEGER PRIMARY KEY,"
    "  role INTEGER NOT NULL,"
    "  name TEXT NOT NULL UNIQUE,"
    "  created INTEGER NOT NULL," /* the own tip then */
    "  closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),"
    "  restored INTEGER NOT NULL DEFAULT 0 CHECK (restored IN (0, 1))) STRICT;"

    "CREATE TABLE part ("
    "  channel INTEGER NOT NULL REFERENCES channel,"
    "  batch INTEGER NOT NULL,"
    "  part INTEGER NOT NULL,"
    "  bytes BLOB NOT NULL,"
    "  UNIQUE (channel, batch, part)) STRICT;"

    "CREATE TABLE outbox ("
    "  channel INTEGER NOT NULL REFERENCES channel,"
    "  peer BLOB NOT NULL CHECK (length(peer) = 32),"
    "  number INTEGER NOT NULL,"
    "  bytes BLOB NOT NULL,"
    "  UNIQUE (channel, peer, number)) STRICT;"

    /* The last number that was given to a message, which may be acknowledged and gone. */
    "CREATE TABLE sent ("
    "  channel INTEGER NOT NULL REFERENCES channel,"
    "  peer BLOB NOT NULL CHECK (length(peer) = 32),"
    "  number INTEGER NOT NULL,"
    "  PRIMARY KEY (channel, peer)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE inbox ("
    "  channel INTEGER NOT NULL REFERENCES channel,"
    "  peer BLOB NOT NULL CHECK (length(peer) = 32),"
    "  generation INTEGER NOT NULL,"
    "  number INTEGER NOT NULL,"
    "  PRIMARY KEY (channel, peer)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE route ("
    "  channel INTEGER NOT NULL REFERENCES channel,"
    "  peer BLOB NOT NULL CHECK (length(peer) = 32),"
    "  address TEXT NOT NULL,"
    "  PRIMARY KEY (channel, peer)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE block ("
    "  height INTEGER PRIMARY KEY,"
    "  hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"

    "CREATE TABLE journal ("
    "  channel INTEGER NOT NULL REFERENCES channel,"
    "  batch INTEGER NOT NULL,"
    "  purpose INTEGER NOT NULL,"
    "  detail BLOB NOT NULL CHECK (length(detail) = 32),"
    "  hash BLOB NOT NULL CHECK (length(hash) = 32),"
    "  PRIMARY KEY (channel, batch, purpose, detail)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE seen_hash ("
    "  hash BLOB PRIMARY KEY CHECK (length(hash) = 32),"
    "  channel INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE signed_setup ("
    "  number INTEGER PRIMARY KEY AUTOINCREMENT," /* in the order of signing */
    "  id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),"
    "  bytes BLOB NOT NULL,"
    "  deadline INTEGER NOT NULL,"
    "  ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1)),"
    "  aborted_draw INTEGER) STRICT;" /* the tip at which it ended after its draw */

    /* Node keys and outpoints by which a setup is found. */
    "CREATE TABLE setup_tag ("
    "  tag BLOB NOT NULL,"
    "  setup INTEGER NOT NULL REFERENCES signed_setup,"
    "  PRIMARY KEY (tag, setup)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX setup_tag_setup ON setup_tag (setup);"

    "CREATE TABLE file ("
    "  channel INTEGER NOT NULL REFERENCES channel,"
    "  batch INTEGER NOT NULL,"
    "  what INTEGER NOT NULL,"
    "  hash BLOB NOT NULL CHECK (length(hash) = 32),"
    "  bytes INTEGER NOT NULL,"
    "  path TEXT NOT NULL,"
    "  PRIMARY KEY (channel, batch, what, hash)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE coin ("
    "  outpoint BLOB PRIMARY KEY CHECK (length(outpoint) = 36),"
    "  channel INTEGER NOT NULL REFERENCES channel) STRICT, WITHOUT ROWID;"
    "CREATE INDEX coin_channel ON coin (channel);";

/* The index of the chain and the wallet's coins, as folded from the network's first block on. An older database has
 * none: its node folds them once. */
static const char index_of_the_chain[] =
    "CREATE TABLE index_owner ("
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"
    "  keys BLOB NOT NULL CHECK (length(keys) = 32)) STRICT;" /* a hash of the keys whose coins these are */

    "CREATE TABLE index_block ("
    "  height INTEGER PRIMARY KEY,"
    "  hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"

    /* A height of 0 is none: of what nobody has spent. */
    "CREATE TABLE index_entry ("
    "  number INTEGER PRIMARY KEY," /* in the order of the chain, from 0 on */
    "  kind INTEGER NOT NULL,"
    "  height INTEGER NOT NULL REFERENCES index_block,"
    "  txid BLOB NOT NULL CHECK (length(txid) = 32),"
    "  p_txid BLOB NOT NULL CHECK (length(p_txid) = 32),"
    "  parameters BLOB NOT NULL," /* of a P; else empty */
    "  value INTEGER NOT NULL,"   /* of an offer, as what follows; else 0 */
    "  key BLOB NOT NULL CHECK (length(key) = 32),"
    "  fate INTEGER NOT NULL,"
    "  spent INTEGER NOT NULL,"
    "  spent_by BLOB NOT NULL CHECK (length(spent_by) = 32),"
    "  offers INTEGER NOT NULL) STRICT;" /* that a Tx0 engages; else 0 */
    "CREATE INDEX index_entry_height ON index_entry (height);"
    "CREATE INDEX index_entry_spent ON index_entry (spent) WHERE spent > 0;"

    "CREATE TABLE index_coin ("
    "  number INTEGER PRIMARY KEY," /* in the order of the chain, from 0 on */
    "  height INTEGER NOT NULL REFERENCES index_block,"
    "  outpoint BLOB NOT NULL CHECK (length(outpoint) = 36),"
    "  value INTEGER NOT NULL,"
    "  key BLOB NOT NULL CHECK (length(key) = 32),"
    "  coinbase INTEGER NOT NULL CHECK (coinbase IN (0, 1)),"
    "  spent INTEGER NOT NULL,"
    "  spent_by BLOB NOT NULL CHECK (length(spent_by) = 32)) STRICT;"
    "CREATE INDEX index_coin_height ON index_coin (height);"
    "CREATE INDEX index_coin_spent ON index_coin (spent) WHERE spent > 0;";

/* What no node has ever filled goes; of the setups, draws that were given up were all that was ever kept. */
static const char without_unused_tables[] =
    "CREATE TABLE draw ("
    "  number INTEGER PRIMARY KEY," /* in the order of giving up */
    "  id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),"
    "  bytes BLOB NOT NULL,"
    "  own_tip INTEGER NOT NULL) STRICT;" /* then */
    "INSERT INTO draw (id, bytes, own_tip) SELECT id, bytes, aborted_draw FROM signed_setup"
    "  WHERE aborted_draw IS NOT NULL ORDER BY number;"
    "DROP TABLE setup_tag;"
    "DROP TABLE signed_setup;"
    "DROP TABLE route;"
    "DROP TABLE file;";

/* Money that comes and goes at its owner's wish. */
static const char addresses_and_payments[] =
    "CREATE TABLE used (" /* keys, from 0 on */
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"
    "  addresses INTEGER NOT NULL CHECK (addresses BETWEEN 0 AND 2147483647),"
    "  own INTEGER NOT NULL CHECK (own BETWEEN 0 AND 2147483647)) STRICT;" /* transactions, of which each has two */

    /* Whatever becomes of it, the chain says. */
    "CREATE TABLE payment ("
    "  number INTEGER PRIMARY KEY," /* from 0 on, of its keys */
    "  purpose INTEGER NOT NULL,"
    "  txid BLOB NOT NULL UNIQUE CHECK (length(txid) = 32),"
    "  state INTEGER NOT NULL CHECK (state IN (0, 1, 2)),"
    "  bytes BLOB NOT NULL," /* the signed transaction; in state 0 the PSBT that went out */
    "  fee INTEGER NOT NULL,"
    "  made INTEGER NOT NULL,"               /* seconds since 1970 */
    "  announcement BLOB NOT NULL) STRICT;"; /* of the offer that it makes; else empty */

/* Jobs of a client: the canonical bytes of each (src/market/job.h). */
static const char jobs_of_the_market[] =
    "CREATE TABLE job ("
    "  number INTEGER PRIMARY KEY," /* in the order of adding */
    "  id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),"
    "  created INTEGER NOT NULL," /* the own tip then */
    "  ended INTEGER NOT NULL CHECK (ended IN (0, 1)),"
    "  generation INTEGER NOT NULL CHECK (generation >= 1)," /* of the database when it was added */
    "  bytes BLOB NOT NULL) STRICT;"
    "CREATE INDEX job_open ON job (number) WHERE ended = 0;";

/* By which its owner asks for a payment, and gets one however often it asks. */
static const char references_of_payments[] = "ALTER TABLE payment ADD COLUMN reference TEXT;"
                                             "CREATE UNIQUE INDEX payment_reference ON payment (reference);";

/* Setups that came to nothing (prom_store_use): 0 for all others. */
static const char setups_without_a_contract[] =
    "ALTER TABLE channel ADD COLUMN idle INTEGER NOT NULL DEFAULT 0 CHECK (idle IN (0, 1, 2));"
    "CREATE INDEX channel_idle ON channel (idle, created) WHERE idle > 0;";

/* How contracts of others ended: an older index does not say, and the blocks are read anew. Of a Tx0, and of what its
 * deposits went on in, `value`, `fate`, `spent` and `spent_by` are of output 0. */
static const char endings_of_contracts[] = "ALTER TABLE index_entry ADD COLUMN reward INTEGER NOT NULL DEFAULT 0;"
                                           "DELETE FROM index_entry;"
                                           "DELETE FROM index_coin;"
                                           "DELETE FROM index_block;"
                                           "DELETE FROM index_owner;";

const char *const prom_schema_migrations[PROM_SCHEMA_VERSION] = {
    journal_of_the_first_cut, typed_tables,       index_of_the_chain,     without_unused_tables,
    addresses_and_payments,   jobs_of_the_market, references_of_payments, setups_without_a_contract,
    endings_of_contracts};
