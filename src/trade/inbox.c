#include "trade/inbox.h"

#include <stdlib.h>

#include "net/quota.h"

/* What one link has asked; oldest first. */
struct asking {
    uint64_t link; /* 0: nobody */
    prom_quota quota;
    prom_ask waiting[PROM_INBOX_WAITING_MAX];
    size_t count;
};

struct prom_inbox {
    prom_quota quota; /* microseconds, of all */
    size_t waiting;   /* of all */
    size_t turn;      /* whose it is */
    size_t used;      /* places behind are nobody's */
    struct asking links[PROM_NET_LINKS_MAX];
};

prom_inbox *prom_inbox_new(int64_t now)
{
    prom_inbox *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->quota = prom_quota_new(PROM_INBOX_MICROSECONDS_A_SECOND, now);
    }
    return made;
}

void prom_inbox_free(prom_inbox *inbox)
{
    free(inbox);
}

static struct asking *find(prom_inbox *inbox, uint64_t link)
{
    for (size_t i = 0; i < inbox->used; i++) {
        if (inbox->links[i].link == link) {
            return &inbox->links[i];
        }
    }
    return NULL;
}

/* A place for a link that has not asked yet; NULL: more links ask than there can be. */
static struct asking *add(prom_inbox *inbox, uint64_t link, int64_t now)
{
    struct asking *place = find(inbox, 0);
    if (place == NULL && inbox->used < PROM_NET_LINKS_MAX) {
        place = &inbox->links[inbox->used++];
    }
    if (place != NULL) {
        *place = (struct asking){.link = link, .quota = prom_quota_new(PROM_INBOX_A_SECOND, now)};
    }
    return place;
}

bool prom_inbox_put(prom_inbox *inbox, uint64_t link, const prom_ask *ask, int64_t now)
{
    struct asking *known = find(inbox, link);
    struct asking *place = known != NULL ? known : add(inbox, link, now);
    if (place == NULL || place->count == PROM_INBOX_WAITING_MAX || !prom_quota_allows(&place->quota, now)) {
        return false;
    }
    prom_quota_use(&place->quota, 1);
    place->waiting[place->count++] = *ask;
    inbox->waiting++;
    return true;
}

static void take_first(prom_inbox *inbox, struct asking *place, prom_ask *ask)
{
    *ask = place->waiting[0];
    place->count--;
    inbox->waiting--;
    for (size_t i = 0; i < place->count; i++) {
        place->waiting[i] = place->waiting[i + 1];
    }
}

bool prom_inbox_take(prom_inbox *inbox, uint64_t *link, prom_ask *ask, int64_t now)
{
    if (inbox->waiting == 0 || !prom_quota_allows(&inbox->quota, now)) {
        return false;
    }
    while (inbox->links[inbox->turn % inbox->used].count == 0) {
        inbox->turn++;
    }
    struct asking *place = &inbox->links[inbox->turn % inbox->used];
    inbox->turn = inbox->turn % inbox->used + 1;
    *link = place->link;
    take_first(inbox, place, ask);
    return true;
}

void prom_inbox_spend(prom_inbox *inbox, uint64_t microseconds)
{
    prom_quota_use(&inbox->quota, microseconds);
}

void prom_inbox_drop(prom_inbox *inbox, uint64_t link)
{
    struct asking *place = find(inbox, link);
    if (place != NULL) {
        inbox->waiting -= place->count;
        *place = (struct asking){.link = 0};
    }
    while (inbox->used > 0 && inbox->links[inbox->used - 1].link == 0) {
        inbox->used--;
    }
}
