/* Coalitions that win where a bound is missing: what they take out less what they put in, from the table of payouts;
 * and that the bound refuses them. */
#include "contract/cast.h"

#include "prometheus/contract/deadline.h"
#include "prometheus/contract/draw.h"
#include "prometheus/contract/payout.h"

enum { IS_C = 1, IS_W = 2, IS_V = 4, IS_F = 8 };

/* Who plays together: parties, and so many of the arbiters. */
struct coalition {
    unsigned parties;
    uint32_t arbiters;
};

static int64_t number_of(prom_amount amount)
{
    uint64_t sat = 0;
    assert_true(prom_amount_get(amount, &sat));
    return (int64_t)sat;
}

/* What a coalition has more, or less, after a settlement than before the contract. In schemes 6 and 7 all n decide. */
static int64_t gain_of(fixture *test, const prom_stakes *stakes, struct coalition who, unsigned scheme)
{
    const prom_parameters *P = stakes->P;
    const prom_amount retainers = prom_amount_multiply(stakes->retainer, P->n);
    const prom_amount deposits[] = {prom_amount_add(stakes->c, retainers), P->w, P->v, prom_amount_zero()};
    const prom_payee payees[] = {PROM_PAYEE_C, PROM_PAYEE_W, PROM_PAYEE_V, PROM_PAYEE_F};
    prom_payouts payouts;
    int64_t gain = 0;
    assert_ok(prom_payouts_of(&payouts, stakes, scheme, scheme >= 6 ? P->n : 0, &test->error), &test->error);
    for (size_t i = 0; i < COUNT_OF(payees); i++) {
        if ((who.parties >> i & 1U) != 0) {
            gain += number_of(payouts.to[payees[i]]) - number_of(deposits[i]);
        }
    }
    return gain + (int64_t)who.arbiters * (number_of(payouts.to[PROM_PAYEE_A_PLUS]) - number_of(P->a));
}

/* As many arbiters as can keep a decision from being made. */
static uint32_t blockers(const prom_parameters *P)
{
    return P->n - prom_parameters_quorum(P) + 1;
}

/* A coalition that makes one ending instead of another; ending 0 is to make no contract. */
struct attack {
    const char *sentence; /* begins what the bound says */
    unsigned parties;
    bool all_arbiters; /* else those who block a decision */
    unsigned ending;
    unsigned instead;
};

static const struct attack attacks[] = {
    /* Garbage or nothing is delivered, and the verifier, who is the worker, lets its time pass: C pays share_w and nρ.
     */
    {"[beta v] is", IS_W | IS_V, true, 2, 0},
    /* A worker that owns the seats delivers nothing, for the retainers. */
    {"n rho is", IS_W, true, 1, 0},
    /* ... or has itself accused by a verifier of its own, and does not appeal. */
    {"n rho is", IS_W | IS_V, true, 4, 0},
    /* C and V accuse an honest worker, read h_p in the arbitration, and b arbiters of theirs see to it that it ends
     * undecided: cheaper than the reward. */
    {"[epsilon v] + b [epsilon a] is", IS_C | IS_V, false, 5, 3},
    /* A worker at fault appeals and stalls: cheaper than to give in. */
    {"[epsilon w] + b [epsilon a] is", IS_W, false, 5, 4},
    /* ... and the client gets [γw] for it, which counts where the two are one person. */
    {"[epsilon w] + b [epsilon a] is", IS_C | IS_W, false, 5, 4},
};

static int64_t gain_from(fixture *test, const prom_stakes *stakes, const struct attack *attack)
{
    const struct coalition who = {attack->parties, attack->all_arbiters ? stakes->P->n : blockers(stakes->P)};
    return gain_of(test, stakes, who, attack->ending) -
           (attack->instead == 0 ? 0 : gain_of(test, stakes, who, attack->instead));
}

/* A P and a contract on it, on both sides of all bounds. */
static prom_stakes random_stakes(prom_parameters *P, uint64_t *random)
{
    const uint64_t w = 1000000 + random_below(random, 10000000);
    const uint64_t c = w / 10 + random_below(random, w - w / 10);
    *P = valid_parameters();
    P->w = prom_amount_of(w);
    P->v = prom_amount_of(w + random_below(random, w));
    P->a = prom_amount_of(2 * w + 1 + random_below(random, w));
    P->n = (uint8_t)(3 + random_below(random, 7));
    P->mu = (uint16_t)(5001 + random_below(random, 5000));
    P->alpha = (uint16_t)(100 + random_below(random, 9000));
    P->beta = (uint16_t)(1000 + random_below(random, 9000));
    P->delta = (uint16_t)(100 + random_below(random, 9000));
    P->epsilon = (uint16_t)(100 + random_below(random, 4000));
    P->gamma = (uint16_t)(1 + random_below(random, P->epsilon - 1U));
    P->sigma = (uint16_t)(5000 + random_below(random, 5001));
    return (prom_stakes){P, prom_amount_of(c), prom_amount_of(random_below(random, c / 10))};
}

static void no_valid_contract_pays_a_coalition(void **state)
{
    fixture *test = *state;
    uint64_t random = 28;
    size_t valid = 0;
    size_t won[COUNT_OF(attacks)] = {0};
    for (size_t round = 0; round < 20000; round++) {
        prom_parameters P;
        const prom_stakes stakes = random_stakes(&P, &random);
        const bool accepted = prom_is_ok(prom_stakes_check(&stakes, &test->error));
        valid += accepted;
        for (size_t i = 0; i < COUNT_OF(attacks); i++) {
            const bool named = !accepted && strstr(test->error.sentence, attacks[i].sentence) == test->error.sentence;
            prom_payouts payouts; /* where a stake does not pay for an ending there is none */
            if (!accepted && !prom_is_ok(prom_payouts_of(&payouts, &stakes, 4, 0, NULL))) {
                continue;
            }
            if (gain_from(test, &stakes, &attacks[i]) > 0) {
                if (accepted) {
                    fail_msg("attack %zu wins in a valid contract", i);
                }
                won[i] += named;
            }
        }
    }
    assert_true(valid > 200);
    for (size_t i = 0; i < COUNT_OF(attacks); i++) { /* each is seen to win, and refused by its bound */
        assert_true(won[i] > 20);
    }
}

/* By hand: 9 arbiters of which 5 block a decision, a stake of 3,000,000 and an ε of 50 basis points. */
static void stalling_with_a_small_epsilon(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    const prom_stakes stakes = {&P, prom_amount_of(1000000), prom_amount_of(5000)};
    P.n = 9;
    P.mu = 5500;
    P.epsilon = 50;
    P.gamma = 25;
    /* 5,000 of w in, 12,500 of v and 5 times 15,000 of a out, where the reward would cost 900,000 and bring 25,000. */
    assert_int_equal(gain_from(test, &stakes, &attacks[3]), 5000 - 12500 - 75000 + 900000 - 25000);
    assert_fails(prom_stakes_check(&stakes, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "[epsilon v] + b [epsilon a] is 87500 sat, and at least 905000 is needed");
    P.epsilon = 3000;
    assert_ok(prom_stakes_check(&stakes, &test->error), &test->error);
    assert_true(gain_from(test, &stakes, &attacks[3]) < 0);
}

/* Where C holds the key of F, all that anybody loses is C's, and no bound helps; so a node asks for the key that nobody
 * holds. */
static void a_fund_in_the_clients_hand(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 9);
    const prom_stakes stakes = {&terms.P, terms.c, terms.retainer};
    const uint32_t b = blockers(&terms.P);
    assert_ok(prom_stakes_check(&stakes, &test->error), &test->error);
    assert_true(gain_of(test, &stakes, (struct coalition){IS_C | IS_V | IS_F, b}, 5) > 0);
    assert_true(gain_of(test, &stakes, (struct coalition){IS_C | IS_F, 0}, 1) > 0);
    assert_true(gain_of(test, &stakes, (struct coalition){IS_C | IS_V | IS_F, 0}, 4) > 0);
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) { /* with nobody's fund C and V gain nothing ... */
        const int64_t gain = gain_of(test, &stakes, (struct coalition){IS_C | IS_V, scheme == 5 ? b : 0}, scheme);
        const int64_t share_v = scheme == 4 ? 100000 : 0; /* ... but V's share, from a worker at fault */
        assert_true(gain <= share_v);
    }
    assert_true(prom_parameters_fund_is_nobodys(test->curve, &terms.P));
    terms.P.F = cast.party[PROM_PARTY_C].public_key;
    assert_ok(prom_parameters_check(test->curve, &terms.P, prom_terms_network(&terms), &test->error), &test->error);
    assert_false(prom_parameters_fund_is_nobodys(test->curve, &terms.P));
    prom_terms_limits limits = {
        PROM_PAYLOAD_MAX, PROM_PAYLOAD_MAX, PROM_FEERATE_MAX, terms.P.w, true, prom_amount_zero(), false};
    assert_ok(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), &test->error);
    limits.any_fund = false; /* as long as an owner has not said so */
    assert_fails(prom_terms_check_limits(test->curve, &terms, &limits, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "whoever has F's gains from every failure");
}

/* A worker that failed does not appeal and loses share_v and [δw]. Where k_h, or h, stands in two of its contracts,
 * what it showed in the other one lets the arbiters appeal for it, and share w. */
static void twin_contracts(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms first = valid_terms(test, &cast, 3);
    prom_terms second = first;
    const prom_stakes stakes = {&first.P, first.c, first.retainer};
    const prom_bytes32 seen[] = {first.h, first.k_h};
    const struct coalition worker = {IS_W, 0};
    const struct coalition arbiters = {0, 3};
    assert_true(gain_of(test, &stakes, arbiters, 6) > gain_of(test, &stakes, arbiters, 4));
    assert_true(gain_of(test, &stakes, worker, 6) < gain_of(test, &stakes, worker, 4));
    assert_ok(prom_terms_check(test->curve, &second, &test->error), &test->error); /* in itself it is valid */
    assert_fails(prom_terms_check_fresh(&second, seen, 2, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "h stands in another contract already");
    second.h = named("fresh", 0);
    assert_fails(prom_terms_check_fresh(&second, seen, 2, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "k_h stands in another contract already");
    second.k_h = first.h; /* the delivery of the one would open the appeal of the other */
    assert_fails(prom_terms_check_fresh(&second, seen, 2, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "k_h stands in another contract already");
    second.k_h = named("fresh", 1);
    assert_ok(prom_terms_check_fresh(&second, seen, 2, &test->error), &test->error);
}

/* W and V are one person, and what they deliver is garbage: V says r = 1. It is the cheapest attack of all, and no
 * bound is against it while t5 is 0: c is theirs, whole, in every valid contract. Where C is its own V, it has nobody
 * to play with: an honest V accuses, and W loses whatever it does then. Nor do C and V win against W, if they are one.
 */
static void worker_and_verifier_are_one(void **state)
{
    fixture *test = *state;
    uint64_t random = 25;
    size_t valid = 0;
    for (size_t round = 0; round < 20000; round++) {
        prom_parameters P;
        const prom_stakes stakes = random_stakes(&P, &random);
        const struct coalition both = {IS_W | IS_V, 0};
        const struct coalition worker = {IS_W, 0};
        const struct coalition client = {IS_C | IS_V, blockers(&P)};
        if (!prom_is_ok(prom_stakes_check(&stakes, &test->error))) {
            continue;
        }
        valid++;
        assert_int_equal(gain_of(test, &stakes, both, 3), number_of(stakes.c)); /* seen to win */
        static const unsigned accused[] = {1, 4, 5, 6};
        for (size_t i = 0; i < COUNT_OF(accused); i++) {
            assert_true(gain_of(test, &stakes, worker, accused[i]) < 0);
        }
        /* An honest W is robbed only by a settlement that gives C and V more than to pay it. */
        const int64_t paying = gain_of(test, &stakes, (struct coalition){IS_C | IS_V, 0}, 3);
        assert_true(gain_of(test, &stakes, (struct coalition){IS_C | IS_V, 0}, 7) < paying);
        assert_true(gain_of(test, &stakes, client, 5) <=
                    paying + (int64_t)client.arbiters * number_of(stakes.retainer));
    }
    assert_true(valid > 200);
    const struct cast cast = make_cast(test); /* an audit window would end it, and there is none yet */
    prom_terms terms = valid_terms(test, &cast, 3);
    terms.P.t5 = 100;
    assert_fails(prom_parameters_check(test->curve, &terms.P, prom_terms_network(&terms), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "t5 is 100");
}

/* Without a retainer an arbiter locks its stake for nothing, unless there is a dispute: then it is the arbiters who
 * gain by one, and V, bribed with less than that, makes it. With the retainer who votes with the decision has it in
 * every ending but #5, where it loses; what a dispute adds is less than what it would take to bribe V. */
static void arbiters_that_live_on_disputes(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    prom_stakes stakes = {&P, prom_amount_of(1000000), prom_amount_zero()};
    const struct coalition arbiters = {0, 3};
    assert_ok(prom_stakes_check(&stakes, &test->error), &test->error);
    for (unsigned scheme = 1; scheme <= 4; scheme++) {
        assert_int_equal(gain_of(test, &stakes, arbiters, scheme), 0); /* no one comes for that */
    }
    assert_true(gain_of(test, &stakes, arbiters, 7) > 0);
    stakes.retainer = prom_amount_of(5000);
    assert_ok(prom_stakes_check(&stakes, &test->error), &test->error);
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        const int64_t gain = gain_of(test, &stakes, (struct coalition){0, 1}, scheme);
        assert_true(scheme == 5 ? gain < 0 : gain >= 5000);
    }
    /* V would lose its stake in #7: more than all that the three gain by it. */
    const struct coalition with_verifier = {IS_V, 3};
    assert_true(gain_of(test, &stakes, with_verifier, 7) < gain_of(test, &stakes, with_verifier, 3));
}

/* The last tip, from H0 on, at which somebody still needs a package: V, which asks the arbiters for it, may be as late
 * as TxV0; the arbiters check it before they commit, in an arbitration whose TxV0 and TxA came as late as they can. */
static int64_t last_need(const prom_terms *terms)
{
    const prom_chain_parameters *network = prom_terms_network(terms);
    const int64_t s = network->safety_margin;
    const int64_t question = prom_deadline_window(PROM_DEADLINE_TXV0, &terms->P, network, 0).latest;
    const int64_t verdict = prom_deadline_window(PROM_DEADLINE_TX1, &terms->P, network, 0).earliest; /* at the latest */
    const int64_t appeal = prom_deadline_window(PROM_DEADLINE_TX5, &terms->P, network, (uint32_t)verdict).earliest;
    const int64_t votes = prom_deadline_window(PROM_DEADLINE_COMMIT, &terms->P, network, (uint32_t)appeal).latest;
    return question > votes + s ? question : votes + s;
}

/* With no retention nobody needs to have what he receipted: W gives its package to the arbiters alone, V finds none,
 * and whatever it says then it loses: all of v when it accuses (#7), [beta v] when it waits (#2). The least that is
 * valid reaches as far as anybody needs a package, in every P. */
static void no_retention(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 3);
    const prom_stakes stakes = {&terms.P, terms.c, terms.retainer};
    const struct coalition worker = {IS_W, 0};
    const struct coalition verifier = {IS_V, 0};
    uint64_t random = 210;
    assert_true(gain_of(test, &stakes, worker, 7) > gain_of(test, &stakes, worker, 3));
    assert_int_equal(gain_of(test, &stakes, verifier, 7), -number_of(terms.P.v));
    assert_int_equal(gain_of(test, &stakes, verifier, 2), -number_of(prom_amount_fraction(terms.P.v, terms.P.beta)));
    terms.retention = 0;
    assert_fails(prom_terms_check_base(test->curve, &terms, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the retention in blocks is 0, and at least 70 is needed");
    for (size_t round = 0; round < 50; round++) {
        terms.P.t1 = (uint16_t)(12 + random_below(&random, 20));
        terms.P.t2 = (uint16_t)(terms.P.t1 + 8 + random_below(&random, 20));
        terms.P.t3 = (uint16_t)(terms.P.t2 + 8 + random_below(&random, 20));
        terms.P.t4 = (uint16_t)(14 + random_below(&random, 20));
        assert_ok(prom_parameters_fund(test->curve, &terms.P.F, &terms.P, &test->error), &test->error);
        terms.retention = 60;
        while (!prom_is_ok(prom_terms_check_base(test->curve, &terms, &test->error))) {
            terms.retention++;
            assert_true(terms.retention < 1000);
        }
        assert_true(terms.retention > 60 && terms.retention >= last_need(&terms));
    }
}

/* An illustration of what the bound is for, which tests nothing of ours. Until the deadline the coins of W are
 * promised, and C alone says whether the contract comes to be: it lets it be when the price of such a result has
 * fallen. The mean of what C saves, in thousandths of c, where the price goes up or down by a thousandth in each block.
 */
static double value_of_waiting(uint32_t blocks, uint64_t *random)
{
    enum { WALKS = 200 };
    double saved = 0;
    for (size_t walk = 0; walk < WALKS; walk++) {
        int price = 0;
        for (uint32_t block = 0; block < blocks; block++) {
            price += (next_random(random) & 1) != 0 ? 1 : -1;
        }
        saved += price < 0 ? -price : 0;
    }
    return saved / WALKS;
}

static void a_deadline_far_away(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    uint64_t random = 21;
    prom_terms terms = valid_terms(test, &cast, 3);
    terms.genesis = prom_chain_parameters_by_name("main")->genesis;
    const prom_terms_view view = {119, 100, &terms.snapshot_hash};
    terms.draw_height = 122;
    terms.setup_deadline = view.tip + 52560; /* a year: the right to wait is worth much of the reward */
    assert_true(value_of_waiting(terms.setup_deadline - view.tip, &random) > 50);
    assert_fails(prom_terms_check_now(&terms, &view, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the height of the setup's deadline is 52679, and at most 263 is allowed");
    terms.setup_deadline = view.tip + 144; /* a day: less than a hundredth */
    assert_ok(prom_terms_check_now(&terms, &view, &test->error), &test->error);
    assert_true(value_of_waiting(terms.setup_deadline - view.tip, &random) < 10);
}

enum { POOL = 40, OWNED = 10, SEATS = 3, QUORUM = 2 };

/* How many of the first seats go to offers below `owned`. */
static size_t seats_of(fixture *test, const prom_bytes32 *seed, const prom_outpoint *offers, size_t count)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_draw_list drawn;
    size_t seats = 0;
    prom_arena_init(&arena, (size_t)1 << 20);
    assert_ok(prom_draw_order(&arena, &drawn, seed, offers, count, &test->error), &test->error);
    for (size_t i = 0; i < SEATS; i++) {
        seats += drawn.offers[i].index < OWNED;
    }
    return seats;
}

/* Who owns a quarter of the pool shows all its offers but some: 1024 ways to do so. Where the list of those shown went
 * into the seed, each way was a new roll. */
static bool wins_by_hiding(fixture *test, const prom_bytes32 *setup_id, const prom_bytes32 *block,
                           const prom_outpoint *offers, bool list_in_seed)
{
    for (size_t hidden = 0; hidden < (size_t)1 << OWNED; hidden += list_in_seed ? 1 : 37) {
        prom_outpoint shown[POOL];
        size_t count = 0;
        prom_bytes32 seed;
        prom_bytes32 list = *setup_id;
        for (size_t i = 0; i < POOL; i++) {
            if (i >= OWNED || (hidden >> i & 1) == 0) {
                shown[count++] = offers[i];
            }
        }
        list.bytes[0] ^= (uint8_t)hidden;
        list.bytes[1] ^= (uint8_t)(hidden >> 8);
        prom_draw_seed(&seed, list_in_seed ? &list : setup_id, block);
        if (seats_of(test, &seed, shown, count) >= QUORUM) {
            return true;
        }
    }
    return false;
}

static void a_seed_ground_by_offers_that_are_not_announced(void **state)
{
    fixture *test = *state;
    enum { DRAWS = 400 };
    prom_outpoint offers[POOL] = {{{{0}}, 0}};
    size_t with_list = 0;
    size_t without = 0;
    size_t honest = 0;
    for (uint32_t i = 0; i < POOL; i++) {
        offers[i] = (prom_outpoint){named("offer", i), i};
    }
    for (size_t draw = 0; draw < DRAWS; draw++) {
        const prom_bytes32 setup_id = named("setup", draw);
        const prom_bytes32 block = named("block", draw);
        prom_bytes32 seed;
        prom_draw_seed(&seed, &setup_id, &block);
        honest += seats_of(test, &seed, offers, POOL) >= QUORUM;
        with_list += draw < 20 && wins_by_hiding(test, &setup_id, &block, offers, true);
        without += wins_by_hiding(test, &setup_id, &block, offers, false);
    }
    const double chance = prom_pool_chance(SEATS, QUORUM, OWNED, POOL);
    assert_int_equal(with_list, 20);   /* it always won */
    assert_int_equal(without, honest); /* now hiding wins nothing that showing all would not */
    assert_true((double)honest < 1.4 * chance * DRAWS && (double)honest > 0.6 * chance * DRAWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(no_valid_contract_pays_a_coalition),
        FIXTURE_TEST(stalling_with_a_small_epsilon),
        FIXTURE_TEST(a_fund_in_the_clients_hand),
        FIXTURE_TEST(twin_contracts),
        FIXTURE_TEST(worker_and_verifier_are_one),
        FIXTURE_TEST(arbiters_that_live_on_disputes),
        FIXTURE_TEST(no_retention),
        FIXTURE_TEST(a_deadline_far_away),
        FIXTURE_TEST(a_seed_ground_by_offers_that_are_not_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
