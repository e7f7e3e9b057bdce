/* An arbiter that gets C's invitation to a setup that the three have signed. */
#ifndef PROMETHEUS_TEST_SETUP_INVITED_H
#define PROMETHEUS_TEST_SETUP_INVITED_H

#include "setup/setting.h"

static inline struct actor *C(struct setting *it)
{
    return setting_party(it, PROM_PARTY_C);
}

/* Arbiters are away until block g is deep enough; then the invitation that C sends to the first is at hand. */
static inline struct setting *invited(void **state, struct actor **arbiter, prom_message *message)
{
    struct setting *it = setting_new(*state, 3, 5);
    for (size_t i = 0; i < 5; i++) {
        setting_arbiter(it, i)->away = true;
    }
    setting_draw(it);
    *arbiter = setting_drawn(it, 0);
    for (size_t i = 0; i < it->mail_count; i++) {
        if (it->mail[i].to == (*arbiter)->number && it->mail[i].from == PROM_PARTY_C) {
            *message = it->mail[i].message;
        }
    }
    assert_int_equal(message->kind, PROM_MESSAGE_INVITATION);
    it->mail_count = it->mail_read = 0;
    (*arbiter)->away = false;
    setting_follow(it, *arbiter);
    return it;
}

static inline prom_reception invite(struct setting *it, struct actor *arbiter, const prom_message *message)
{
    return setting_say(it, &C(it)->words.public_key, arbiter, message);
}

static inline void serve(struct setting *it, struct actor *arbiter)
{
    while (setting_serve(it, arbiter)) {
    }
}

static inline const prom_candidate *own_candidate(struct actor *arbiter)
{
    const prom_candidate *own = prom_setup_candidate(arbiter->channel, &arbiter->config.announcement.offer);
    assert_non_null(own);
    return own;
}

#endif
