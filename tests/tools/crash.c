/* `prom`, whose parties are killed and start again: what functional tests play the demo's stories with. The environment
 * of `crash demo` says what happens; LETTER is C, W, V, A1 and so on.
 *
 *   PROM_CRASH_LETTER="17b 30a"  the party is killed by SIGKILL right before its 17th commit, starts again at once with
 *   the same folder, and is killed right after the 30th commit of this second life; then it lives on. After "17s" its
 *   database is saved by a backup, after "30r" the disk is set back to it; prometheus.sqlite.lost is what was lost.
 * With "17f" it is not killed: from its 17th commit on its disk is full, but for the room that it keeps itself.
 *
 * "+17b" counts from the moment on when the party sees Tx0 in a block.
 *
 * "17/8b *9/48b +2/1a" is a plan that is never over, and counts the commits of all lives together, those that change
 * something: until the party signs the tree it is killed right before the 17th, the 25th and so on; until it sees Tx0
 * in a block, counted from there, right before the 9th and every 48th that follows; and from then on, counted from
 * there, right after the second and each that follows. Any part may be missing.
 *
 *   PROM_DATE_LETTER=SECONDS     from its second life on the party's date is later by so much
 *
 *   PROM_CRASH_COUNTS=FILE       gets a line "LETTER HOW COMMITS MOMENT" for each life of a party, HOW it ended being
 * "died" or "ended": how many commits it had, and at which one it ended, as such a plan writes it: "17b"; and a line
 * with "passed" and the last commit of a part of the plan when that is over
 *
 *   PROM_UNTOLD=1                no party tells what it has published, as if it ended then
 *   PROM_SCHEME=3                the story ends in this scheme
 *   PROM_REORG="2 1"             when the contract's transaction number 2 (Tx0 is 0) is in a block, the chain is
 *   reorganised from the block of its transaction number 1 on
 *
 *   PROM_REORG_BRANCH=COMMAND    a shell runs this to mine the other branch, $PROM_BLOCKS blocks at least, on the
 *   bitcoind of $PROM_URL and $PROM_COOKIE
 *
 * Everything else is the program's. The process that the demo starts is the party's guardian: it starts the party,
 * again and again, hands SIGTERM on, and takes it along when it is killed itself. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "demo/play.h"
#include "node/look.h"
#include "node/node.h"
#include "store/backup.h"
#include "system/clock.h"
#include "system/file.h"
#include "system/random.h"
#include "wallet/seed_file.h"

int prom_main(int argc, char **argv);
/* The linker puts the second of each pair in place of a function, whose own name is then the first. */
prom_result __real_prom_store_begin(prom_store *store, prom_error *error);
prom_result __wrap_prom_store_begin(prom_store *store, prom_error *error);
prom_result __real_prom_store_commit(prom_store *store, prom_error *error);
prom_result __wrap_prom_store_commit(prom_store *store, prom_error *error);
const prom_demo_story *__real_prom_demo_story_of(const char *name);
const prom_demo_story *__wrap_prom_demo_story_of(const char *name);
prom_result __real_prom_demo_mine_other(prom_demo_faucet *faucet, uint32_t count, prom_error *error);
prom_result __wrap_prom_demo_mine_other(prom_demo_faucet *faucet, uint32_t count, prom_error *error);
prom_result __real_prom_demo_tower_start(prom_demo_play *play, prom_error *error);
prom_result __wrap_prom_demo_tower_start(prom_demo_play *play, prom_error *error);
prom_result __real_prom_node_open(prom_node **node, const prom_node_options *options, prom_error *error);
prom_result __wrap_prom_node_open(prom_node **node, const prom_node_options *options, prom_error *error);
int64_t __real_prom_clock_date(void);
int64_t __wrap_prom_clock_date(void);
int __real_posix_fallocate(int file, off_t from, off_t length);
int __wrap_posix_fallocate(int file, off_t from, off_t length);

/* -- The party -- */

/* Until a party signs the tree, until it sees Tx0 in a block, and from then on. */
enum { STAGES = 3 };
static const char *const stage_begins[STAGES] = {"", "signing", "computation"}; /* with this state */
static const char *const stage_marks[STAGES] = {"", "*", "+"};

/* What happens in one of them, in all lives of the party. */
struct stage {
    unsigned long carried; /* commits that have changed something */
    unsigned long deadly;  /* the number of the one that kills */
    unsigned long every;   /* and then every so many; 0: none kills */
    char how;
};

/* What its lives and its guardian share. */
struct shared {
    struct stage stages[STAGES];
    size_t stage;
};

static const char *letter; /* NULL: this process is no party */
static unsigned lives;     /* which one this is */
static unsigned long commits;
static unsigned long deadly; /* the number of the commit that kills; 0: none */
static char how;             /* what happens then: the letter of the plan */
static bool waits;           /* commits are not counted yet */
static bool full;            /* the disk */
static struct shared *shared;
static sqlite3 *database; /* the party's: the first that it opens */
static int changes;       /* of it, when its open transaction began */

static struct stage *stage(void)
{
    return &shared->stages[shared->stage];
}

static void write_count(const char *end, unsigned long number, char what)
{
    const char *path = getenv("PROM_CRASH_COUNTS");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file != NULL) {
        const char text[] = {what, '\0'};
        (void)fprintf(file, "%s %s %lu %s%lu%s\n", letter, end, commits, stage_marks[shared->stage], number, text);
        (void)fclose(file);
    }
}

static void write_end(void)
{
    write_count("ended", stage()->carried, '\0');
}

static _Noreturn void die(unsigned long number, char what)
{
    stage()->deadly += stage()->every;
    write_count("died", number, what);
    (void)raise(SIGKILL);
    abort();
}

static int note_database(sqlite3 *opened)
{
    database = database == NULL ? opened : database;
    return SQLITE_OK;
}

prom_result __wrap_prom_store_begin(prom_store *store, prom_error *error)
{
    changes = database != NULL ? sqlite3_total_changes(database) : 0;
    return __real_prom_store_begin(store, error);
}

/* What happens at this commit; '\0': nothing. */
static char what_happens(bool changing)
{
    const struct stage *now = stage();
    if (changing && now->every != 0 && now->carried + 1 == now->deadly) {
        return now->how;
    }
    return commits == deadly && !waits ? how : '\0';
}

prom_result __wrap_prom_store_commit(prom_store *store, prom_error *error)
{
    if (database == NULL) { /* no party's */
        return __real_prom_store_commit(store, error);
    }
    const bool changing = sqlite3_total_changes(database) != changes;
    commits++;
    const char what = what_happens(changing);
    if (what == 'b') {
        die(stage()->carried + 1, what);
    }
    const prom_result result = __real_prom_store_commit(store, error);
    stage()->carried += changing && prom_is_ok(result);
    full = full || what == 'f';
    if (what != '\0' && what != 'f') {
        die(stage()->carried, what);
    }
    return result;
}

/* The party's own observer, and what it is told beside. */
static prom_observer observer;

static void observe(void *context, const prom_report *report)
{
    (void)context;
    const bool is_state = report->kind == PROM_REPORT_STATE;
    for (size_t i = shared->stage + 1; i < STAGES && is_state; i++) {
        if (strcmp(report->text, stage_begins[i]) == 0) {
            write_count("passed", stage()->carried, '\0');
            shared->stage = i;
        }
    }
    if (waits && is_state && strcmp(report->text, stage_begins[STAGES - 1]) == 0) {
        commits = 0;
        waits = false;
    }
    if (report->kind != PROM_REPORT_PUBLISHED || getenv("PROM_UNTOLD") == NULL) {
        observer.report(observer.context, report);
    }
}

prom_result __wrap_prom_node_open(prom_node **node, const prom_node_options *options, prom_error *error)
{
    prom_node_options watched = *options;
    observer = options->observer;
    watched.observer = (prom_observer){observe, NULL};
    return __real_prom_node_open(node, &watched, error);
}

/* -- Reorganisations -- */

const prom_demo_story *__wrap_prom_demo_story_of(const char *name)
{
    static prom_demo_story changed;
    const prom_demo_story *story = __real_prom_demo_story_of(name);
    const char *scheme = getenv("PROM_SCHEME");
    const char *reorganised = getenv("PROM_REORG");
    changed = *story;
    if (scheme != NULL) {
        changed.scheme = (unsigned)strtoul(scheme, NULL, 10);
    }
    if (reorganised != NULL) {
        changed.reorganise = sscanf(reorganised, "%zu %zu", &changed.reorganise_at, &changed.reorganise_from) == 2;
    }
    return &changed;
}

static prom_result run_branch(const prom_demo_faucet *faucet, uint32_t count, const char *command, prom_error *error)
{
    char blocks[16];
    (void)snprintf(blocks, sizeof blocks, "%u", (unsigned)count);
    (void)setenv("PROM_BLOCKS", blocks, 1);
    (void)setenv("PROM_URL", faucet->devnet->url, 1);
    (void)setenv("PROM_COOKIE", faucet->devnet->cookie_file, 1);
    return system(command) == 0 ? prom_ok() : prom_fail(error, PROM_CATEGORY_IO, "'%s' failed", command);
}

prom_result __wrap_prom_demo_mine_other(prom_demo_faucet *faucet, uint32_t count, prom_error *error)
{
    const char *command = getenv("PROM_REORG_BRANCH");
    return command != NULL ? run_branch(faucet, count, command, error)
                           : __real_prom_demo_mine_other(faucet, count, error);
}

/* -- A watchtower -- */

/* The demo has killed the worker's guardian and waited for its end; the worker itself ends a moment later. */
prom_result __wrap_prom_demo_tower_start(prom_demo_play *play, prom_error *error)
{
    enum { TRIES = 500, MILLISECONDS = 20 };
    prom_look *look = NULL;
    for (int i = 0; i < TRIES && look == NULL; i++) {
        if (!prom_is_ok(prom_look_open(&look, play->cast->parties[PROM_PARTY_W].folder, error))) {
            look = NULL;
            (void)poll(NULL, 0, MILLISECONDS);
        }
    }
    prom_look_close(&look);
    return __real_prom_demo_tower_start(play, error);
}

/* -- Dates -- */

int64_t __wrap_prom_clock_date(void)
{
    char name[64];
    (void)snprintf(name, sizeof name, "PROM_DATE_%s", letter != NULL ? letter : "");
    const char *later = getenv(name);
    return __real_prom_clock_date() + (later != NULL && lives > 1 ? strtoll(later, NULL, 10) : 0);
}

/* -- The disk -- */

static char *folder; /* the party's */

static const char *path_of(char path[PATH_MAX], const char *name)
{
    (void)snprintf(path, PATH_MAX, "%.4000s/%s", folder, name);
    return path;
}

/* What SQLite writes with. A full disk has the party's spare room, once that is given back. */
static ssize_t write_at(int file, const void *bytes, size_t length, off_t at)
{
    char spare[PATH_MAX];
    if (full && access(path_of(spare, "prometheus.sqlite.spare"), F_OK) == 0) {
        errno = ENOSPC;
        return -1;
    }
    return pwrite(file, bytes, length, at);
}

int __wrap_posix_fallocate(int file, off_t from, off_t length)
{
    return full ? ENOSPC : __real_posix_fallocate(file, from, length);
}

static void write_to_that_disk(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    (void)vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)write_at);
    (void)vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)write_at);
}

static void must(prom_result result, const prom_error *error)
{
    if (!prom_is_ok(result)) {
        (void)fprintf(stderr, "crash: %s\n", error->sentence);
        exit(EXIT_FAILURE);
    }
}

/* The key of the party's backups, from the words in its folder. */
static prom_bytes32 backup_key(prom_arena *arena)
{
    char path[PATH_MAX];
    char words[PROM_SEED_TEXT];
    prom_wallet wallet = {.coin_type = prom_wallet_coin_type("regtest")};
    prom_curve *curve = NULL;
    prom_key key = {0};
    prom_error error;
    const prom_bytes32 blinding = prom_random_bytes32();
    must(prom_seed_file_read(words, path_of(path, "words"), &error), &error);
    must(prom_curve_new(arena, &curve, &blinding, &error), &error);
    wallet.curve = curve;
    must(prom_seed_make(&wallet.seed, words, NULL, &error), &error);
    must(prom_wallet_own_key(&wallet, &key, PROM_WALLET_BACKUP, &error), &error);
    return key.secret;
}

static void save(const char *stored, const char *saved, const prom_bytes32 *key)
{
    prom_store *store = NULL;
    prom_error error;
    must(prom_store_open_there(&store, stored, &error), &error);
    must(prom_backup_write(store, saved, key, &error), &error);
    prom_store_close(store);
}

/* The database, with what SQLite has not written into it yet. */
static void put_away(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char name[64];
        char from[PATH_MAX];
        char to[PATH_MAX];
        (void)snprintf(name, sizeof name, "prometheus.sqlite%s", suffixes[i]);
        (void)path_of(from, name);
        (void)snprintf(name, sizeof name, "prometheus.sqlite.lost%s", suffixes[i]);
        if (rename(from, path_of(to, name)) != 0 && errno != ENOENT) {
            perror(from);
            exit(EXIT_FAILURE);
        }
    }
}

/* As its owner does it: prom restore. */
static void set_back(char *saved)
{
    char told[PATH_MAX];
    char words[][8] = {"prom", "restore", "--dir", "--json"};
    char *arguments[] = {words[0], words[1], saved, words[2], folder, words[3], NULL};
    int status = 0;
    put_away();
    const pid_t command = fork();
    if (command == 0) {
        exit(freopen(path_of(told, "restored"), "w", stdout) != NULL ? prom_main(6, arguments) : EXIT_FAILURE);
    }
    while (command > 0 && waitpid(command, &status, 0) < 0 && errno == EINTR) {
    }
    if (command < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        (void)fprintf(stderr, "crash: %s cannot be restored\n", saved);
        exit(EXIT_FAILURE);
    }
}

/* What becomes of a dead party's disk. */
static void change_disk(void)
{
    char stored[PATH_MAX];
    char saved[PATH_MAX];
    prom_arena arena;
    (void)path_of(saved, "saved");
    if (how == 's') {
        prom_arena_init(&arena, SIZE_MAX);
        const prom_bytes32 key = backup_key(&arena);
        save(path_of(stored, "prometheus.sqlite"), saved, &key);
        prom_arena_free(&arena);
    } else if (how == 'r') {
        set_back(saved);
    }
}

/* -- Its guardian -- */

static pid_t child;

static void hand_on(int number)
{
    if (child > 0) {
        (void)kill(child, number);
    }
}

/* Which stage the plan's part is of; one without a mark is of the first. */
static size_t stage_of(const char *part)
{
    size_t found = 0;
    for (size_t i = 1; i < STAGES; i++) {
        found = *part == *stage_marks[i] ? i : found;
    }
    return found;
}

/* A plan that is never over. */
static bool take_stages(const char *plan)
{
    const char *part = plan;
    while (part != NULL && strchr(part, '/') != NULL) {
        char *end = NULL;
        struct stage *taken = &shared->stages[stage_of(part)];
        taken->deadly = strtoul(part + (stage_of(part) > 0), &end, 10);
        taken->every = strtoul(end + 1, &end, 10);
        taken->how = *end;
        part = strchr(end, ' ') != NULL ? strchr(end, ' ') + 1 : NULL;
    }
    return part != plan;
}

/* The next moment of the plan, "17b"; none when the plan is over. */
static void take_from_plan(const char **plan)
{
    char *end = NULL;
    waits = *plan != NULL && **plan == '+';
    deadly = *plan == NULL ? 0 : strtoul(*plan, &end, 10);
    how = *(end != NULL ? end : "");
    *plan = end == NULL || *end == '\0' ? NULL : end + strcspn(end, " ");
    *plan = *plan == NULL || **plan == '\0' ? NULL : *plan + 1;
}

static int live(int argc, char **argv)
{
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)atexit(write_end);
    write_to_that_disk();
    (void)sqlite3_auto_extension((void (*)(void))note_database);
    return prom_main(argc, argv);
}

/* Who is dead has seen no block: no more are mined until it lives again, however long its start takes. */
static void tell_death(void)
{
    char path[PATH_MAX];
    FILE *log = fopen(path_of(path, "log"), "a");
    if (log != NULL && fputs("{\"kind\": \"begins\", \"text\": \"\"}\n", log) >= 0) {
        (void)fclose(log);
    }
}

static int guard(int argc, char **argv, const char *plan)
{
    int status = 0;
    if (take_stages(plan)) {
        plan = NULL;
    }
    do {
        take_from_plan(&plan);
        lives++;
        child = fork();
        if (child == 0) {
            return live(argc, argv);
        }
        (void)signal(SIGTERM, hand_on);
        (void)signal(SIGINT, hand_on);
        while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        change_disk();
        tell_death();
    } while (child > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    char name[64];
    if (argc < 4 || strcmp(argv[1], "party") != 0) { /* party --dir .../LETTER, as the demo starts it */
        return prom_main(argc, argv);
    }
    folder = argv[3];
    const char *slash = strrchr(folder, '/');
    letter = slash == NULL ? folder : slash + 1;
    (void)snprintf(name, sizeof name, "PROM_CRASH_%s", letter);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        perror("crash");
        return EXIT_FAILURE;
    }
    return guard(argc, argv, getenv(name));
}
