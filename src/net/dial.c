/* Addresses: listening at one, and keeping links to others. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/parts.h"
#include "system/clock.h"

enum {
    WAIT_MIN_MS = 100,
    WAIT_MAX_MS = 30 * 1000,
    FORGOTTEN_MS = 10 * 60 * 1000, /* nobody asks for it any more */
    BACKLOG = 64,
};

static bool path_of(struct sockaddr_un *name, const prom_address *address)
{
    *name = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (address->length == 0 || address->length >= sizeof name->sun_path ||
        memchr(address->bytes, '\0', address->length) != NULL) {
        return false;
    }
    memcpy(name->sun_path, address->bytes, address->length);
    return true;
}

static int connect_to(const struct sockaddr_un *name)
{
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor >= 0 && connect(descriptor, (const struct sockaddr *)name, sizeof *name) != 0) {
        (void)close(descriptor);
        return -1;
    }
    return descriptor;
}

/* A socket's file stays when its process is killed: one at which nobody listens makes room. */
static void remove_left_over(const struct sockaddr_un *name)
{
    struct stat status;
    const int descriptor = connect_to(name);
    if (descriptor >= 0) {
        (void)close(descriptor);
    } else if (errno == ECONNREFUSED && lstat(name->sun_path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        (void)unlink(name->sun_path);
    }
}

prom_result prom_dial_listen(int *descriptor, char path[PROM_ADDRESS_MAX + 1], const prom_address *address,
                             prom_error *error)
{
    struct sockaddr_un name;
    *descriptor = -1;
    if (!path_of(&name, address)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the address to listen at is no path of 1 to %zu bytes for a socket; choose a shorter one",
                         sizeof name.sun_path - 1);
    }
    remove_left_over(&name);
    const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const mode_t mask = umask(0077); /* nobody else on the machine, until links prove who is there */
    const bool bound = made >= 0 && bind(made, (const struct sockaddr *)&name, sizeof name) == 0;
    const int why = errno;
    (void)umask(mask);
    if (!bound || listen(made, BACKLOG) != 0) {
        const bool ours = !bound && why != EADDRINUSE;
        if (made >= 0) {
            (void)close(made);
        }
        return prom_fail(error, ours ? PROM_CATEGORY_IO : PROM_CATEGORY_BAD_INPUT, "cannot listen at '%s': %s",
                         name.sun_path, strerror(bound ? errno : why));
    }
    *descriptor = made;
    memcpy(path, name.sun_path, sizeof name.sun_path);
    return prom_ok();
}

static struct dial *find_dial(prom_net *net, const prom_address *address)
{
    for (size_t i = 0; i < PROM_NET_DIALS_MAX; i++) {
        if (net->dials[i].used && prom_address_equal(&net->dials[i].address, address)) {
            return &net->dials[i];
        }
    }
    return NULL;
}

/* Who gives its place to another address first. Links are kept, and who is tried has its time: else those who are gone,
 * asked for again and again, would end the links to all others. */
enum rank { FREE, IN_VAIN, TRYING, UP };

static enum rank rank_of(prom_net *net, const struct dial *dial)
{
    const struct link *link = dial->used ? prom_link_find(net, dial->link) : NULL;
    if (link != NULL) {
        return link->up ? UP : TRYING;
    }
    const bool begins = dial->link == 0 && !dial->tried;
    return !dial->used ? FREE : begins ? TRYING : IN_VAIN;
}

/* A place for another address; NULL while others are tried. */
static struct dial *find_place(prom_net *net)
{
    struct dial *found = &net->dials[0];
    enum rank least = rank_of(net, found);
    for (size_t i = 1; i < PROM_NET_DIALS_MAX && least != FREE; i++) {
        struct dial *dial = &net->dials[i];
        const enum rank its = rank_of(net, dial);
        if (its < least || (its == least && dial->asked < found->asked)) {
            found = dial;
            least = its;
        }
    }
    return least == TRYING ? NULL : found;
}

/* The dial of an address, an old one or a new one; NULL where there is no place for it now. */
static struct dial *dial_of(prom_net *net, const prom_address *address)
{
    struct dial *dial = find_dial(net, address);
    if (dial != NULL) {
        return dial;
    }
    dial = find_place(net);
    if (dial == NULL) {
        return NULL;
    }
    struct link *link = dial->used ? prom_link_find(net, dial->link) : NULL;
    if (link != NULL) {
        prom_link_end(link, "it makes room for a link to another");
    }
    *dial = (struct dial){.used = true, .address = *address, .wait = WAIT_MIN_MS};
    return dial;
}

uint64_t prom_net_link_to(prom_net *net, const prom_address *address)
{
    struct dial *dial = dial_of(net, address);
    if (dial == NULL) {
        return 0;
    }
    const struct link *link = prom_link_find(net, dial->link);
    dial->asked = prom_clock_milliseconds();
    return link != NULL && link->up && !link->ending ? link->id : 0;
}

static void try_dial(prom_net *net, struct dial *dial, int64_t now)
{
    struct sockaddr_un name;
    const int descriptor = path_of(&name, &dial->address) ? connect_to(&name) : -1;
    const struct link *link = descriptor < 0 ? NULL : prom_link_new(net, descriptor, true, now);
    dial->link = link == NULL ? 0 : link->id;
    dial->tried = true;
    dial->next = now + dial->wait;
    dial->wait = dial->wait * 2 < WAIT_MAX_MS ? dial->wait * 2 : WAIT_MAX_MS;
}

int64_t prom_dial_due(prom_net *net, int64_t now)
{
    int64_t next = WAIT_MAX_MS;
    for (size_t i = 0; i < PROM_NET_DIALS_MAX; i++) {
        struct dial *dial = &net->dials[i];
        if (!dial->used || dial->link != 0) {
            continue;
        }
        if (now - dial->asked > FORGOTTEN_MS) {
            dial->used = false;
            continue;
        }
        if (dial->next <= now) {
            try_dial(net, dial, now);
        }
        next = dial->link == 0 && dial->next - now < next ? dial->next - now : next;
    }
    return next;
}

void prom_dial_lost(prom_net *net, uint64_t link, int64_t now)
{
    for (size_t i = 0; i < PROM_NET_DIALS_MAX; i++) {
        if (net->dials[i].used && net->dials[i].link == link) {
            net->dials[i].link = 0;
            net->dials[i].next = now + net->dials[i].wait;
        }
    }
}

void prom_dial_reached(prom_net *net, uint64_t link)
{
    for (size_t i = 0; i < PROM_NET_DIALS_MAX; i++) {
        if (net->dials[i].used && net->dials[i].link == link) {
            net->dials[i].wait = WAIT_MIN_MS;
        }
    }
}
