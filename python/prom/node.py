"""A node that runs, asked from Python: `with Node("~/.prometheus/signet") as node: node.node_info()`.

Made by python/make_client.py from `prom help --rpc --json`: change the table in src/rpc, not this file. docs/rpc.md
explains the same.
"""

from __future__ import annotations

from typing import Any, Iterator

from ._rpc import Connection, NodeError


class NodeParseError(NodeError):
    """The request is not JSON, or longer than a request may be."""

    code = -32700


class NodeRequestError(NodeError):
    """It is JSON and no request: an object with "jsonrpc": "2.0", "method", and perhaps "params" and "id". Batches
    are not taken."""

    code = -32600


class NodeMethodError(NodeError):
    """There is no such method."""

    code = -32601


class NodeParametersError(NodeError):
    """"params" is no object, or one of them is missing, unknown, or of another kind."""

    code = -32602


class NodeInternalError(NodeError):
    """The node found a fault of its own."""

    code = -32603


class NodeBadInputError(NodeError):
    """What is asked for cannot be: the message says why and what to do."""

    code = -32001


class NodeIoError(NodeError):
    """The disk, bitcoind or a peer refused."""

    code = -32002


class NodeMemoryError(NodeError):
    """Memory was refused: with more of it the same may succeed."""

    code = -32003


class NodeTooLargeError(NodeError):
    """The answer would be larger than one may be: ask for less."""

    code = -32004


class NodeWaitError(NodeError):
    """Somebody else has not done its part yet, as nodes that are looked for: the same may succeed in some seconds."""

    code = -32005


ERRORS: tuple[type[NodeError], ...] = (
    NodeParseError, NodeRequestError, NodeMethodError, NodeParametersError, NodeInternalError, NodeBadInputError,
    NodeIoError, NodeMemoryError, NodeTooLargeError, NodeWaitError,
)


class Node(Connection):
    """One connection to a node, with a method for each of its JSON-RPC. A parameter that is None is left out."""

    errors = {error.code: error for error in ERRORS}

    def node_info(self) -> dict[str, Any]:
        """Tells how the node is.

        The result has:
            version, network: of the program; the chain that the node is on
            roles: a list of "client", "worker", "verifier" and "arbiter"
            key: the node's identity, in hexadecimal digits
            pid, seconds: its process, and since when it runs
            tip, own_tip: height of the chain as far as blocks were processed; the greatest ever seen
            ready, waiting: whether contracts can begin, and where not, what they wait for: a sentence
            chain: what is to be said of bitcoind: a sentence
            disk_short: whether the disk takes no more
            disk: in bytes: bodies, that they have; free, that the disk has; max, as disk_max_mb allows; roles, of
            each taken (that open contracts may have; of "client" its jobs too), max (0: no limit of its own) and
            left, for a new contract
            channels, channels_max: open ones, and how many may be
            links, link_bytes: to other nodes, and what waits in their buffers
        """
        return self._call("node.info", {})  # type: ignore[no-any-return]

    def node_stop(self) -> dict[str, Any]:
        """Ends the node, as SIGTERM does. What was begun goes on with the next start.

        The result has:
            pid: of the process, which ends now
        """
        return self._call("node.stop", {})  # type: ignore[no-any-return]

    def channel_list(self, *, after: str | None = None, limit: int | None = None) -> dict[str, Any]:
        """Lists the node's channels.

        Parameters:
            after: A channel's number: those behind it are listed. Left out: from the first one on.
            limit: At most so many. Left out: 64. From 1 to 64.

        The result has:
            network: that the node is on
            channels: for each what channel.show tells, in the order of their numbers; of one that cannot be read its
            record, and unreadable: why
            next: what 'after' is to be for the next ones, or null: these were the last
        """
        return self._call("channel.list", {"after": after, "limit": limit})  # type: ignore[no-any-return]

    def channel_show(self, id: str) -> dict[str, Any]:
        """Tells where a channel stands and what comes next.

        Parameters:
            id: The channel's number or name, or the first digits of its contract id, 4 at least.

        The result has:
            ...: as 'prom help channel show' says
        """
        return self._call("channel.show", {"id": id})  # type: ignore[no-any-return]

    def channel_why(self, id: str) -> dict[str, Any]:
        """Tells why a channel stands where it stands.

        Parameters:
            id: The channel's number or name, or the first digits of its contract id, 4 at least.

        The result has:
            ...: as 'prom help channel why' says
        """
        return self._call("channel.why", {"id": id})  # type: ignore[no-any-return]

    def channel_picture(self, id: str) -> dict[str, Any]:
        """Draws the transactions of a channel's contract, and the way that was taken.

        Parameters:
            id: The channel's number or name, or the first digits of its contract id, 4 at least.

        The result has:
            svg: the picture, an SVG document: every transaction of the contract, with those in blocks marked
        """
        return self._call("channel.picture", {"id": id})  # type: ignore[no-any-return]

    def wallet_address(self) -> dict[str, Any]:
        """Gives an address that others can pay to, and that was never given before.

        The result has:
            address: which was never given before
        """
        return self._call("wallet.address", {})  # type: ignore[no-any-return]

    def wallet_balance(self) -> dict[str, Any]:
        """Tells what the wallet has, as far as blocks have it.

        The result has:
            free: sat that payments and contracts can take
            staked, locked, reserved: in offers; in contracts, or named to others as an input of one; kept for the
            fees of contracts
            pending: what payments that are in no block pay back to us, or no longer take
            immature: of coinbases that may not be spent yet
            total: of all these
            incoming: what others pay by transactions that the mempool of the node's bitcoind has and no block: not
            ours, in no other number here, and gone when it leaves the mempool. As of the last look (mempool_poll_ms)
            incoming_payments: those: txid, sat; 256 at most
        """
        return self._call("wallet.balance", {})  # type: ignore[no-any-return]

    def wallet_coins(self, *, from_: int | None = None, limit: int | None = None) -> dict[str, Any]:
        """Lists the wallet's coins.

        Parameters:
            from_: The first one's place. Left out: 0. From 0 to 4294967295.
            limit: At most so many. Left out: 500. From 1 to 500.

        The result has:
            coins: unspent ones, oldest first: txid, output, sat, height, use ("free", "staked", "locked", "reserved",
            "paid" or "immature"), channel (its number, as text, or null)
            next: what 'from' is to be for the next ones, or null: these were the last
        """
        return self._call("wallet.coins", {"from": from_, "limit": limit})  # type: ignore[no-any-return]

    def wallet_history(
        self,
        *,
        from_: int | None = None,
        limit: int | None = None,
        csv: bool | None = None,
    ) -> dict[str, Any]:
        """Lists how the wallet's money came and went.

        Parameters:
            from_: The first one's place. Left out: 0. From 0 to 4294967295.
            limit: At most so many. Left out: 500. From 1 to 500.
            csv: Whether to give one text (RFC 4180) in place of rows.

        The result has:
            rows: a transaction each, oldest first: height (null: it is in no block), txid, what ("received", "mined",
            "payment", "P", "offer", "withdrawal", "cancellation", "split", "deposit", "payout", "fees" or "spent"),
            loss (whether the wallet has less after it), sat, fee (in it, of a payment; else null), balance after it,
            contract (its channel's name, or null)
            csv: in place of rows: a head, and a line for each
            next: what 'from' is to be for the next ones, or null: these were the last
        """
        return self._call("wallet.history", {"from": from_, "limit": limit, "csv": csv})  # type: ignore[no-any-return]

    def wallet_withdraw(
        self,
        *,
        to: dict[str, int] | None = None,
        reference: str | None = None,
        all: str | None = None,
        feerate: int | None = None,
        fee_max: int | None = None,
        dry_run: bool | None = None,
    ) -> dict[str, Any]:
        """Pays to addresses, from free coins, in one transaction.

        Parameters:
            to: Who is paid how much: {"ADDRESS": sat, ...}. From 1 to 2100000000000000.
            reference: Yours: asked again with it, for the same, tells of the payment that was made first, and pays
            nothing. So ask again where an answer did not come.
            all: In place of that: the address that gets all that is free, less the fee.
            feerate: In sat for 1000 virtual bytes. Left out: what the next blocks ask for, as bitcoind says. From
            1000 to 10000000.
            fee_max: The greatest fee, in sat. Left out: 100000. From 1 to 2100000000000000.
            dry_run: Whether to tell what it would cost, and do nothing.

        The result has:
            txid: of the payment; it names a P and an offer, too
            purpose: "payment", "P", "offer" (one is made), "withdrawal" (of an offer), "cancellation", or "split" (of
            coins, for contracts)
            fee, locks, change: in sat; locks is what the offer that it makes holds, change what comes back
            vsize, inputs: virtual bytes, and how many coins it spends
            psbt: that is to be signed (BIP 174), in base 64, or null
            before: whether it was made before, with this reference, and nothing was paid now
        """
        params = {
            "to": to,
            "reference": reference,
            "all": all,
            "feerate": feerate,
            "fee_max": fee_max,
            "dry_run": dry_run,
        }
        return self._call("wallet.withdraw", params)  # type: ignore[no-any-return]

    def wallet_payments(self, *, from_: int | None = None, limit: int | None = None) -> dict[str, Any]:
        """Lists the payments of the wallet's owner.

        Parameters:
            from_: The first one's place. Left out: 0. From 0 to 4294967295.
            limit: At most so many. Left out: 500. From 1 to 500.

        The result has:
            payments: those that are signed, oldest first: txid, purpose, fee, locks, change, vsize and inputs as of
            wallet.withdraw; fate ("waits" for a block, "outbid" by a later one that waits, "mined", "replaced" by
            another transaction in a block, or "unreadable" on the disk), height (of that block, or null)
            next: what 'from' is to be for the next ones, or null: these were the last
        """
        return self._call("wallet.payments", {"from": from_, "limit": limit})  # type: ignore[no-any-return]

    def wallet_bump(
        self,
        payment: str,
        *,
        feerate: int | None = None,
        fee_max: int | None = None,
        dry_run: bool | None = None,
    ) -> dict[str, Any]:
        """Makes a payment that waits for a block anew, with a higher fee: it gets another txid.

        Parameters:
            payment: Its transaction: wallet.payments lists them.
            feerate: In sat for 1000 virtual bytes. Left out: what the next blocks ask for, as bitcoind says. From
            1000 to 10000000.
            fee_max: The greatest fee, in sat. Left out: 100000. From 1 to 2100000000000000.
            dry_run: Whether to tell what it would cost, and do nothing.

        The result has:
            txid: of the payment; it names a P and an offer, too
            purpose: "payment", "P", "offer" (one is made), "withdrawal" (of an offer), "cancellation", or "split" (of
            coins, for contracts)
            fee, locks, change: in sat; locks is what the offer that it makes holds, change what comes back
            vsize, inputs: virtual bytes, and how many coins it spends
            psbt: that is to be signed (BIP 174), in base 64, or null
            before: whether it was made before, with this reference, and nothing was paid now
        """
        return self._call("wallet.bump", {"payment": payment, "feerate": feerate, "fee_max": fee_max, "dry_run": dry_run})  # type: ignore[no-any-return]

    def wallet_cancel(
        self,
        payment: str,
        *,
        feerate: int | None = None,
        fee_max: int | None = None,
        dry_run: bool | None = None,
    ) -> dict[str, Any]:
        """Takes a payment that waits for a block back, by spending its coins to ourselves for a higher fee.

        Parameters:
            payment: Its transaction: wallet.payments lists them.
            feerate: In sat for 1000 virtual bytes. Left out: what the next blocks ask for, as bitcoind says. From
            1000 to 10000000.
            fee_max: The greatest fee, in sat. Left out: 100000. From 1 to 2100000000000000.
            dry_run: Whether to tell what it would cost, and do nothing.

        The result has:
            txid: of the payment; it names a P and an offer, too
            purpose: "payment", "P", "offer" (one is made), "withdrawal" (of an offer), "cancellation", or "split" (of
            coins, for contracts)
            fee, locks, change: in sat; locks is what the offer that it makes holds, change what comes back
            vsize, inputs: virtual bytes, and how many coins it spends
            psbt: that is to be signed (BIP 174), in base 64, or null
            before: whether it was made before, with this reference, and nothing was paid now
        """
        return self._call("wallet.cancel", {"payment": payment, "feerate": feerate, "fee_max": fee_max, "dry_run": dry_run})  # type: ignore[no-any-return]

    def wallet_psbt_export(
        self,
        *,
        to: dict[str, int] | None = None,
        reference: str | None = None,
        all: str | None = None,
        feerate: int | None = None,
        fee_max: int | None = None,
    ) -> dict[str, Any]:
        """Makes such a payment, to be signed elsewhere.

        Parameters:
            to: Who is paid how much: {"ADDRESS": sat, ...}. From 1 to 2100000000000000.
            reference: Yours: asked again with it, for the same, tells of the payment that was made first, and pays
            nothing. So ask again where an answer did not come.
            all: In place of that: the address that gets all that is free, less the fee.
            feerate: In sat for 1000 virtual bytes. Left out: what the next blocks ask for, as bitcoind says. From
            1000 to 10000000.
            fee_max: The greatest fee, in sat. Left out: 100000. From 1 to 2100000000000000.

        The result has:
            txid: of the payment; it names a P and an offer, too
            purpose: "payment", "P", "offer" (one is made), "withdrawal" (of an offer), "cancellation", or "split" (of
            coins, for contracts)
            fee, locks, change: in sat; locks is what the offer that it makes holds, change what comes back
            vsize, inputs: virtual bytes, and how many coins it spends
            psbt: that is to be signed (BIP 174), in base 64, or null
            before: whether it was made before, with this reference, and nothing was paid now
        """
        params = {
            "to": to,
            "reference": reference,
            "all": all,
            "feerate": feerate,
            "fee_max": fee_max,
        }
        return self._call("wallet.psbt_export", params)  # type: ignore[no-any-return]

    def wallet_psbt_import(self, psbt: str) -> dict[str, Any]:
        """Takes the signatures of such a payment, and sends it.

        Parameters:
            psbt: One that wallet.psbt_export gave, signed, in base 64.

        The result has:
            txid: of the payment; it names a P and an offer, too
            purpose: "payment", "P", "offer" (one is made), "withdrawal" (of an offer), "cancellation", or "split" (of
            coins, for contracts)
            fee, locks, change: in sat; locks is what the offer that it makes holds, change what comes back
            vsize, inputs: virtual bytes, and how many coins it spends
            psbt: that is to be signed (BIP 174), in base 64, or null
            before: whether it was made before, with this reference, and nothing was paid now
        """
        return self._call("wallet.psbt_import", {"psbt": psbt})  # type: ignore[no-any-return]

    def market_ask(
        self,
        node: str,
        p: str,
        scheme: int,
        program_bytes: int,
        input_bytes: int,
        package_bytes: int,
        macs: int,
        effort: int,
        memory: int,
        items: int,
        *,
        address: str | None = None,
        role: str | None = None,
        program: str | None = None,
        fuel: int | None = None,
        deadline: int | None = None,
    ) -> dict[str, Any]:
        """Asks a node what it would take for a job.

        Parameters:
            node: The key of the node that is asked, in hexadecimal digits.
            address: Where it listens. Left out: there must be a link to it.
            role: What it is wanted for. Left out: worker. One of: worker, verifier.
            p: The transaction of the contract P.
            scheme: Number of the proof scheme. From 1 to 65535.
            program: The program's digest. Left out: zeros.
            program_bytes: Its size. From 1 to 9223372036854775807.
            input_bytes: The size of the input. From 1 to 9223372036854775807.
            package_bytes: The largest package that there may be. From 0 to 9223372036854775807.
            macs: Multiplications of one item. From 0 to 9223372036854775807.
            fuel: Of a program that is a module: the most that all of its nodes take. Left out: it is of integers.
            From 0 to 9223372036854775807.
            effort: Of the proof; of a verifier: steps of its check. From 0 to 9223372036854775807.
            memory: Bytes that this takes. From 0 to 9223372036854775807.
            items: Of the batch. From 1 to 4294967295.
            deadline: Height at which the result is wanted. Left out: any. From 0 to 4294967295.

        The result has:
            id: for market.answer: the node is asked, and has 20 seconds to be reached and to answer
        """
        params = {
            "node": node,
            "address": address,
            "role": role,
            "p": p,
            "scheme": scheme,
            "program": program,
            "program_bytes": program_bytes,
            "input_bytes": input_bytes,
            "package_bytes": package_bytes,
            "macs": macs,
            "fuel": fuel,
            "effort": effort,
            "memory": memory,
            "items": items,
            "deadline": deadline,
        }
        return self._call("market.ask", params)  # type: ignore[no-any-return]

    def market_answer(self, id: str) -> dict[str, Any]:
        """Tells what it has answered.

        Parameters:
            id: What market.ask gave.

        The result has:
            state: "waits", "quoted" or "failed"
            node, why: that was asked; of one that failed, what happened
            quote: null, or what the node has signed: price in sat (null where there are reasons), rates (macs, fuel,
            bytes, effort: msat for a million; least in sat), machine (macs_per_second, fuel_per_second,
            effort_per_second, steps_per_second, bytes_per_second, memory), begins, capacity, valid_until, and
            reasons, each with code, name, unit, needed, there and text, as docs/market.md lists them
        """
        return self._call("market.answer", {"id": id})  # type: ignore[no-any-return]

    def market_selling(self) -> dict[str, Any]:
        """Tells what this node sells as worker or verifier, and who has asked.

        The result has:
            worker, verifier: of each: on, rates, open, capacity, begins, work_ahead, all as of now
            machine, quote_blocks, accepted: as prom.conf says
            allowed, denied: how many nodes these lists have
            asks, quoted, refused, unanswered: what came since the start, and what became of it
            refusals: how many of those that were refused had each reason, by its name; of some there are several
        """
        return self._call("market.selling", {})  # type: ignore[no-any-return]

    def contract_publish(
        self,
        encoding: str,
        *,
        feerate: int | None = None,
        fee_max: int | None = None,
        dry_run: bool | None = None,
    ) -> dict[str, Any]:
        """Publishes a P: the parameters that contracts share.

        Parameters:
            encoding: The data of P's OP_RETURN, in hexadecimal digits: 'prom contract explain' prints it.
            feerate: In sat for 1000 virtual bytes. Left out: what the next blocks ask for, as bitcoind says. From
            1000 to 10000000.
            fee_max: The greatest fee, in sat. Left out: 100000. From 1 to 2100000000000000.
            dry_run: Whether to tell what it would cost, and do nothing.

        The result has:
            txid: of the payment; it names a P and an offer, too
            purpose: "payment", "P", "offer" (one is made), "withdrawal" (of an offer), "cancellation", or "split" (of
            coins, for contracts)
            fee, locks, change: in sat; locks is what the offer that it makes holds, change what comes back
            vsize, inputs: virtual bytes, and how many coins it spends
            psbt: that is to be signed (BIP 174), in base 64, or null
            before: whether it was made before, with this reference, and nothing was paid now
        """
        params = {
            "encoding": encoding,
            "feerate": feerate,
            "fee_max": fee_max,
            "dry_run": dry_run,
        }
        return self._call("contract.publish", params)  # type: ignore[no-any-return]

    def contract_list(self, *, limit: int | None = None) -> dict[str, Any]:
        """Lists the P that are on the chain.

        Parameters:
            limit: At most so many, the oldest. Left out: 500. From 1 to 500.

        The result has:
            contracts: of each P, oldest first: txid (of the transaction that published it), height (of its block), P
            (as files of terms have it, see 'prom help contract'), counted (offers that count in a draw now), waiting
            (those that do not, as they are too young, of another value or of a key that was there before), engaged
            and withdrawn (offers that are spent: into a contract, or taken back), locked (sat in unspent ones),
            contracts, last_contract (the height of the last one, or null), ends: schemes (how many contracts ended by
            #1, #2, ... #7), other (whose deposits were spent in no way that the tree has), open, accused and appealed
            (those of the open ones that are behind TxV0 or TxA), locked (sat in open ones), deposits (sat of all,
            with what was set aside for fees), paid (sat, rewards of those that ended by #3)
            more: whether there are more than were asked for
        """
        return self._call("contract.list", {"limit": limit})  # type: ignore[no-any-return]

    def contract_show(self, contract: str, *, owners: bool | None = None, limit: int | None = None) -> dict[str, Any]:
        """Tells what the chain shows of a P and of its offers.

        Parameters:
            contract: The transaction that published P.
            owners: Whether to find out which offers may be one owner's: bitcoind is asked for their transactions, for
            five seconds at most.
            limit: At most so many offers, the oldest. Left out: 10000. From 1 to 10000.

        The result has:
            txid ... ends: as of contract.list: keys of offers are looked at here, and one that is in several offers
            counts once
            tip: height of the block that all this is at
            encoding: the data of P's OP_RETURN, in hexadecimal digits
            fund_is_nobodys: whether nobody can spend F
            ages: of the offers that count: youngest and oldest, confirmations; or null: there are none
            pool_suits: whether so many offers count that a fifth of them costs ten times w
            quorum: what it takes to have the seats that decide, more often than not: seats, offers beside those that
            count, and stake, in sat, that these lock
            owners: with the parameter owners: count of those of offers that count, largest (offers that may be one
            owner's) and largest_quorum (the chance, 0 to 1, that it has the seats that decide); null where that is
            not known, and owners_unknown says why. Two offers may be one owner's where they are paid out of one
            transaction, or one out of the other's: that proves nothing, either way
            offers: oldest first: txid, key, height, age, sat, fate ("unspent", "engaged" or "withdrawn"), counts,
            spent (height, or null), spent_by (a transaction, or null), contract (of an engaged one, how its contract
            ended: "#1" to "#7", "other" or "open"; else null), node and retainer (as its announcement, signed by its
            key, says; null where none is known here), owner (those with one number may be one owner's; null where
            that is not known)
            more: whether there are more offers than were asked for
        """
        return self._call("contract.show", {"contract": contract, "owners": owners, "limit": limit})  # type: ignore[no-any-return]

    def offer_make(
        self,
        contract: str,
        *,
        retainer: int | None = None,
        feerate: int | None = None,
        fee_max: int | None = None,
        dry_run: bool | None = None,
    ) -> dict[str, Any]:
        """Locks the stake of a P in an offer to arbitrate its contracts.

        Parameters:
            contract: The transaction that published P.
            retainer: The least that the offer asks for in a contract, in sat. Left out: 0. From 0 to
            2100000000000000.
            feerate: In sat for 1000 virtual bytes. Left out: what the next blocks ask for, as bitcoind says. From
            1000 to 10000000.
            fee_max: The greatest fee, in sat. Left out: 100000. From 1 to 2100000000000000.
            dry_run: Whether to tell what it would cost, and do nothing.

        The result has:
            txid: of the payment; it names a P and an offer, too
            purpose: "payment", "P", "offer" (one is made), "withdrawal" (of an offer), "cancellation", or "split" (of
            coins, for contracts)
            fee, locks, change: in sat; locks is what the offer that it makes holds, change what comes back
            vsize, inputs: virtual bytes, and how many coins it spends
            psbt: that is to be signed (BIP 174), in base 64, or null
            before: whether it was made before, with this reference, and nothing was paid now
        """
        params = {
            "contract": contract,
            "retainer": retainer,
            "feerate": feerate,
            "fee_max": fee_max,
            "dry_run": dry_run,
        }
        return self._call("offer.make", params)  # type: ignore[no-any-return]

    def offer_list(self) -> dict[str, Any]:
        """Lists our own offers.

        The result has:
            offers: of our own: txid, contract (the transaction that published P), retainer, key, address, fate
            ("waits" for a block, "missing" where neither a block nor a payment that is sent has it, "unspent",
            "engaged" or "withdrawn"), sat, height, age (confirmations) and spent_by (or null), in_setup (whether a
            channel of ours takes part with it), leaving (whether a transaction of ours that spends it waits for a
            block)
        """
        return self._call("offer.list", {})  # type: ignore[no-any-return]

    def offer_renew(
        self,
        offer: str,
        *,
        contract: str | None = None,
        retainer: int | None = None,
        feerate: int | None = None,
        fee_max: int | None = None,
        dry_run: bool | None = None,
    ) -> dict[str, Any]:
        """Makes an offer out of another one of ours, which ends.

        Parameters:
            offer: The transaction that made the offer.
            contract: The transaction that published the P of the new one. Left out: that of the old one.
            retainer: The least that the offer asks for in a contract, in sat. Left out: that of the old one. From 0
            to 2100000000000000.
            feerate: In sat for 1000 virtual bytes. Left out: what the next blocks ask for, as bitcoind says. From
            1000 to 10000000.
            fee_max: The greatest fee, in sat. Left out: 100000. From 1 to 2100000000000000.
            dry_run: Whether to tell what it would cost, and do nothing.

        The result has:
            txid: of the payment; it names a P and an offer, too
            purpose: "payment", "P", "offer" (one is made), "withdrawal" (of an offer), "cancellation", or "split" (of
            coins, for contracts)
            fee, locks, change: in sat; locks is what the offer that it makes holds, change what comes back
            vsize, inputs: virtual bytes, and how many coins it spends
            psbt: that is to be signed (BIP 174), in base 64, or null
            before: whether it was made before, with this reference, and nothing was paid now
        """
        params = {
            "offer": offer,
            "contract": contract,
            "retainer": retainer,
            "feerate": feerate,
            "fee_max": fee_max,
            "dry_run": dry_run,
        }
        return self._call("offer.renew", params)  # type: ignore[no-any-return]

    def offer_withdraw(
        self,
        offer: str,
        *,
        feerate: int | None = None,
        fee_max: int | None = None,
        dry_run: bool | None = None,
    ) -> dict[str, Any]:
        """Spends an offer of ours to ourselves.

        Parameters:
            offer: The transaction that made the offer.
            feerate: In sat for 1000 virtual bytes. Left out: what the next blocks ask for, as bitcoind says. From
            1000 to 10000000.
            fee_max: The greatest fee, in sat. Left out: 100000. From 1 to 2100000000000000.
            dry_run: Whether to tell what it would cost, and do nothing.

        The result has:
            txid: of the payment; it names a P and an offer, too
            purpose: "payment", "P", "offer" (one is made), "withdrawal" (of an offer), "cancellation", or "split" (of
            coins, for contracts)
            fee, locks, change: in sat; locks is what the offer that it makes holds, change what comes back
            vsize, inputs: virtual bytes, and how many coins it spends
            psbt: that is to be signed (BIP 174), in base 64, or null
            before: whether it was made before, with this reference, and nothing was paid now
        """
        return self._call("offer.withdraw", {"offer": offer, "feerate": feerate, "fee_max": fee_max, "dry_run": dry_run})  # type: ignore[no-any-return]

    def job_quote(
        self,
        program: str,
        input: str,
        *,
        contract: str | None = None,
        scheme: int | None = None,
        verifier: str | None = None,
        workers: str | None = None,
        parts: int | None = None,
        spread: int | None = None,
        height: int | None = None,
        reward: int | None = None,
        retainer: int | None = None,
        feerate: int | None = None,
        max_price: int | None = None,
        max_contract: int | None = None,
        max_day: int | None = None,
        max_peer: int | None = None,
        max_fees: int | None = None,
        max_fees_share: int | None = None,
        reduce: str | None = None,
        again: bool | None = None,
    ) -> dict[str, Any]:
        """Asks around what a job would cost; job.quoted tells what came of it.

        Parameters:
            program: The absolute path of a file that 'prom compile' wrote, which the node reads.
            input: The absolute path of a file with the batch in its canonical bytes (docs/protocol.md, section 6).
            contract: The id of the transaction that published P. Left out: the only one that suits.
            scheme: The proof scheme's number. Left out: 2, a proof of the whole batch, or, where P has a sample
            checked, 1. From 1 to 65535.
            verifier: Who verifies: "self", this node with its own stake; "market", whoever is found; or a node, as
            KEY or KEY@ADDRESS. Left out: "self".
            workers: Nodes, KEY or KEY@ADDRESS with spaces between them: these alone are asked. Left out: whoever is
            found.
            parts: At least so many parts. From 0 to 256.
            spread: Over at least so many workers, where there are so many. From 0 to 64.
            height: The height at which it is wanted. From 0 to 4294967295.
            reward: The reward of each contract, in sat. Left out: the smallest that covers what is asked for. From 1
            to 2100000000000000.
            retainer: For each arbiter, in sat. Left out: what nine in ten ask for of those that are known and ask for
            at most retainer_max. From 1 to 2100000000000000.
            feerate: Of all transactions, in sat/vB. Left out: what the next blocks ask for. From 1 to 10000.
            max_price: The most that the job may cost, with fees, in sat. From 1 to 2100000000000000.
            max_contract: The most that one contract may cost. From 1 to 2100000000000000.
            max_day: The most that all jobs may cost that run, or have ended within 144 blocks, with fees. From 1 to
            2100000000000000.
            max_peer: The most that contracts with one worker may cost, all jobs together. From 1 to 2100000000000000.
            max_fees: The most that the job may cost in fees on the chain. From 1 to 2100000000000000.
            max_fees_share: The largest share of a part's cost that may be fees, in basis points. Left out: 10000,
            any. From 1 to 10000.
            reduce: Who joins what parts have folded, 'own' (this node) or 'contract'. Left out: own, if within 10
            seconds.
            again: Whether to order it though a job of the same program and input runs or is done, which is taken up
            else.

        The result has:
            quote: what job.quoted is asked with, some times a second
        """
        params = {
            "program": program,
            "input": input,
            "contract": contract,
            "scheme": scheme,
            "verifier": verifier,
            "workers": workers,
            "parts": parts,
            "spread": spread,
            "height": height,
            "reward": reward,
            "retainer": retainer,
            "feerate": feerate,
            "max_price": max_price,
            "max_contract": max_contract,
            "max_day": max_day,
            "max_peer": max_peer,
            "max_fees": max_fees,
            "max_fees_share": max_fees_share,
            "reduce": reduce,
            "again": again,
        }
        return self._call("job.quote", params)  # type: ignore[no-any-return]

    def job_quoted(self, quote: str) -> dict[str, Any]:
        """Tells what nodes have answered, and the plan that follows.

        Parameters:
            quote: As job.quote gave it.

        The result has:
            quote, over: over: all have answered, or were not reached
            items, contract, retainer, feerate, scheme: of the job
            asked: of each node: node, role, named (by the owner), state ("waits", "quoted" or "failed"), why (of one
            that failed), trust (0 to 1000), points (what it is made of: base, done, volume, age, stake, bad, silent,
            setups, named), stake (sat in offers that it announces), price_of_an_item, begins (height), capacity
            (contracts), reasons, each with code, name, unit, needed, there and text, as docs/market.md lists them
            plan: null before it is over, and where no verifier was found. Else: parts (first, items, worker,
            price_worker, price_verifier, reward, cost, fees, ready: the height of its result), reduce (who joins what
            the parts have folded, or null: by, "own" or "contract", folds, begins, the height of the last part's
            result, seconds that this node takes at most, part, the contract, reasons why nobody takes that), offers
            (worker, parts, items_max, reasons why it got none or not more), cost and fees of all, left (items that no
            part has), reasons, verifier (its key, or null)
            coins: what this wallet's coins lack for the plan's contracts, and what is done then, or ""
            reasons: why there is no plan at all
        """
        return self._call("job.quoted", {"quote": quote})  # type: ignore[no-any-return]

    def job_run(
        self,
        program: str,
        input: str,
        *,
        contract: str | None = None,
        scheme: int | None = None,
        verifier: str | None = None,
        workers: str | None = None,
        parts: int | None = None,
        spread: int | None = None,
        height: int | None = None,
        reward: int | None = None,
        retainer: int | None = None,
        feerate: int | None = None,
        max_price: int | None = None,
        max_contract: int | None = None,
        max_day: int | None = None,
        max_peer: int | None = None,
        max_fees: int | None = None,
        max_fees_share: int | None = None,
        reduce: str | None = None,
        again: bool | None = None,
    ) -> dict[str, Any]:
        """Orders a job: the batch is split over contracts with workers that are found, until all is done.

        Parameters:
            program: The absolute path of a file that 'prom compile' wrote, which the node reads.
            input: The absolute path of a file with the batch in its canonical bytes (docs/protocol.md, section 6).
            contract: The id of the transaction that published P. Left out: the only one that suits.
            scheme: The proof scheme's number. Left out: 2, a proof of the whole batch, or, where P has a sample
            checked, 1. From 1 to 65535.
            verifier: Who verifies: "self", this node with its own stake; "market", whoever is found; or a node, as
            KEY or KEY@ADDRESS. Left out: "self".
            workers: Nodes, KEY or KEY@ADDRESS with spaces between them: these alone are asked. Left out: whoever is
            found.
            parts: At least so many parts. From 0 to 256.
            spread: Over at least so many workers, where there are so many. From 0 to 64.
            height: The height at which it is wanted. From 0 to 4294967295.
            reward: The reward of each contract, in sat. Left out: the smallest that covers what is asked for. From 1
            to 2100000000000000.
            retainer: For each arbiter, in sat. Left out: what nine in ten ask for of those that are known and ask for
            at most retainer_max. From 1 to 2100000000000000.
            feerate: Of all transactions, in sat/vB. Left out: what the next blocks ask for. From 1 to 10000.
            max_price: The most that the job may cost, with fees, in sat. From 1 to 2100000000000000.
            max_contract: The most that one contract may cost. From 1 to 2100000000000000.
            max_day: The most that all jobs may cost that run, or have ended within 144 blocks, with fees. From 1 to
            2100000000000000.
            max_peer: The most that contracts with one worker may cost, all jobs together. From 1 to 2100000000000000.
            max_fees: The most that the job may cost in fees on the chain. From 1 to 2100000000000000.
            max_fees_share: The largest share of a part's cost that may be fees, in basis points. Left out: 10000,
            any. From 1 to 10000.
            reduce: Who joins what parts have folded, 'own' (this node) or 'contract'. Left out: own, if within 10
            seconds.
            again: Whether to order it though a job of the same program and input runs or is done, which is taken up
            else.

        The result has:
            job, taken_up: its id, and whether it was there before
            verifier_until: null where another verifies, or no contract is open or to come. Else: until, the last
            block in which this node may be needed, and loses, the sat of each contract that it loses at most when it
            is away
        """
        params = {
            "program": program,
            "input": input,
            "contract": contract,
            "scheme": scheme,
            "verifier": verifier,
            "workers": workers,
            "parts": parts,
            "spread": spread,
            "height": height,
            "reward": reward,
            "retainer": retainer,
            "feerate": feerate,
            "max_price": max_price,
            "max_contract": max_contract,
            "max_day": max_day,
            "max_peer": max_peer,
            "max_fees": max_fees,
            "max_fees_share": max_fees_share,
            "reduce": reduce,
            "again": again,
        }
        return self._call("job.run", params)  # type: ignore[no-any-return]

    def job_list(self, *, from_: int | None = None, limit: int | None = None) -> dict[str, Any]:
        """Lists the owner's jobs.

        Parameters:
            from_: The first one's place. Left out: 0. From 0 to 4294967295.
            limit: At most so many. Left out: 200. From 1 to 200.

        The result has:
            jobs: oldest first, of each what stands at the head of job.show
            next: what 'from' is to be for the next ones, or null: these were the last
        """
        return self._call("job.list", {"from": from_, "limit": limit})  # type: ignore[no-any-return]

    def job_show(self, id: str) -> dict[str, Any]:
        """Tells of a job, its parts and its contracts.

        Parameters:
            id: The first digits of the job's id, 4 at least.

        The result has:
            job, state, end: its id; "running", "cancelled" or "ended"; how it ended, docs/market.md
            items, done, parts: items in all, and with their output; contracts that the batch is split into
            created, ended: tips then; ended is 0 while it runs
            merged: whether the output of all parts that are done is written
            reduce: who joins the parts: "own" (this node), "contract", "nobody", or "none" (nothing, yet)
            bytes: of its files on the node's disk; 0 of one that is forgotten
            spent, promised, fees, gained: in sat: paid in contracts that are over; at most in the others; on the
            chain; what came back beyond what went
            contract, verifier, verifier_key, program, input: id of P; "self", "market" or "key"; its key, or null;
            the program's digest; the input's SHA-256
            part_list: of each: first, items, reduces (it joins the others: its items are their results), state,
            since, attempt, failed (keys of workers), reason
            attempts: of each: attempt, first, items, worker, verifier, channel, phase, since, blocks_left, live,
            given_up, has_result, reduces, loss, declined (what who took no part has answered: a reason, or none),
            reward, cost, fees, tx0, scheme, over; of one that is over: end, paid, gained, got (C, W, V, A_plus,
            A_minus, F), txid, height; why, where its setup ended
            hindrance, tip: what keeps it from going on, or ""; height of the chain
            verifier_until: as of job.run
        """
        return self._call("job.show", {"id": id})  # type: ignore[no-any-return]

    def job_why(self, id: str) -> dict[str, Any]:
        """Tells why a job stands where it stands.

        Parameters:
            id: The first digits of the job's id, 4 at least.

        The result has:
            lines: of each: part (its first item, or null), attempt (0: none), text
            stakes: of job.receipt: what worker (W) and verifier (V) have locked in each contract, which is in what
            they got; null where P is not known any more
            ...: and what job.show tells
        """
        return self._call("job.why", {"id": id})  # type: ignore[no-any-return]

    def job_receipt(self, id: str) -> dict[str, Any]:
        """Tells who got what, by which transaction.

        Parameters:
            id: The first digits of the job's id, 4 at least.

        The result has:
            lines: of each: part (its first item, or null), attempt (0: none), text
            stakes: of job.receipt: what worker (W) and verifier (V) have locked in each contract, which is in what
            they got; null where P is not known any more
            ...: and what job.show tells
        """
        return self._call("job.receipt", {"id": id})  # type: ignore[no-any-return]

    def job_cancel(self, id: str) -> dict[str, Any]:
        """Begins nothing more of a job; contracts that are signed go on to their end.

        Parameters:
            id: The first digits of the job's id, 4 at least.

        The result has:
            job: its id
        """
        return self._call("job.cancel", {"id": id})  # type: ignore[no-any-return]

    def job_forget(self, id: str) -> dict[str, Any]:
        """Deletes the files of a job that has ended; what became of it is told as before.

        Parameters:
            id: The first digits of the job's id, 4 at least.

        The result has:
            job, bytes: its id; what its files had
        """
        return self._call("job.forget", {"id": id})  # type: ignore[no-any-return]

    def job_result(self, id: str) -> dict[str, Any]:
        """Tells where a job's output lies.

        Parameters:
            id: The first digits of the job's id, 4 at least.

        The result has:
            job, state, end: its id; "running", "cancelled" or "ended"; how it ended, docs/market.md
            items, done, parts: items in all, and with their output; contracts that the batch is split into
            created, ended: tips then; ended is 0 while it runs
            merged: whether the output of all parts that are done is written
            reduce: who joins the parts: "own" (this node), "contract", "nobody", or "none" (nothing, yet)
            bytes: of its files on the node's disk; 0 of one that is forgotten
            spent, promised, fees, gained: in sat: paid in contracts that are over; at most in the others; on the
            chain; what came back beyond what went
            contract, verifier, verifier_key, program, input: id of P; "self", "market" or "key"; its key, or null;
            the program's digest; the input's SHA-256
            program_file, output_file: files on the node's machine: the program; the output in its canonical bytes, or
            null where it is not there yet, or forgotten
            done_parts: first and items of each part that the output has, in its order, and output_file: its own, in
            canonical bytes, until those of all are in one and the job has ended; then null
        """
        return self._call("job.result", {"id": id})  # type: ignore[no-any-return]

    def peers_list(self) -> dict[str, Any]:
        """Lists whom the open channels talk to.

        The result has:
            peers: of open channels: channel (its number, as text), key, address (or null), linked (whether the link
            that it was heard on last is up, as far as is known), received and sent (bytes on the links to its node
            that are up)
            links, link_bytes: of the whole node
            received, sent: bytes on all of the node's links since it was started
        """
        return self._call("peers.list", {})  # type: ignore[no-any-return]

    def contacts_list(self, *, limit: int | None = None) -> dict[str, Any]:
        """Lists whom the node knows, to begin contracts with.

        Parameters:
            limit: At most so many contacts. Left out: 256. From 1 to 1024.

        The result has:
            discovery: whether nodes are asked for others at all
            dht: of prom-dht: up; port (UDP) where it listens; starts, how often it was started; bytes_in, bytes_out
            of the one that runs. null: without it
            topics: what is looked for, or was: p, role; wanted, whether it is now; served, whether this node takes
            the role itself; told, whether a pointer of its own tells of it; reached, dht, peers: how many are known,
            reached or heard of; announced, arbiters' offers that were heard of
            contacts: whom the node knows: node, its key; address (or null); p, role (null: not known); from
            ("configuration", "link", "reached", "dht" or "peers"); reached, whether a link to it was up; linked,
            whether one is; heard_at, reached_at, expires_at, heights (or null); offers, of an arbiter, unspent ones
            whose announcements name it and are known here: count, stake (sat), first (height of the oldest, or null);
            of others null
            cut: whether there are more contacts
        """
        return self._call("contacts.list", {"limit": limit})  # type: ignore[no-any-return]

    def contacts_look(self, p: str, role: str, *, seconds: int | None = None) -> dict[str, Any]:
        """Looks for nodes, for a while: contacts.list tells who was found.

        Parameters:
            p: The id of the transaction that publishes P.
            role: Who is looked for; arbiters in any case. One of: worker, verifier, arbiter.
            seconds: For how long. Left out: 600. From 1 to 86400.

        The result has:
            seconds: for which they are looked for
        """
        return self._call("contacts.look", {"p": p, "role": role, "seconds": seconds})  # type: ignore[no-any-return]

    def log_level(self, *, level: str | None = None) -> dict[str, Any]:
        """Tells how much is written to the log, and changes it until the next start or SIGHUP.

        Parameters:
            level: The new level. Left out: it stays. One of: error, warn, info, debug.

        The result has:
            level: that holds now
        """
        return self._call("log.level", {"level": level})  # type: ignore[no-any-return]

    def events_follow(self) -> Iterator[dict[str, Any]]:
        """Sends what happens, as long as the connection lasts.

        The result has:
            follows: true. From then on each event comes as a notification, "method": "event", with "params": time
            (seconds since 1970), kind ("note", "alarm", "refused", "state", "sent", "published", "fault", "busy",
            "mined" or "money"), channel (its number, as text, or null), contract (its id, or null), text
            money: of an event of kind "money", an object with what: "settled" (with scheme, put_in, got and lost, in
            sat and before fees, txid, height), "at risk" (transaction, that is needed in a block up to by_block; sat
            that may be lost), or what wallet.history calls it (sat, loss, fee, balance, txid, height). Those are told
            when their block is, also of the time in which the node was off; after a reorganisation perhaps twice
            lost: of a notification "method": "lost": so many events were left out, as the client took them too slowly
        """
        return self._follow("events.follow")

    def rpc_help(self) -> dict[str, Any]:
        """Tells of all methods and errors.

        The result has:
            methods: of each: name, text, follows (whether events come after the result), parameters (name, type,
            required, words that it must be one of, or null, text; of numbers min and max), result (name, text)
            errors: of each: code, error, text
        """
        return self._call("rpc.help", {})  # type: ignore[no-any-return]
