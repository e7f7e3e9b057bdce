#include "demo/play.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/chain.h"
#include "demo/interrupt.h"
#include "prometheus/bitcoin/script.h"
#include "system/clock.h"

enum {
    LOOK_MILLISECONDS = 20,
    QUIET_MILLISECONDS = 150, /* when all know the last block, and nobody has said anything for so long, one is mined */
    LATE_TIMES = 10,          /* and so many times as long as we have come too late ourselves */
    TOWER_MILLISECONDS = 1500,   /* the same, with a watchtower, which tells nobody what it does */
    WAITING_MILLISECONDS = 5000, /* while a message is on its way, which may have to be sent again */
    BUSY_MILLISECONDS = 600000,  /* and if somebody computes, for no longer */
    BEHIND_MILLISECONDS = 30000, /* who takes longer for a block has a fault */
    BLOCKS_MAX = 200,
    BURIED_BLOCKS = 3, /* on the settlement, before the demo ends */
    END_MILLISECONDS = 10000,
};
static const char unknown[] = "unknown"; /* name of a transaction of which nobody has told yet */

/* -- Processes -- */

/* The article before a party's name: there is one client, but there are several arbiters. */
static const char *article(size_t party)
{
    return party < PROM_PARTIES ? "the " : "";
}

static bool lives(const prom_demo_play *play, size_t party)
{
    return (play->killed >> party & 1) == 0 && prom_demo_is_there(play->cast, party);
}

static prom_result start_party(prom_demo_play *play, size_t party, prom_error *error)
{
    static char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char option[] = "--dir";
    char command[] = "party";
    char *arguments[] = {program, command, option, play->cast->parties[party].folder, NULL};
    if (length < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "this program's own file is not to be found: %s", strerror(errno));
    }
    program[length] = '\0';
    PROM_TRY(prom_process_prepare(&play->processes[party], arguments, "/", true, error));
    return prom_process_start(&play->processes[party], error);
}

static void kill_party(prom_demo_play *play, size_t party)
{
    if (lives(play, party)) {
        prom_process_signal(&play->processes[party], SIGKILL);
        (void)!prom_process_wait(&play->processes[party], END_MILLISECONDS);
        play->killed |= UINT32_C(1) << party;
        play->busy[party] = 0;
        prom_demo_show_log(play->show, "%s%s is killed", article(party), play->cast->parties[party].name);
    }
}

static void end_process(prom_process *process)
{
    if (!prom_process_wait(process, END_MILLISECONDS)) {
        prom_process_signal(process, SIGKILL);
    }
    prom_process_close(process);
}

void prom_demo_play_end(prom_demo_play *play)
{
    if (play->has_tower) {
        prom_process_signal(&play->tower, SIGTERM);
        end_process(&play->tower);
    }
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        if (play->processes[i].pid != 0 && lives(play, i)) {
            prom_process_signal(&play->processes[i], SIGTERM);
        }
    }
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        if (play->processes[i].pid != 0) {
            end_process(&play->processes[i]);
        }
    }
}

/* A party that has ended by itself has not kept the rules of this program. */
static prom_result check_alive(prom_demo_play *play, prom_error *error)
{
    char text[512];
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        if (lives(play, i) && prom_process_wait(&play->processes[i], 0)) {
            prom_process_output(&play->processes[i], text, sizeof text);
            return prom_fail(error, PROM_CATEGORY_BROKEN,
                             "the process of %s%s has ended (%s): run the demo again, it begins anew", article(i),
                             play->cast->parties[i].name, text[0] != '\0' ? text : "it was killed");
        }
    }
    return prom_ok();
}

/* -- What parties say -- */

static const char *name_of(const prom_demo_play *play, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < play->name_count; i++) {
        if (prom_bytes32_equal(&play->names[i].txid, txid)) {
            return play->names[i].name;
        }
    }
    return unknown;
}

void prom_demo_note_name(prom_demo_play *play, const char *name, const char *txid)
{
    prom_demo_name *noted = &play->names[play->name_count];
    if (play->name_count < PROM_DEMO_NAMES_MAX && prom_hex32_parse_reversed(&noted->txid, txid) &&
        name_of(play, &noted->txid) == unknown) {
        (void)snprintf(noted->name, sizeof noted->name, "%s", name);
        play->name_count++;
    }
}

static void note_named(prom_demo_play *play, const char *text)
{
    char name[PROM_TREE_NAME];
    char txid[PROM_HEX32];
    if (sscanf(text, "%31s %64s", name, txid) == 2) {
        prom_demo_note_name(play, name, txid);
    }
}

static void take_line(prom_demo_play *play, size_t party, const char *line)
{
    json_t *told = json_loads(line, 0, NULL);
    const char *kind = json_string_value(json_object_get(told, "kind"));
    const char *text = json_string_value(json_object_get(told, "text"));
    if (kind != NULL && text != NULL && strcmp(kind, "tip") == 0) {
        play->tips[party] = (uint32_t)strtoul(text, NULL, 10);
    } else if (kind != NULL && text != NULL && strcmp(kind, "waiting") == 0) {
        play->waiting[party] = (unsigned)strtoul(text, NULL, 10);
    } else if (kind != NULL && text != NULL) {
        prom_demo_show_log(play->show, "%s: %s: %s", play->cast->parties[party].name, kind, text);
        if (strcmp(kind, "published") == 0 || strcmp(kind, "mined") == 0) {
            note_named(play, text);
        } else if (strcmp(kind, "begins") == 0) {
            play->busy[party] = 0; /* what was under way when it ended will begin again */
            play->tips[party] = 0;
            play->waiting[party] = 0;
        } else if (strcmp(kind, "busy") == 0) {
            play->busy[party] += strcmp(text, "begins") == 0 ? 1 : -1;
        } else if (strcmp(kind, "alarm") == 0 || strcmp(kind, "fault") == 0) {
            (void)snprintf(play->alarm, sizeof play->alarm, "%s%s: %.400s", article(party),
                           play->cast->parties[party].name, text);
        }
    }
    json_decref(told);
}

/* Reads what was added to a party's log, whole lines alone. Returns whether there was any. */
static bool read_log(prom_demo_play *play, size_t party)
{
    char path[PATH_MAX];
    char *line = NULL;
    size_t room = 0;
    bool any = false;
    (void)snprintf(path, sizeof path, "%.4000s/log", play->cast->parties[party].folder);
    FILE *log = fopen(path, "re");
    if (log == NULL) {
        return false;
    }
    (void)fseek(log, play->log_at[party], SEEK_SET);
    for (ssize_t length = getline(&line, &room, log); length > 0 && line[length - 1] == '\n';
         length = getline(&line, &room, log)) {
        take_line(play, party, line);
        play->log_at[party] += length;
        any = true;
    }
    free(line);
    (void)fclose(log);
    return any;
}

static bool read_logs(prom_demo_play *play)
{
    bool any = false;
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        any = (prom_demo_is_there(play->cast, i) && read_log(play, i)) || any;
    }
    return any;
}

/* Whether something is on its way to or from somebody who lives: a message, a body, a transaction to bitcoind. */
static bool somebody_waits(const prom_demo_play *play)
{
    bool waits = false;
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        waits = waits || (lives(play, i) && (play->waiting[i] & ~play->killed) != 0);
    }
    return waits;
}

static bool somebody_is_busy(const prom_demo_play *play)
{
    bool busy = false;
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        busy = busy || (lives(play, i) && play->busy[i] > 0);
    }
    return busy;
}

/* Somebody who has not seen the last block yet; PROM_DEMO_PARTIES: nobody. */
static size_t who_is_behind(const prom_demo_play *play)
{
    size_t behind = PROM_DEMO_PARTIES;
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        behind = lives(play, i) && play->tips[i] != play->height ? i : behind;
    }
    return behind;
}

static prom_result stuck(const prom_demo_play *play, size_t party, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_IO, "%s%s has processed blocks only up to %u of %u%s%s", article(party),
                     play->cast->parties[party].name, (unsigned)play->tips[party], (unsigned)play->height,
                     play->alarm[0] != '\0' ? "; " : "", play->alarm);
}

/* From TxV0 until the evidence of an appeal does not count any more. */
static bool tower_works(const prom_demo_play *play)
{
    enum { ACCUSED = 2, APPEALED, EVIDENCE_BLOCKS = 3 };
    return play->has_tower &&
           (play->tx_count == ACCUSED ||
            (play->tx_count == APPEALED && play->height < play->txs[APPEALED - 1].height + EVIDENCE_BLOCKS));
}

/* Waits, and returns by how much longer than it had asked for: a machine with much to do lets others wait, too. */
static int64_t wait_a_little(void)
{
    const int64_t begun = prom_clock_milliseconds();
    (void)poll(NULL, 0, LOOK_MILLISECONDS);
    return prom_clock_milliseconds() - begun - LOOK_MILLISECONDS;
}

static prom_result wait_until_quiet(prom_demo_play *play, prom_error *error)
{
    const int64_t begun = prom_clock_milliseconds();
    int64_t last = begun;
    int64_t late = 0;
    for (;;) {
        const int64_t now = prom_clock_milliseconds();
        if (read_logs(play)) {
            last = now;
        }
        PROM_TRY(prom_demo_interrupts_check(error));
        PROM_TRY(check_alive(play, error));
        const size_t behind = who_is_behind(play);
        const bool busy = somebody_is_busy(play);
        if (behind < PROM_DEMO_PARTIES && !busy && now - begun >= BEHIND_MILLISECONDS) {
            return stuck(play, behind, error);
        }
        const int64_t quiet = somebody_waits(play) ? WAITING_MILLISECONDS
                              : tower_works(play)  ? TOWER_MILLISECONDS
                                                   : QUIET_MILLISECONDS + LATE_TIMES * late;
        if ((now - last >= quiet && !busy && behind == PROM_DEMO_PARTIES) || now - begun >= BUSY_MILLISECONDS) {
            return prom_ok();
        }
        const int64_t waited = wait_a_little();
        late = waited > late ? waited : late;
    }
}

/* -- What the chain says -- */

static prom_result take_tx(prom_demo_play *play, const prom_tx *tx, uint32_t height, prom_error *error)
{
    char txid[PROM_HEX32];
    size_t weight = 0;
    prom_demo_tx *taken = &play->txs[play->tx_count];
    if (play->tx_count == PROM_DEMO_TXS_MAX || !prom_demo_goes_on(play, tx)) {
        return prom_ok();
    }
    *taken = (prom_demo_tx){.tx = tx, .height = height};
    PROM_TRY(prom_tx_id(play->cast->faucet.arena, &taken->txid, tx, error));
    PROM_TRY(prom_tx_weight(play->cast->faucet.arena, &weight, tx, error));
    taken->vsize = prom_vsize(weight);
    (void)read_logs(play);
    (void)snprintf(taken->name, sizeof taken->name, "%s", play->tx_count == 0 ? "Tx0" : name_of(play, &taken->txid));
    play->scheme = prom_demo_scheme_of(taken->name);
    play->tx_count++;
    prom_demo_show_log(play->show, "%s %s is in block %u", taken->name, prom_hex32_reversed(txid, &taken->txid),
                       height);
    return prom_ok();
}

static prom_result look_at_block(prom_demo_play *play, uint32_t height, prom_error *error)
{
    prom_index_block block;
    prom_bytes32 hash;
    prom_span bytes;
    PROM_TRY(prom_chain_block_hash(play->cast->faucet.devnet->rpc, &hash, height, error));
    PROM_TRY(prom_chain_block(play->cast->faucet.devnet->rpc, play->cast->faucet.arena, &bytes, &hash, error));
    PROM_TRY(prom_index_block_read(play->cast->faucet.arena, &block, bytes, height, error));
    for (size_t i = 0; i < block.tx_count; i++) {
        PROM_TRY(take_tx(play, block.txs[i], height, error));
    }
    return prom_ok();
}

static prom_result look_at_new_blocks(prom_demo_play *play, prom_error *error)
{
    prom_chain_info info;
    PROM_TRY(prom_chain_get_info(play->cast->faucet.devnet->rpc, &info, error));
    while (play->height < info.height) {
        PROM_TRY(look_at_block(play, ++play->height, error));
    }
    return prom_ok();
}

/* Who ended when it had published something tells of it when it sees it in a block. */
static void name_what_was_unknown(prom_demo_play *play)
{
    for (prom_demo_tx *tx = play->txs; tx < play->txs + play->tx_count; tx++) {
        if (strcmp(tx->name, unknown) == 0) {
            (void)snprintf(tx->name, sizeof tx->name, "%s", name_of(play, &tx->txid));
        }
        play->scheme = prom_demo_scheme_of(tx->name);
    }
}

/* -- The story -- */

static bool has(const prom_demo_play *play, const char *name)
{
    bool found = false;
    for (size_t i = 0; i < play->tx_count; i++) {
        found = found || strcmp(play->txs[i].name, name) == 0;
    }
    return found;
}

/* Whether the worker's package is on the party's disk. */
static bool has_package(const prom_demo_party *party)
{
    static const char begins[] = "package-a-";
    char path[PATH_MAX];
    bool found = false;
    (void)snprintf(path, sizeof path, "%.4000s/bodies", party->folder);
    DIR *folder = opendir(path);
    for (struct dirent *entry = folder != NULL ? readdir(folder) : NULL; entry != NULL; entry = readdir(folder)) {
        found = found || (strncmp(entry->d_name, begins, sizeof begins - 1) == 0 && strchr(entry->d_name, '.') == NULL);
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return found;
}

static bool moment_is(const prom_demo_play *play, prom_demo_moment moment)
{
    switch (moment) {
    case PROM_DEMO_LOCKED:
        return play->tx_count > 0;
    case PROM_DEMO_DELIVERED:
        return has_package(&play->cast->parties[PROM_PARTY_V]);
    case PROM_DEMO_ACCUSED:
        return has(play, "TxV0");
    case PROM_DEMO_APPEALED:
        return has(play, "TxA");
    case PROM_DEMO_SETTLED:
        return play->scheme != 0;
    case PROM_DEMO_NEVER:
        break;
    }
    return false;
}

static prom_result do_what_the_story_says(prom_demo_play *play, prom_error *error)
{
    if (!moment_is(play, play->story->kill_at)) {
        return prom_ok();
    }
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        if ((play->story->kill >> i & 1) != 0) {
            kill_party(play, i);
        }
    }
    return play->story->tower && !play->has_tower ? prom_demo_tower_start(play, error) : prom_ok();
}

static bool is_to_reorganise(const prom_demo_play *play)
{
    return play->story->reorganise && !play->reorganised && play->tx_count > play->story->reorganise_at;
}

/* Another branch takes the place of all blocks from a transaction's on: as long as the old one, and one more. */
static prom_result reorganise(prom_demo_play *play, prom_error *error)
{
    const size_t lost = play->story->reorganise_from;
    const uint32_t from = play->txs[lost].height;
    const uint32_t count = play->height - from + 2;
    prom_bytes32 hash;
    PROM_TRY(prom_chain_block_hash(play->cast->faucet.devnet->rpc, &hash, from, error));
    PROM_TRY(prom_chain_invalidate(play->cast->faucet.devnet->rpc, &hash, error));
    prom_demo_show_log(play->show, "the chain from block %u on, where %s is, is given up", from, play->txs[lost].name);
    while (play->tx_count > 0 && play->txs[play->tx_count - 1].height >= from) {
        play->tx_count--;
    }
    play->scheme = 0;
    play->height = from - 1;
    play->reorganised = true;
    PROM_TRY(prom_demo_mine_other(&play->cast->faucet, count, error));
    return look_at_new_blocks(play, error);
}

static prom_result otherwise(const prom_demo_play *play, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_PEER, "the story '%s' should end in scheme #%u, and %s%s%s",
                     play->story->name, play->story->scheme,
                     play->tx_count == 0 ? "no contract came to be"
                     : play->scheme == 0 ? "nothing settled it"
                                         : "another did",
                     play->alarm[0] != '\0' ? "; " : "", play->alarm);
}

prom_result prom_demo_play_story(prom_demo_play *play, prom_error *error)
{
    uint32_t buried = 0;
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        if (prom_demo_is_there(play->cast, i)) {
            PROM_TRY(start_party(play, i, error));
        }
    }
    for (uint32_t blocks = 0; blocks < BLOCKS_MAX && buried < BURIED_BLOCKS; blocks++) {
        PROM_TRY(wait_until_quiet(play, error));
        name_what_was_unknown(play);
        PROM_TRY(do_what_the_story_says(play, error));
        if (is_to_reorganise(play)) {
            PROM_TRY(reorganise(play, error));
            PROM_TRY(wait_until_quiet(play, error));
        }
        PROM_TRY(prom_demo_mine(&play->cast->faucet, 1, error));
        PROM_TRY(look_at_new_blocks(play, error));
        buried = play->scheme != 0 ? play->height - play->txs[play->tx_count - 1].height : 0;
    }
    PROM_TRY(wait_until_quiet(play, error));
    return play->scheme == play->story->scheme ? prom_ok() : otherwise(play, error);
}

prom_amount prom_demo_paid(const prom_demo_play *play, size_t party)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    const uint64_t channel = party >= PROM_DEMO_PARTIES || prom_demo_is_there(play->cast, party) ? 1 : 2;
    const prom_tx *tx = play->txs[play->tx_count - 1].tx;
    prom_amount sum = prom_amount_zero();
    if (party < PROM_DEMO_PARTIES && !prom_is_ok(prom_wallet_output_key(&play->cast->parties[party].wallet, &key,
                                                                        channel, PROM_WALLET_PAYOUT, NULL))) {
        return sum;
    }
    const prom_bytes32 *wanted = party < PROM_DEMO_PARTIES ? &key.public_key : &play->cast->P.F;
    for (size_t i = 0; i < tx->output_count; i++) {
        const prom_span script = tx->outputs[i].script;
        if (prom_script_is_p2tr(script) && memcmp(script.data + 2, wanted->bytes, sizeof wanted->bytes) == 0) {
            sum = prom_amount_add(sum, tx->outputs[i].value);
        }
    }
    return sum;
}
