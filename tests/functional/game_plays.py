"""Who may do what in the settlement game, and what the rules say: docs/game.md, sections 1.1, 1.4 and 1.5, told as a
play. Each function asks its table at every decision, and at every chance; what comes of it are the facts of one play.
"""

from fractions import Fraction

from game_model import BAD, BLOCS, GOOD, LOCKED, ONE, UNDECIDED, WORKER, Facts


def begin(it, table, sizes):
    """The worker works, the arbiters give receipts, the verifier verifies."""
    facts = Facts()
    options = ["computes", "garbage", "withholds", "nothing"]
    if it.items > 1:
        options.append("skips")
    if not it.paper:
        options.append("late")
    work = table.ask("W", options, "computes")
    facts.work = Fraction(work in ("computes", "late", "withholds"))
    facts.delivered = work not in ("withholds", "nothing")
    facts.held = facts.delivered and work != "late"
    if facts.held and not it.paper and sizes["A"] > it.n - it.k:  # who else has k receipts without A
        facts.denied = not table.yes("A", "receipts", True)
        facts.held = not facts.denied
    facts.passes = facts.work == 1
    if work == "skips":
        facts.work = Fraction(it.items - 1, it.items)
        facts.passes = it.samples and it.varsigma < ONE and not table.chance(it.found_by_sample())
    facts.good = facts.passes and facts.delivered
    facts.right = facts.work == 1 and facts.delivered
    if facts.delivered:
        facts.verified = table.yes("V", "verify", True)
    return facts


def is_bad_news(facts):
    """What V knows to be wrong."""
    return not facts.delivered or (facts.verified and not facts.good)


def in_time(moments, branches):
    """The scheme of the first branch that is taken: of what can spend an output the earlier one comes first, and of two
    in one block the one that is named first."""
    for branch in sorted(branches, key=moments.get):
        scheme = branches[branch]()
        if scheme is not None:
            return scheme
    return LOCKED


def contract(it, table, sizes, whole):
    """docs/protocol.md, with an audit window where there is one."""
    facts = begin(it, table, sizes)
    moments = it.moments(facts.delivered)

    def tx4():
        return audited(it, facts, table, sizes, whole) if confirmed(it, table, facts) else None

    def tx_v0():
        accuses = table.yes("V", "TxV0", is_bad_news(facts) and not facts.signed)
        return accused(it, facts, table, sizes, whole) if accuses else None

    def tx3():
        return 2 if table.yes("W", "Tx3", facts.good and facts.held) else None

    facts.scheme = in_time(moments, {"Tx3": tx3, "Tx4": tx4, "TxV0": tx_v0, "Tx1": lambda: 1})
    return facts


def confirmed(it, table, facts):
    """Whether Tx4 is on the chain. Where there is an audit window V has the package receipted before it signs."""
    facts.signed = table.yes("V", "r = 1", not is_bad_news(facts))
    facts.held = facts.held or bool(it.audit and facts.signed and facts.delivered and not facts.denied)
    return facts.signed and (table.yes("W", "Tx4", True) or (facts.delivered and table.yes("V", "Tx4", True)))


def look(it, facts, table):
    """The client checks the result, or not."""
    if not (it.q or it.known or it.audit):
        return
    means_to = table.chance(Fraction(it.q, ONE))
    facts.checked = table.yes("C", "check", means_to)
    if not facts.right:
        one_item = 0 < facts.work < 1
        facts.seen = facts.checked or table.chance(Fraction(it.known, it.items) if one_item else it.known > 0)


def audited(it, facts, table, sizes, whole):
    """Behind Tx4."""
    look(it, facts, table)
    if not it.audit:
        return 3
    moments = it.moments(facts.delivered)
    finding = BAD if not (facts.good and facts.held) else GOOD if facts.right else WORKER
    challenge = {
        "challenge": lambda: decided(it, facts, table, sizes, whole, finding, (GOOD, BAD, WORKER)),
        "TxU": lambda: UNDECIDED,
    }
    tx_q = lambda: in_time(moments, challenge) if table.yes("C", "TxQ", facts.seen) else None
    return in_time(moments, {"TxQ": tx_q, "TxP": lambda: 3})


def accused(it, facts, table, sizes, whole):
    """Behind TxV0."""
    if facts.good:  # the key to a bad package is worth nothing to the client
        facts.given = table.yes("V", "give h_p", False)
    in_the_right = facts.good and facts.held
    moments = it.moments(facts.delivered)

    def decision():
        facts.shown = table.yes("W", "show h_p", in_the_right)
        found = decided(it, facts, table, sizes, whole, 7 if in_the_right and facts.shown else 6, (6, 7))
        return found if found != 7 or facts.shown or table.yes("W", "Tx8", True) else None

    def tx_a():
        facts.appealed = table.yes("W", "TxA", in_the_right)
        return in_time(moments, {"decision": decision, "Tx6": lambda: 5}) if facts.appealed else None

    return in_time(moments, {"TxA": tx_a, "Tx5": lambda: 4})


def decided(it, facts, table, sizes, whole, finding, decisions):
    """The arbiters' decision, or None."""
    votes = {}
    for bloc in BLOCS:
        if not sizes[bloc]:
            continue
        options = ["finds", *decisions, "abstains"]
        if bloc == "A" and it.k <= sizes["A"] < it.n:
            options += [f"alone {decision}" for decision in decisions]
        chooses = bloc == "A" or (whole and not str(votes.get("A")).startswith("alone"))
        vote = table.ask(bloc, options, "finds") if chooses else "finds"
        facts.voted[bloc] = vote == "finds"
        votes[bloc] = finding if vote == "finds" else vote
    for decision in decisions:
        signers = frozenset(bloc for bloc in votes if votes[bloc] == decision)
        if votes.get("A") == f"alone {decision}":
            signers = frozenset("A")
        if sum(sizes[bloc] for bloc in signers) >= it.k:
            facts.signers = signers
            return decision
    return None


def paper(it, table, sizes, whole):
    """The paper's tables 2 and 3."""
    facts = begin(it, table, sizes)
    moments = it.moments(facts.delivered)
    accuses = lambda: is_bad_news(facts) and not facts.signed

    def tx4():
        facts.signed = table.yes("V", "r = 1", not is_bad_news(facts))
        if not (facts.signed and table.yes("W", "Tx4", True)):
            return None
        look(it, facts, table)
        return 3

    def tx_a():
        facts.appealed = (
            table.yes("V", "TxA", accuses())
            and (not sizes["A"] or table.yes("A", "leave the stake", True))
            and table.yes("W", "TxA", facts.passes)
        )
        return in_time(moments, {"decision": decision, "Tx6": tx6}) if facts.appealed else None

    def decision():
        found = decided(it, facts, table, sizes, whole, 7 if facts.passes else 6, (6, 7))
        return found if found != 7 or table.yes("W", "Tx8", True) else None

    def tx6():
        return 5 if table.yes("C", "Tx6", True) else None

    def tx5():
        return 4 if table.yes("V", "Tx5", accuses()) else None

    def tx3():
        return 2 if table.yes("W", "Tx3", facts.passes) else None

    def tx1():
        return 1 if table.yes("V", "Tx1", True) or table.yes("C", "Tx2", True) else None

    facts.scheme = in_time(moments, {"Tx4": tx4, "TxA": tx_a, "Tx5": tx5, "Tx3": tx3, "Tx1": tx1})
    return facts
