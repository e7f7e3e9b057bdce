#include "trade/trade.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOOK_MILLISECONDS = 600 * 1000 };

struct prom_trade {
    prom_trade_options options;
    prom_jobs *jobs;
};

static void report(void *context, prom_report_kind kind, const char *text)
{
    const prom_trade *trade = context;
    prom_log_write_bounded(trade->options.log, kind == PROM_REPORT_ALARM ? PROM_LOG_ERROR : PROM_LOG_INFO, "jobs",
                           text);
}

/* -- Whom discovery knows -- */

static size_t list(void *context, prom_trade_peer *peers, size_t max, const prom_bytes32 *p_txid, prom_role role)
{
    const prom_trade *trade = context;
    prom_contact contacts[PROM_PLAN_OFFERS_MAX];
    const size_t room = max < PROM_PLAN_OFFERS_MAX ? max : PROM_PLAN_OFFERS_MAX;
    const size_t count = prom_contacts_list(trade->options.contacts, contacts, room, p_txid, role);
    for (size_t i = 0; i < count; i++) {
        peers[i] = (prom_trade_peer){.key = contacts[i].node, .address = contacts[i].address};
    }
    return count;
}

static void want(void *context, const prom_bytes32 *p_txid, prom_role role, bool wanted)
{
    const prom_trade *trade = context;
    if (wanted) {
        prom_contacts_want(trade->options.contacts, p_txid, role);
    } else {
        prom_contacts_forget(trade->options.contacts, p_txid, role);
    }
}

static void look(void *context, const prom_bytes32 *p_txid, prom_role role)
{
    const prom_trade *trade = context;
    prom_contacts_look_for(trade->options.contacts, p_txid, role, LOOK_MILLISECONDS);
}

static const prom_machine *machine(void *context)
{
    const prom_trade *trade = context;
    return &prom_answerer_selling(trade->options.answerer)->machine;
}

static const prom_standing_caps *standing(void *context)
{
    const prom_trade *trade = context;
    return &prom_answerer_selling(trade->options.answerer)->standing;
}

static prom_result open_jobs(prom_trade *trade, prom_error *error)
{
    const prom_jobs_options options = {.node = trade->options.node,
                                       .folder = trade->options.folder,
                                       .context = trade,
                                       .list = trade->options.contacts != NULL ? list : NULL,
                                       .want = trade->options.contacts != NULL ? want : NULL,
                                       .look = trade->options.contacts != NULL ? look : NULL,
                                       .machine = trade->options.answerer != NULL ? machine : NULL,
                                       .standing = trade->options.answerer != NULL ? standing : NULL,
                                       .report = trade->options.log != NULL ? report : NULL};
    return prom_jobs_open(&trade->jobs, &options, error);
}

prom_result prom_trade_open(prom_trade **trade, const prom_trade_options *options, prom_error *error)
{
    *trade = calloc(1, sizeof **trade);
    if (*trade == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    (*trade)->options = *options;
    const prom_result opened = open_jobs(*trade, error);
    if (!prom_is_ok(opened)) {
        prom_trade_close(*trade);
        *trade = NULL;
    }
    return opened;
}

void prom_trade_close(prom_trade *trade)
{
    if (trade != NULL) {
        prom_jobs_close(trade->jobs);
        free(trade);
    }
}

prom_jobs *prom_trade_jobs(prom_trade *trade)
{
    return trade->jobs;
}
