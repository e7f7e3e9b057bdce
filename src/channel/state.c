/* Where a channel stands, as the paper names it: a function of the facts alone. */
#include "channel/step.h"

/* Whether there is anything to verify: W has signed a package, or V has said what it thinks of it. */
static bool is_delivered(const prom_batch_facts *batch)
{
    bool signed_package = false;
    for (size_t i = 0; i < batch->evidence.statements.count; i++) {
        signed_package = signed_package || batch->evidence.statements.list[i].kind == PROM_ATTESTATION_PACKAGE;
    }
    return signed_package || batch->evidence.questioned || batch->money.verdict != PROM_VERDICT_WAIT ||
           batch->money.verdict_known;
}

static prom_lambda lambda_of_batch(const prom_channel *channel, uint16_t batch)
{
    switch (prom_money_state_of(&channel->facts, batch)) {
    case PROM_MONEY_NONE:
        return channel->facts.spoilt.there ? PROM_LAMBDA_CLOSED : PROM_LAMBDA_SETUP;
    case PROM_MONEY_LOCKED:
        return is_delivered(&channel->facts.batches[batch]) ? PROM_LAMBDA_VERIFICATION : PROM_LAMBDA_COMPUTATION;
    case PROM_MONEY_ACCUSED:
        return PROM_LAMBDA_VERIFICATION;
    case PROM_MONEY_APPEALED:
        return PROM_LAMBDA_ARBITRATION;
    case PROM_MONEY_SETTLED:
        break;
    }
    return PROM_LAMBDA_CLOSED;
}

/* Of several batches the one that is least far: the contract is open as long as one of them is. */
prom_lambda prom_channel_lambda(const prom_channel *channel)
{
    prom_lambda lambda = PROM_LAMBDA_CLOSED;
    if (channel->facts.setup.phase != PROM_SETUP_GIVEN) {
        return channel->facts.setup.phase == PROM_SETUP_OVER ? PROM_LAMBDA_CLOSED : PROM_LAMBDA_SETUP;
    }
    for (uint16_t batch = 0; batch < channel->facts.batch_count; batch++) {
        const prom_lambda its = lambda_of_batch(channel, batch);
        lambda = its < lambda ? its : lambda;
    }
    return lambda;
}

size_t prom_channel_open_work(const prom_channel *channel)
{
    const prom_facts *facts = &channel->facts;
    const bool works = facts->role == PROM_ROLE_WORKER || facts->role == PROM_ROLE_VERIFIER;
    size_t open = 0;
    if (!works || facts->setup.phase < PROM_SETUP_ACCEPTED || facts->setup.phase == PROM_SETUP_OVER) {
        return 0;
    }
    for (uint16_t i = 0; i < facts->batch_count; i++) {
        const prom_batch_facts *batch = &facts->batches[i];
        const bool done = facts->role == PROM_ROLE_WORKER ? batch->evidence.bodies[PROM_BODY_PACKAGE_A].here
                                                          : batch->money.verdict != PROM_VERDICT_WAIT;
        open += !done && prom_money_state_of(facts, i) <= PROM_MONEY_LOCKED;
    }
    return open;
}
